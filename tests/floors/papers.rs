//! What the papers name exists: every setting is explained, and every promise has its test.
use super::{Path, fs, sources};

/// The text of a file beside `Cargo.toml`.
pub fn paper(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Words between two marks that look as asked.
pub fn marked(text: &str, mark: char, like: impl Fn(&str) -> bool) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split(mark).skip(1).step_by(2)).filter(|word| like(word)).collect()
}

pub fn is_setting(word: &str) -> bool {
    word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn is_test(word: &str) -> bool {
    word.matches('_').count() > 2 && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[test]
fn every_setting_is_explained() {
    let (example, readme) = (paper(".env.example"), paper("README.md"));
    let mut settings = 0;
    for (file, source) in sources("src") {
        let tests = file.ends_with("tests.rs");
        if tests || super::room(&file) != "config" {
            continue;
        }
        for setting in marked(&source, '"', is_setting) {
            settings += 1;
            assert!(example.contains(&format!("#{setting}=")), "{setting} is not in .env.example");
            assert!(readme.contains(&format!("`{setting}`")), "{setting} is not in README.md");
        }
    }
    assert!(
        settings > 10,
        "only {settings} settings were found: this test looks in the wrong place"
    );
}

#[test]
fn every_promise_names_tests_that_exist() {
    let promises = paper("docs/RELIABILITY.md");
    let (src, tests) = (sources("src"), sources("tests"));
    let all: String = src.into_iter().chain(tests).map(|(_, source)| source).collect();
    let table: Vec<&str> = promises.lines().filter(|line| line.starts_with('|')).collect();
    let table = table.join("\n");
    let named = marked(&table, '`', is_test);
    assert!(named.len() > 5, "only {named:?} were found: this test looks in the wrong place");
    for test in named {
        assert!(
            all.contains(&format!("fn {test}(")),
            "docs/RELIABILITY.md names {test}, which is gone"
        );
    }
    for script in marked(&promises, '`', |word| word.starts_with("tests/") && !word.contains(' ')) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(script).exists(), "{script} is gone");
    }
}
