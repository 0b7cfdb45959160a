//! Every code that a caller or an operator can meet is described, and nothing that is gone still is.
use std::collections::BTreeSet;

use deskbell::channels::twilio::errors::codes;
use deskbell::channels::whatsapp::{Settings, WhatsApp};
use deskbell::channels::{gmail, smtp};
use deskbell::domain::callback::Callbacks;
use deskbell::domain::event::Event;
use deskbell::domain::finding::Check;
use deskbell::ports::channel::Channel;

use super::papers::paper;
use super::sources;

const ERRORS: &str = "docs/errors.md";
const WHATSAPP: &str = "docs/setup/whatsapp.md";

/// What stands between these two marks, each time.
fn between<'a>(mut text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = vec![];
    while let Some((inside, rest)) =
        text.split_once(open).and_then(|(_, rest)| rest.split_once(close))
    {
        found.push(inside);
        text = rest;
    }
    found
}

#[test]
fn every_refusal_is_described() {
    let catalogue = paper("src/http/problem.rs");
    let page = paper(ERRORS);
    let (mut known, mut described) = (BTreeSet::new(), BTreeSet::new());
    // A row of the catalogue: NAME = 409 "code" "Title";
    for row in catalogue.lines().filter(|row| row.ends_with("\";")) {
        let words: Vec<&str> = row.split('"').collect();
        let status = words[0].trim().rsplit(' ').next().unwrap_or_default();
        if status.len() == 3 && status.chars().all(|c| c.is_ascii_digit()) {
            known.insert(format!("{} {status}", words[1]));
        }
    }
    assert!(known.len() > 20, "only {known:?} were found: this test looks in the wrong place");
    for row in page.lines().filter(|line| line.starts_with("| <a id=")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let code = between(cells[0], "`", "`")[0];
        assert_eq!(between(cells[0], "<a id=\"", "\">"), [code], "the anchor of {code}");
        assert!(cells.len() == 4 && cells[3].len() > 5, "{ERRORS}: what to do about {code}?");
        described.insert(format!("{code} {}", cells[1]));
    }
    let missing: Vec<_> = known.difference(&described).collect();
    let gone: Vec<_> = described.difference(&known).collect();
    assert!(missing.is_empty(), "{ERRORS} lacks {missing:?} of src/http/problem.rs");
    assert!(gone.is_empty(), "{ERRORS} describes {gone:?}, which src/http/problem.rs has not");
}

#[test]
fn every_flaw_is_described() {
    let page = paper(ERRORS);
    let mut found = 0;
    for (file, source) in sources("src") {
        for made in ["FieldError::new(", "::flaw("] {
            for rest in source.split(made).skip(1) {
                let mut texts = rest.split(',').map(str::trim);
                let code = texts.nth(1).and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
                let Some(code) = code else { continue };
                found += 1;
                assert!(page.contains(&format!("`{code}`")), "{file}: {ERRORS} lacks `{code}`");
            }
        }
    }
    assert!(found > 5, "only {found} flaws were found: this test looks in the wrong place");
}

/// A channel that never sends: only its hints are asked for.
fn channel() -> WhatsApp {
    let settings = Settings {
        api_url: "http://127.0.0.1:9".to_owned(),
        api_version: "v25.0".to_owned(),
        access_token: "token".into(),
        access_token_file: None,
        business_account_id: None,
        phone_number_id: "1".to_owned(),
        business_number: None,
        is_simulated: true,
        verify_token: None,
        app_secrets: vec![],
    };
    WhatsApp::open(settings, Callbacks::new(b"key")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_code_of_meta_has_its_row() {
    let page = paper(WHATSAPP);
    let anchors: BTreeSet<&str> = between(&page, "<a id=\"code-", "\">").into_iter().collect();
    let channel = channel();
    let unheard_of = 987_654_321;
    let unknown = channel.hint(unheard_of).replace(&unheard_of.to_string(), "…");
    let is_known = |code: &i64| channel.hint(*code).replace(&code.to_string(), "…") != unknown;
    let known: BTreeSet<String> =
        (0..3_000_000).filter(is_known).map(|code| code.to_string()).collect();
    assert!(known.len() > 80, "only {} codes have a hint", known.len());
    let missing: Vec<_> = known.iter().filter(|code| !anchors.contains(code.as_str())).collect();
    let gone: Vec<_> = anchors.iter().filter(|code| !known.contains(**code)).collect();
    assert!(missing.is_empty(), "{WHATSAPP} lacks <a id=\"code-…\"> for {missing:?}");
    assert!(gone.is_empty(), "{WHATSAPP} has rows for {gone:?}, about which there is no hint");
}

#[test]
fn every_code_of_twilio_has_its_row() {
    const TWILIO: &str = "docs/setup/twilio.md";
    let page = paper(TWILIO);
    let known: BTreeSet<String> = codes().map(|code| code.to_string()).collect();
    let described = between(&page, "<a id=\"code-", "\">").into_iter().map(str::to_owned).collect();
    assert_eq!(known, described, "what has a hint on the left, the rows of {TWILIO} on the right");
}

#[test]
fn every_code_of_gmail_and_of_mail_servers_has_its_row() {
    const GMAIL: &str = "docs/setup/gmail.md";
    let page = paper(GMAIL);
    let rows = |open| between(&page, open, "\">").into_iter().map(str::to_owned).collect();
    let named = |codes: Vec<i64>| codes.iter().map(i64::to_string).collect::<BTreeSet<_>>();
    assert_eq!(named(gmail::errors::codes().collect()), rows("<a id=\"code-"), "{GMAIL}");
    assert_eq!(named(smtp::errors::codes().collect()), rows("<a id=\"smtp-"), "{GMAIL}");
}

#[test]
fn every_question_of_the_doctor_has_its_row() {
    let page = paper(WHATSAPP);
    for check in Check::ALL {
        let word = check.as_str().to_lowercase();
        let row = format!("| <a id=\"check-{word}\"></a>`{word}` |");
        assert!(page.contains(&row), "{WHATSAPP} does not say what the doctor's {word} asks");
    }
}

#[test]
fn every_event_says_who_hears_of_it() {
    let page = paper(WHATSAPP);
    for event in Event::ALL {
        let word = event.as_str();
        let row = |line: &&str| line.starts_with('|') && line.contains(&format!("`{word}`"));
        assert!(page.lines().any(|line| row(&line)), "{WHATSAPP} does not say who hears of {word}");
    }
}

#[test]
fn every_reason_to_skip_has_its_row() {
    let page = paper(WHATSAPP);
    let source = paper("src/domain/notification.rs");
    let words = between(&source, "impl SkipReason {", "\n}").concat();
    let reasons = between(&words, "=> \"", "\"");
    assert!(reasons.len() > 3, "only {reasons:?} were found: this test looks in the wrong place");
    for reason in reasons {
        assert!(page.contains(&format!("<a id=\"skip-{reason}\">")), "{WHATSAPP} lacks {reason}");
    }
}

#[test]
fn every_fault_of_the_simulator_can_be_found() {
    let (page, source) = (paper(WHATSAPP), paper("src/simulator/kind.rs"));
    let rows = source.lines().filter(|line| line.trim().starts_with("(Kind::"));
    let kinds: Vec<&str> = rows.filter_map(|row| row.split('"').nth(1)).collect();
    assert!(kinds.len() > 10, "only {kinds:?} were found: this test looks in the wrong place");
    for kind in kinds {
        assert!(page.contains(&format!("`{kind}`")), "{WHATSAPP} does not name the fault {kind}");
    }
}
