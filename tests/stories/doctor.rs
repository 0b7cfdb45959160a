//! `deskbell doctor`, as somebody meets it who sets Deskbell up.
use std::process::{Command, Output};

use deskbell::app::doctor::{examine, send_to};
use deskbell::config::{Config, Role};
use deskbell::domain::finding::{Check, Finding, Verdict};
use serde_json::json;

use super::world::{ACCESS_TOKEN, OutsideSimulator, World, closed_door, stories};

stories![
    a_good_set_up_passes,
    each_fault_is_named_with_what_to_do,
    the_simulator_of_a_running_program_is_asked,
    a_database_that_is_away_is_one_fault,
    twilio_and_gmail_are_asked_too,
    a_test_message_goes_over_each_channel,
];

async fn found(world: &World, config: &Config) -> Vec<Finding> {
    let found = examine(config, world.clock.clone()).await;
    for finding in &found {
        let to_do = matches!(finding.verdict, Verdict::Failed | Verdict::Warning);
        assert_eq!(finding.todo.is_some(), to_do, "{finding:?}");
        let said = format!("{finding:?}");
        for secret in
            [ACCESS_TOKEN, "15550001111", "the stories' app secret", super::world::SECRET_KEY]
        {
            assert!(!said.contains(secret), "{said}");
        }
    }
    found
}

fn those(found: &[Finding], verdict: Verdict) -> Vec<Check> {
    found.iter().filter(|it| it.verdict == verdict).map(|it| it.check).collect()
}

/// The settings of this world, and where it really listens.
fn config(world: &World, more: &[(&'static str, &str)]) -> Config {
    let mut config = world.config_with(more);
    config.public_url = Some(world.stranger().base());
    config
}

async fn a_good_set_up_passes(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::All, &provider).await;
    let found = found(world, &config(world, &[])).await;
    assert_eq!(those(&found, Verdict::Failed), [], "{found:?}");
    assert_eq!(those(&found, Verdict::Warning), [Check::Webhook], "no HTTPS here: {found:?}");
    assert_eq!(those(&found, Verdict::LeftOut), [], "{found:?}");
    provider.stop().await;
}

async fn each_fault_is_named_with_what_to_do(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::All, &provider).await;
    for (setting, value, failed) in [
        ("WHATSAPP_ACCESS_TOKEN", "another token", Check::Token),
        ("WHATSAPP_PHONE_NUMBER_ID", "4711", Check::Number),
        ("WHATSAPP_BUSINESS_NUMBER", "+447700900199", Check::Number),
        ("WHATSAPP_BUSINESS_ACCOUNT_ID", "4711", Check::Account),
        ("META_APP_SECRET", "another app's", Check::AppSecret),
        ("WHATSAPP_VERIFY_TOKEN", "another word", Check::Webhook),
        ("WHATSAPP_API_VERSION", "v19.0", Check::ApiVersion),
    ] {
        let found = found(world, &config(world, &[(setting, value)])).await;
        let all = those(&found, Verdict::Failed);
        assert!(all.contains(&failed), "{setting}: {found:?}");
        assert!(all.len() <= 2, "one fault is not ten: {setting}: {found:?}");
    }
    for (business, failed) in [
        (
            json!({ "callback_url": "https://old.example.com/webhook/whatsapp" }),
            Check::Subscription,
        ),
        (json!({ "quality_rating": "RED" }), Check::Quality),
    ] {
        world.business(business).await;
        let found = found(world, &config(world, &[])).await;
        assert_eq!(those(&found, Verdict::Failed), [failed], "{found:?}");
    }
    world.business(json!({})).await;
    let gone = json!({ "name": "deskbell_ticket_opened_client", "deleted": true });
    world.turns_templates(gone).await;
    let found_missing = found(world, &config(world, &[])).await;
    assert_eq!(those(&found_missing, Verdict::Failed), [Check::Templates], "{found_missing:?}");
    let closed = closed_door();
    let url = closed.settings().into_iter().find(|(name, _)| *name == "WHATSAPP_API_URL");
    let url = url.expect("an address").1;
    let away = found(world, &config(world, &[("WHATSAPP_API_URL", &url)])).await;
    assert_eq!(those(&away, Verdict::Failed), [Check::Api], "{away:?}");
    let mut nowhere = config(world, &[]);
    nowhere.public_url = Some(url);
    let away = found(world, &nowhere).await;
    assert!(those(&away, Verdict::Failed).contains(&Check::Webhook), "{away:?}");
    provider.stop().await;
}

async fn the_simulator_of_a_running_program_is_asked(world: &mut World) {
    let running = found(world, &config(world, &[])).await;
    assert_eq!(those(&running, Verdict::Failed), [], "{running:?}");
    assert!(those(&running, Verdict::Ok).contains(&Check::Token), "{running:?}");
    let mut config = config(world, &[]);
    world.stops().await;
    let stopped = found(world, &config).await;
    assert_eq!(those(&stopped, Verdict::Failed), [], "{stopped:?}");
    assert_eq!(those(&stopped, Verdict::LeftOut), [Check::Api], "{stopped:?}");
    // Nothing at all is there yet, and nothing is made.
    config.database.url = format!("sqlite://{}/none.db", config.data_dir.display()).into();
    let nothing = found(world, &config).await;
    assert_eq!(those(&nothing, Verdict::Warning), [Check::Database], "{nothing:?}");
    assert!(!config.data_dir.join("none.db").exists());
}

/// Twilio and Gmail at the simulator outside.
fn besides(base: &str) -> Vec<(&'static str, String)> {
    vec![
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001".to_owned()),
        ("TWILIO_AUTH_TOKEN", "simulated".to_owned()),
        ("TWILIO_MESSAGING_SERVICE_SID", "MG00000000000000000000000000000001".to_owned()),
        ("TWILIO_API_URL", base.to_owned()),
        ("EMAIL_CLIENT_ID", "simulated.apps.googleusercontent.com".to_owned()),
        ("EMAIL_CLIENT_SECRET", "simulated".to_owned()),
        ("EMAIL_REFRESH_TOKEN", "1//simulated".to_owned()),
        ("GMAIL_API_URL", base.to_owned()),
        ("GOOGLE_TOKEN_URL", format!("{base}/token")),
    ]
}

async fn twilio_and_gmail_are_asked_too(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.will_start_with(besides(&format!("{}/simulator", provider.address())));
    world.shares_with_others(Role::All, &provider).await;
    let well = found(world, &config(world, &[])).await;
    assert_eq!(those(&well, Verdict::Failed), [], "{well:?}");
    for (rules, check) in [
        (json!({ "twilio_status": "suspended" }), Check::Account),
        (json!({ "twilio_status": "active", "twilio_balance": "0.00" }), Check::Account),
        (json!({ "twilio_balance": "9.00", "twilio_service_has_senders": false }), Check::Number),
    ] {
        world.rules(rules.clone()).await;
        let found = found(world, &config(world, &[])).await;
        assert_eq!(those(&found, Verdict::Failed), [check], "{rules}: {found:?}");
    }
    // The same stands in the list of channels, after a worker has asked.
    world.examined().await;
    let page = world.admin().sees("/api/channels").await;
    let sms = page["items"].as_array().expect("channels").iter().find(|it| it["channel"] == "SMS");
    let sms = sms.expect("SMS")["findings"].as_array().expect("findings").clone();
    assert!(sms.iter().any(|it| it["check"] == "NUMBER" && it["verdict"] == "FAILED"), "{sms:?}");
    world.rules(json!({ "twilio_service_has_senders": true })).await;
    for (setting, value, hint) in [
        ("TWILIO_AUTH_TOKEN", "another", "#code-20003"),
        ("EMAIL_REFRESH_TOKEN", "1//another", "#code-900"),
        ("EMAIL_CLIENT_SECRET", "another", "#code-901"),
    ] {
        let found = found(world, &config(world, &[(setting, value)])).await;
        assert_eq!(those(&found, Verdict::Failed), [Check::Token], "{setting}: {found:?}");
        assert!(format!("{found:?}").contains(hint), "{setting}: {found:?}");
    }
    provider.stop().await;
}

async fn a_test_message_goes_over_each_channel(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.will_start_with(besides(&format!("{}/simulator", provider.address())));
    world.shares_with_others(Role::All, &provider).await;
    let config = config(world, &[]);
    for (to, expected) in [
        ("+447700900123", vec![Verdict::Ok, Verdict::Ok]),
        ("jane@example.com", vec![Verdict::Ok]),
        ("nobody", vec![Verdict::Failed]),
    ] {
        let found = send_to(&config, to, world.clock.clone()).await;
        let verdicts: Vec<Verdict> = found.iter().map(|it| it.verdict).collect();
        assert_eq!(verdicts, expected, "{to}: {found:?}");
    }
    provider.stop().await;
}

async fn a_database_that_is_away_is_one_fault(world: &mut World) {
    let mut config = config(world, &[]);
    config.database.url = "postgres://nobody:hunter2@127.0.0.1:9/none".into();
    let found = found(world, &config).await;
    assert_eq!(those(&found, Verdict::Failed), [Check::Database], "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
}

/// The program itself, in a folder of its own and with these settings only.
fn deskbell(settings: &[(&str, &str)]) -> Output {
    let folder = std::env::temp_dir().join(format!("deskbell-doctor-{}", rand::random::<u64>()));
    std::fs::create_dir(&folder).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.arg("doctor").current_dir(&folder).env_clear().envs(settings.iter().copied());
    let said = command.output().expect("the program runs");
    let left: Vec<_> = std::fs::read_dir(&folder).expect("a folder").collect();
    assert!(left.is_empty(), "a doctor leaves nothing behind: {left:?}");
    std::fs::remove_dir(&folder).expect("it is empty");
    said
}

#[test]
fn a_new_user_is_told_what_is_so_and_what_is_wrong() {
    let closed = closed_door();
    let url = closed.settings().into_iter().find(|(name, _)| *name == "WHATSAPP_API_URL");
    let url = url.expect("an address").1;
    let real = [
        ("WHATSAPP_ACCESS_TOKEN", "EAAsecret"),
        ("WHATSAPP_PHONE_NUMBER_ID", "106540352242922"),
        ("WHATSAPP_API_URL", url.as_str()),
    ];
    let wrong = [("BIND_ADDR", "8000"), ("LOG_FORMAT", "xml")];
    let away = [("DATABASE_URL", "postgres://nobody:hunter2@127.0.0.1:9/none")];
    for (settings, succeeds, lines) in [
        (&[][..], true, &["ok        settings", "warning   database", "left out  api"][..]),
        (&real[..], false, &["FAILS     api", "→ whoever runs Deskbell checks the network"]),
        (&wrong[..], false, &["FAILS     settings      BIND_ADDR", "settings      LOG_FORMAT"]),
        (&away[..], false, &["FAILS     database", "checks DATABASE_URL"]),
    ] {
        let said = deskbell(settings);
        let (out, error) =
            (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert_eq!(said.status.success(), succeeds, "{settings:?}: {out}{error}");
        for line in lines {
            assert!(out.contains(line), "{settings:?}: no {line:?} in\n{out}");
        }
        assert_eq!(error.is_empty(), succeeds, "{error}");
        assert!(error.lines().count() <= 1, "one line: {error}");
        assert!(!format!("{out}{error}").contains("EAAsecret") && !error.contains("hunter2"));
    }
}
