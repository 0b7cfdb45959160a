//! A list that says `ALL` names them all: what is forgotten there can be written and never read back.
use super::sources;

/// How many variants each enum of a source has, by its name.
fn variants(source: &str) -> Vec<(&str, usize)> {
    let mut found: Vec<(&str, usize)> = vec![];
    let mut open = false;
    for line in source.lines() {
        let opening = line.strip_prefix("pub enum ").or(line.strip_prefix("pub(super) enum "));
        if let Some(name) = opening.and_then(|rest| rest.strip_suffix(" {")) {
            found.push((name, 0));
            open = true;
        } else if line == "}" {
            open = false;
        } else if let Some((_, count)) = found.last_mut().filter(|_| open) {
            let variant = line.strip_prefix("    ").unwrap_or_default();
            *count += usize::from(variant.starts_with(|c: char| c.is_ascii_uppercase()));
        }
    }
    found
}

/// How many each `ALL` of a source says that it has, by the enum whose it is.
fn lists(source: &str) -> Vec<(&str, usize)> {
    let (mut found, mut whose) = (vec![], "");
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("impl ").and_then(|rest| rest.strip_suffix(" {")) {
            whose = name;
        }
        let listed =
            line.split_once("const ALL: [Self; ").and_then(|(_, rest)| rest.split_once(']'));
        if let Some(count) = listed.and_then(|(count, _)| count.parse().ok()) {
            found.push((whose, count));
        }
    }
    found
}

#[test]
fn a_list_of_all_names_them_all() {
    let mut seen = 0;
    for (file, source) in sources("src") {
        let variants = variants(&source);
        for (name, listed) in lists(&source) {
            let has = variants.iter().find(|(of, _)| *of == name).map(|(_, count)| *count);
            assert_eq!(Some(listed), has, "{file}: `{name}::ALL` and the variants of {name}");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} lists were found: this test looks in the wrong place");
}

#[test]
fn a_list_that_forgets_one_is_found() {
    let source = "pub enum Verb {\n    /// It begins.\n    Start,\n    Stop(Why),\n}\n\n\
                  impl Verb {\n    pub const ALL: [Self; 1] = [Self::Start];\n}\n";
    assert_eq!(variants(source), [("Verb", 2)]);
    assert_eq!(lists(source), [("Verb", 1)]);
}
