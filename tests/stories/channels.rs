//! How each channel stands, as an admin sees it: from our rows and from what the provider said last.
use chrono::TimeDelta;
use deskbell::config::Role;
use serde_json::{Value, json};

use super::world::{OutsideSimulator, World, stories};

stories![
    admins_see_how_each_channel_stands,
    what_meta_thinks_of_the_business_shows,
    a_provider_is_asked_now_and_then_and_never_by_a_reader,
    a_provider_that_is_away_loses_nothing_that_was_known_of_the_rest,
    templates_in_trouble_and_a_silent_webhook_show,
];

const CHANNELS: &str = "/api/channels";

/// How WhatsApp stands.
async fn whatsapp(world: &World) -> Value {
    let page = world.admin().sees(CHANNELS).await;
    let first = page["items"][0].clone();
    assert_eq!((&first["channel"], &first["provider"]), (&json!("WHATSAPP"), &json!("meta")));
    first
}

/// The verdict on one question.
#[track_caller]
fn verdict(channel: &Value, check: &str) -> String {
    let findings = channel["findings"].as_array().expect("a list of findings");
    let found = findings.iter().find(|it| it["check"] == check);
    let found = found.unwrap_or_else(|| panic!("nothing about {check} in {channel}"));
    let verdict = found["verdict"].as_str().expect("a verdict").to_owned();
    let to_do = ["WARNING", "FAILED"].contains(&verdict.as_str());
    assert_eq!(found["hint"].is_string(), to_do, "{found}");
    verdict
}

async fn admins_see_how_each_channel_stands(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    client.get(CHANNELS).await.refused(403, "forbidden");
    world.dev().get(CHANNELS).await.refused(403, "forbidden");
    world.stranger().get(CHANNELS).await.refused(401, "unauthenticated");
    admin.get(&format!("{CHANNELS}?state=OK")).await.refused(400, "bad_query");

    let page = admin.sees(CHANNELS).await;
    let items = page["items"].as_array().expect("a list of channels");
    let channels: Vec<&Value> = items.iter().map(|it| &it["channel"]).collect();
    assert_eq!(channels[0], "WHATSAPP");
    for medium in ["SMS", "EMAIL"] {
        assert!(channels.contains(&&json!(medium)), "{page}");
    }
    for nobody in items.iter().filter(|it| it["provider"].is_null()) {
        assert_eq!(nobody["state"], "NOT_CONFIGURED");
    }
    let before = whatsapp(world).await;
    assert_eq!(before["state"], "SIMULATED");
    for nothing in ["last_sent_at", "last_receipt_at", "last_webhook_at"] {
        assert!(before[nothing].is_null(), "{before}");
    }

    client.files("Login page not working").await;
    world.settle().await;
    let after = whatsapp(world).await;
    for something in ["last_sent_at", "last_receipt_at", "last_webhook_at"] {
        assert!(after[something].is_string(), "{after}");
    }
}

async fn what_meta_thinks_of_the_business_shows(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::All, &provider).await;
    world.examined().await;
    let well = whatsapp(world).await;
    assert_eq!(well["state"], "OK");
    assert_eq!(
        (&well["token"]["is_valid"], &well["token"]["never_expires"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(well["number"]["quality"], "GREEN");
    assert_eq!(well["limit"], json!({ "new_conversations": 250, "used": 0 }));
    for check in [
        "API",
        "API_VERSION",
        "TOKEN",
        "TOKEN_EXPIRY",
        "PERMISSIONS",
        "NUMBER",
        "REGISTRATION",
        "ACCOUNT",
        "QUALITY",
        "LIMIT",
        "RECIPIENTS",
        "APP_SECRET",
        "SUBSCRIPTION",
    ] {
        assert_eq!(verdict(&well, check), "OK", "{check} in {well}");
    }
    assert_eq!(verdict(&well, "WEBHOOK"), "LEFT_OUT", "PUBLIC_URL is not set");

    let soon = world.now() + TimeDelta::days(5);
    for (business, check, expected) in [
        (json!({ "token_expires_at": soon }), "TOKEN_EXPIRY", "WARNING"),
        (json!({ "token_expires_at": world.now() - TimeDelta::days(1) }), "TOKEN", "FAILED"),
        (json!({ "token_type": "USER" }), "TOKEN", "WARNING"),
        (json!({ "scopes": ["whatsapp_business_messaging"] }), "PERMISSIONS", "WARNING"),
        (json!({ "scopes": ["whatsapp_business_messaging"] }), "ACCOUNT", "FAILED"),
        (json!({ "quality_rating": "RED" }), "QUALITY", "FAILED"),
        (json!({ "number_status": "DISCONNECTED" }), "REGISTRATION", "FAILED"),
        (json!({ "account_mode": "SANDBOX" }), "RECIPIENTS", "WARNING"),
        (json!({ "messaging_limit": "TIER_UNLIMITED" }), "LIMIT", "OK"),
        (json!({ "account_review_status": "REJECTED" }), "ACCOUNT", "FAILED"),
        (json!({ "holds_number": false }), "ACCOUNT", "FAILED"),
        (json!({ "subscribed": false }), "SUBSCRIPTION", "FAILED"),
        (json!({ "fields": ["account_update"] }), "SUBSCRIPTION", "FAILED"),
    ] {
        world.business(business.clone()).await;
        world.passes(TimeDelta::minutes(11));
        world.examined().await;
        let channel = whatsapp(world).await;
        assert_eq!(verdict(&channel, check), expected, "{business} {channel}");
    }
    world.business(json!({})).await;
    world.restarts_with(vec![("META_APP_SECRET", "another app's".to_owned())]).await;
    world.passes(TimeDelta::minutes(11));
    world.examined().await;
    assert_eq!(verdict(&whatsapp(world).await, "APP_SECRET"), "FAILED");
    world.restarts_with(vec![("WHATSAPP_PHONE_NUMBER_ID", "1".to_owned())]).await;
    world.passes(TimeDelta::minutes(11));
    world.examined().await;
    let another = whatsapp(world).await;
    assert_eq!(
        (verdict(&another, "NUMBER"), &another["number"]),
        ("FAILED".to_owned(), &Value::Null)
    );
    provider.stop().await;
}

async fn a_provider_is_asked_now_and_then_and_never_by_a_reader(world: &mut World) {
    world.examined().await;
    let first = whatsapp(world).await["examined_at"].clone();
    assert!(first.is_string(), "a worker asked");
    for (wait, asked) in [(9, false), (2, true)] {
        world.passes(TimeDelta::minutes(wait));
        assert_eq!(whatsapp(world).await["examined_at"], first, "a reader asks nobody");
        world.examined().await;
        assert_eq!(whatsapp(world).await["examined_at"] != first, asked, "after {wait} minutes");
    }
}

async fn a_provider_that_is_away_loses_nothing_that_was_known_of_the_rest(world: &mut World) {
    let closed = super::world::closed_door();
    world.restarts_with(closed.settings()).await;
    world.examined().await;
    let away = whatsapp(world).await;
    assert_eq!(verdict(&away, "API"), "FAILED");
    assert_eq!((&away["token"], &away["number"]), (&Value::Null, &Value::Null));
    let failed = away["findings"].as_array().expect("findings").iter();
    assert_eq!(failed.filter(|it| it["verdict"] == "FAILED").count(), 1, "one fault: {away}");
}

/// What is said of a question, and what to do about it.
fn finding<'a>(channel: &'a Value, check: &str) -> (&'a str, &'a str) {
    let all = channel["findings"].as_array().expect("a list of findings");
    let found = all.iter().find(|it| it["check"] == check).expect("it was looked at");
    (found["detail"].as_str().unwrap_or_default(), found["hint"].as_str().unwrap_or_default())
}

/// The templates stand so, once all reports about them have come.
async fn shows(world: &World, expected: &str) {
    world
        .until(expected, async || {
            world.desk().sync_templates().await.expect("the simulator answers");
            verdict(&whatsapp(world).await, "TEMPLATES") == expected
        })
        .await;
}

async fn templates_in_trouble_and_a_silent_webhook_show(world: &mut World) {
    const OPENED: &str = "deskbell_ticket_opened_client";
    const CODE: &str = "deskbell_verification_code";
    world.desk().sync_templates().await.expect("the simulator answers");
    world.examined().await;
    let well = whatsapp(world).await;
    for check in ["TEMPLATES", "REPORTS"] {
        assert_eq!(verdict(&well, check), "OK", "{check} in {well}");
    }
    for (name, turn, expected, says) in [
        (OPENED, json!({ "category": "MARKETING" }), "WARNING", "counts it as MARKETING"),
        (OPENED, json!({ "category": "UTILITY", "text": "Hello." }), "WARNING", "another one"),
        (OPENED, json!({ "status": "PAUSED" }), "FAILED", "paused it"),
        (CODE, json!({ "status": "REJECTED" }), "FAILED", "rejected it"),
    ] {
        let mut turn = turn;
        turn["name"] = json!(name);
        world.turns_templates(turn.clone()).await;
        shows(world, expected).await;
        let channel = whatsapp(world).await;
        let (so, todo) = finding(&channel, "TEMPLATES");
        assert!(so.contains(name) && so.contains(says), "{so}");
        assert!(todo.contains("deskbell templates push"), "{todo}");
        world.pushes_templates().await;
    }
    shows(world, "OK").await;

    world.fault(&world.admin(), "NO_STATUS").await;
    for title in ["One", "Two", "Three"] {
        world.client().files(title).await;
    }
    world.settle().await;
    assert_eq!(verdict(&whatsapp(world).await, "REPORTS"), "OK", "it is too early to say");
    world.passes(TimeDelta::minutes(16));
    let silent = whatsapp(world).await;
    assert_eq!(verdict(&silent, "REPORTS"), "FAILED");
    let (so, todo) = finding(&silent, "REPORTS");
    assert!(so.starts_with("3 messages went out since"), "{so}");
    assert!(todo.contains("subscribed to `messages`"), "{todo}");
}
