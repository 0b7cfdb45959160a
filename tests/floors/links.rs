//! Every link of the papers to another place of this house leads there, to the very heading.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::papers::paper;

/// The papers: those that stand at the top, and all of `docs/`.
fn papers() -> Vec<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut papers: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned).into();
    let mut folders: Vec<PathBuf> = vec![top.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                let name = path.strip_prefix(top).expect("it stands there").to_string_lossy();
                papers.push(name.replace('\\', "/"));
            }
        }
    }
    papers
}

/// The lines of a paper that are not code, which may show brackets of its own.
fn prose(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let spoken = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    };
    text.lines().filter(spoken).collect()
}

/// Where the links of a line lead.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

/// Every place of a paper that a link can name: its headings, as GitHub names them, and anchors.
fn places(text: &str) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for line in prose(text) {
        if let Some(heading) = line.strip_prefix('#') {
            let slug = slug(heading.trim_start_matches('#').trim());
            let again = (1..).map(|n| format!("{slug}-{n}")).find(|slug| !places.contains(slug));
            let taken = places.contains(&slug);
            places.insert(if taken { again.expect("numbers do not end") } else { slug });
        }
        let anchors = line.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        places.extend(anchors.map(|(anchor, _)| anchor.to_owned()));
    }
    places
}

/// Lower case, no signs but `-` and `_`, a dash for each space.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut seen, mut broken) = (0, vec![]);
    for name in papers() {
        let text = paper(&name);
        for link in prose(&text).into_iter().flat_map(links) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let beside = Path::new(&name).parent().unwrap_or(Path::new(""));
            let target = if file.is_empty() { PathBuf::from(&name) } else { beside.join(file) };
            let there = top.join(&target);
            let stands = match place {
                "" => there.exists(),
                place => fs::read_to_string(&there).is_ok_and(|text| places(&text).contains(place)),
            };
            if !stands {
                broken.push(format!("{name}: ({link})"));
            }
        }
    }
    assert!(seen > 20, "only {seen} links were found: this test looks in the wrong place");
    assert!(broken.is_empty(), "these links lead nowhere: {broken:#?}");
}

#[test]
fn headings_are_named_as_readers_know_them() {
    let text = "# A tour\n## 4. The *webhook*, and its `secret`\n### Twice\n### Twice\n\
                ```\n# no heading\n[no](link)\n```\n| <a id=\"code-1\"></a>1 | [x](y#z) and [q](r) |";
    let expected = ["a-tour", "4-the-webhook-and-its-secret", "twice", "twice-1", "code-1"];
    assert_eq!(places(text), expected.map(str::to_owned).into());
    assert_eq!(prose(text).into_iter().flat_map(links).collect::<Vec<_>>(), ["y#z", "r"]);
}
