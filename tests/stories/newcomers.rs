//! The limit of people who are written to first within a day: whoever is new waits at it, and nobody
//! else.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::world::{Person, World, stories};

stories![
    new_people_wait_at_the_limit_and_nobody_else_does,
    what_waits_at_the_limit_goes_once_there_is_room,
];

/// Meta tells of another limit, and says the same to whoever asks.
pub(super) async fn is_limited_to(world: &mut World, limit: Value, tier: &str) {
    world.business(json!({ "messaging_limit": tier })).await;
    world.passes(TimeDelta::seconds(5));
    let value = json!({ "max_daily_conversations_per_business": limit });
    let at = world.now().timestamp();
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": at,
        "changes": [{ "field": "business_capability_update", "value": value }] }] });
    world.webhook(body.to_string()).await.taken();
    world.settle().await;
}

/// A new client files something, and is told that it is open.
pub(super) async fn opened(world: &World, who: &Person, priority: &str) -> Value {
    let ticket = who.files_with("Help", json!({ "priority": priority })).await;
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    world.notification(who, &ticket).await
}

async fn row(world: &World, of: &Value) -> Value {
    world.in_full(of).await
}

/// How the limit stands, as an admin sees it.
async fn shown(world: &World) -> (Value, Value) {
    let channel = world.admin().sees("/api/channels").await["items"][0].clone();
    let findings = channel["findings"].as_array().expect("findings").clone();
    let verdict = findings.iter().find(|it| it["check"] == "LIMIT").expect("it was looked at");
    (channel["limit"].clone(), verdict["verdict"].clone())
}

async fn new_people_wait_at_the_limit_and_nobody_else_does(world: &mut World) {
    world.examined().await;
    is_limited_to(world, json!("TIER_2"), "TIER_2").await;
    // Whoever begins to send knows the limit from the start.
    world.restarts_with(vec![]).await;
    let client = world.client();
    assert_eq!(opened(world, &client, "LOW").await["status"], "SENT", "the admin and the client");
    assert_eq!(shown(world).await, (json!({ "new_conversations": 2, "used": 2 }), json!("FAILED")));

    let ann = world.person("ann", Role::Client, "+447700900201").await;
    let waits = opened(world, &ann, "LOW").await;
    assert_eq!((&waits["status"], &waits["attempts"]), (&json!("QUEUED"), &json!(0)), "{waits}");
    assert!(waits["hint"].as_str().is_some_and(|it| it.contains("as Meta allows")), "{waits}");
    let again = opened(world, &client, "LOW").await;
    assert_eq!(again["status"], "SENT", "who counts already counts once");
    let bob = world.person("bob", Role::Client, "+447700900202").await;
    assert_eq!(opened(world, &bob, "CRITICAL").await["status"], "SENT", "what is urgent goes");
    assert_eq!(shown(world).await.0["used"], 3);

    // A window that its reader opened is no conversation that we began.
    let eve = world.person("eve", Role::Client, "+447700900203").await;
    world.writes(&eve, "Good morning").await;
    assert_eq!(opened(world, &eve, "LOW").await["status"], "SENT");
    world.writes(&ann, "And mine?").await;
    world.until("Ann hears", async || row(world, &waits).await["status"] == "SENT").await;
    assert!(row(world, &waits).await["template"].is_null(), "as free text");
}

async fn what_waits_at_the_limit_goes_once_there_is_room(world: &mut World) {
    world.examined().await;
    is_limited_to(world, json!(2), "TIER_2").await;
    // What was sent before counts for whoever begins to send.
    opened(world, &world.client(), "LOW").await;
    world.restarts_with(vec![]).await;
    // The simulator has begun anew, too, and is asked again.
    world.business(json!({ "messaging_limit": "TIER_2" })).await;
    let ann = world.person("ann", Role::Client, "+447700900201").await;
    world.passes(TimeDelta::hours(20));
    let waits = opened(world, &ann, "LOW").await;
    assert_eq!(waits["status"], "QUEUED", "{waits}");
    world.passes(TimeDelta::hours(4));
    world.until("a day is over", async || row(world, &waits).await["status"] == "SENT").await;
    world.settle().await;

    let bob = world.person("bob", Role::Client, "+447700900202").await;
    let waits = opened(world, &bob, "LOW").await;
    assert_eq!(waits["status"], "QUEUED", "{waits}");
    is_limited_to(world, json!(-1), "TIER_UNLIMITED").await;
    world.until("there is no limit", async || row(world, &waits).await["status"] == "SENT").await;
    world.settle().await;
    assert_eq!(shown(world).await.0["new_conversations"], json!(null));
}
