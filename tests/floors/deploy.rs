//! What is written down for those who run it agrees with what the program reads: every setting is
//! known, every example has them all, and what Compose and systemd hand over starts in production.
use std::collections::{BTreeMap, BTreeSet};

use deskbell::config::Config;

use super::papers::{is_setting, marked, paper};
use super::sources;

/// Every setting that the program reads, by the sources of `config`.
fn read() -> BTreeSet<String> {
    let rooms = sources("src").into_iter();
    let config =
        rooms.filter(|(file, _)| super::room(file) == "config" && !file.ends_with("tests.rs"));
    let names = config.flat_map(|(_, source)| {
        marked(&source, '"', is_setting).into_iter().map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// `NAME=value` at the beginning of lines, after this mark.
fn assigned<'a>(text: &'a str, mark: &str) -> BTreeMap<&'a str, &'a str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(mark)?.split_once('='));
    lines.filter(|(name, _)| is_setting(name)).collect()
}

/// The settings in the mapping that all services of the program share.
fn composed(text: &str) -> BTreeMap<&str, String> {
    let shared = text.split("\nservices:").next().expect("the part before the services");
    let lines = shared.lines().filter_map(|line| line.trim_start().split_once(": "));
    let settings = lines.filter(|(name, _)| is_setting(name));
    settings.map(|(name, value)| (name, value.trim_matches('"').to_owned())).collect()
}

#[test]
fn the_example_names_every_setting_and_no_other() {
    let example = paper(".env.example");
    let named: BTreeSet<String> = assigned(&example, "#").keys().map(|&name| name.into()).collect();
    let read = read();
    assert_eq!(named, read, ".env.example on the left, what is read on the right");
}

#[test]
fn what_compose_hands_over_starts_in_production() {
    let (compose, example) = (paper("deploy/compose.yaml"), paper("deploy/env.example"));
    let own = ["DESKBELL_HOST", "POSTGRES_PASSWORD"];
    let given = composed(&compose);
    let asked = assigned(&example, "");
    let read = read();
    for name in given.keys().chain(asked.keys()) {
        assert!(read.contains(*name) || own.contains(name), "nobody reads {name}");
    }
    let filled_in = |name: &str| {
        let example = asked.get(name).map(|value| match (*value, name) {
            ("", "WHATSAPP_PHONE_NUMBER_ID" | "WHATSAPP_BUSINESS_ACCOUNT_ID") => {
                "106540352242922".to_owned()
            }
            ("", _) => "0123456789abcdef0123456789abcdef".to_owned(),
            (value, _) => value.to_owned(),
        });
        given.get(name).map(|value| interpolated(value, &asked)).or(example)
    };
    let config = Config::read(filled_in).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(!config.auto_migrate && !config.trusted_proxies.is_empty() && config.rate_limit);
    assert_eq!(config.public_url.as_deref(), Some("https://desk.example.com"));
    for service in ["postgres", "migrate", "api", "worker", "proxy"] {
        assert!(compose.contains(&format!("\n  {service}:\n")), "no service {service}");
    }
    assert_eq!(compose.matches("replicas: 2").count(), 2, "two APIs, two workers");
}

/// `${NAME:?what to do}` becomes the value of NAME.
fn interpolated(value: &str, asked: &BTreeMap<&str, &str>) -> String {
    let Some((before, rest)) = value.split_once("${") else { return value.to_owned() };
    let (variable, after) = rest.split_once('}').expect("a variable ends");
    let name = variable.split(':').next().unwrap_or_default();
    let known = asked.get(name).unwrap_or_else(|| panic!("deploy/env.example lacks {name}"));
    format!("{before}{known}{}", interpolated(after, asked))
}

#[test]
fn what_systemd_hands_over_is_read() {
    let unit = paper("deploy/deskbell.service");
    let (read, handed) = (read(), assigned(&unit, "Environment="));
    assert_eq!(handed.get("DESKBELL_ENV"), Some(&"production"));
    for name in handed.keys() {
        assert!(read.contains(*name), "nobody reads {name}");
    }
}
