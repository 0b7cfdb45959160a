//! Text messages of which Twilio never reported: it is asked what became of them.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::fallback::{puts, sms, ways};
use super::world::{Person, World, stories};

stories![
    what_was_never_reported_is_asked_about,
    a_failure_that_was_never_reported_is_followed_all_the_same,
    what_twilio_cannot_say_now_it_is_asked_later,
];

/// An admin who reads text messages, and a ticket of which they were told in silence.
async fn files_in_silence(world: &World, more: Value) -> (Person, Value) {
    let admin = world.admin();
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    world.faults(json!([sms(&admin, "UNREPORTED", more)])).await;
    let ticket = world.client().files("Silent").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS SENT"]);
    (admin, ticket)
}

async fn receipt(world: &World, admin: &Person, ticket: &Value) -> Value {
    world.told(admin, ticket).await[0]["receipt"].clone()
}

async fn what_was_never_reported_is_asked_about(world: &mut World) {
    let (admin, ticket) = files_in_silence(world, json!({})).await;
    world.later(TimeDelta::minutes(4)).await;
    assert_eq!(receipt(world, &admin, &ticket).await, Value::Null, "a report may still come");
    world.later(TimeDelta::minutes(2)).await;
    assert_eq!(receipt(world, &admin, &ticket).await, "DELIVERED");
    assert_eq!(world.count("SELECT count(*) FROM webhook_events").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM unplaced_reports").await, 0);
}

async fn a_failure_that_was_never_reported_is_followed_all_the_same(world: &mut World) {
    let (admin, ticket) = files_in_silence(world, json!({ "code": 30005 })).await;
    world.later(TimeDelta::minutes(6)).await;
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS FAILED", "WHATSAPP SENT"]);
    let failed = world.told(&admin, &ticket).await.pop().expect("the first one");
    assert_eq!(failed["error_code"], 30005);
    assert!(failed["hint"].as_str().is_some_and(|hint| hint.contains("#code-30005")), "{failed}");
}

async fn what_twilio_cannot_say_now_it_is_asked_later(world: &mut World) {
    let admin = world.admin();
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    // It waits there, as far as anybody says.
    world.faults(json!([sms(&admin, "NO_STATUS", json!({}))])).await;
    let ticket = world.client().files("Waits").await;
    world.settle().await;
    let asked_about = format!(
        "SELECT count(*) FROM notification_log WHERE unheard_since IS NOT NULL AND ticket_id = {}",
        ticket["id"]
    );
    world.later(TimeDelta::minutes(6)).await;
    assert_eq!(world.count(&asked_about).await, 1);
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS SENT"]);
    // Once it was a day ago nobody asks any more.
    let soon = (world.now() + TimeDelta::minutes(2)).to_rfc3339();
    world.later(TimeDelta::hours(25)).await;
    let once = format!("{asked_about} AND unheard_since < '{soon}'");
    assert_eq!(world.count(&once).await, 1, "it was asked about once");
    assert_eq!(receipt(world, &admin, &ticket).await, Value::Null);
}
