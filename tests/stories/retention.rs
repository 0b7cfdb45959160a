//! What is kept how long, and that it goes in parts and alone.
use chrono::TimeDelta;
use deskbell::desk::Desk;
use serde_json::json;

use super::world::{World, id, stories};

stories![each_thing_is_kept_for_its_time, what_is_left_of_a_notification_stays_as_it_is];

async fn pruned(desk: &Desk) {
    desk.prune().await.expect("the database");
}

async fn each_thing_is_kept_for_its_time(world: &mut World) {
    let client = world.client();
    let body = super::world::draft("Kept", json!({}));
    client.posts_once("kept", "/api/tickets", &body).await.ok(201);
    world.settle().await;
    let now = world.count("SELECT count(*) FROM webhook_events").await;
    assert!(now >= 1);
    // More than one part of each.
    let copies = "INSERT INTO webhook_events (provider, digest, raw, state, tries, received_at) \
                  SELECT provider, digest || '/' || (SELECT max(id) FROM webhook_events), raw, state, tries, received_at \
                  FROM webhook_events";
    while world.count("SELECT count(*) FROM webhook_events").await < 1_200 {
        world.changes_rows(copies).await;
    }
    for (table, kept) in [
        ("idempotency_keys", TimeDelta::hours(24)),
        ("webhook_events", TimeDelta::days(30)),
        ("delivery_attempts", TimeDelta::days(180)),
    ] {
        let counted = format!("SELECT count(*) FROM {table}");
        let before = world.count(&counted).await;
        let begun = world.count("SELECT count(*) FROM notification_log").await;
        let passed = world.now();
        world.passes(kept - TimeDelta::minutes(1) - (passed - started(world).await));
        pruned(world.desk()).await;
        assert_eq!(world.count(&counted).await, before, "{table} too early");
        world.passes(TimeDelta::minutes(2));
        pruned(world.desk()).await;
        assert_eq!(world.count(&counted).await, 0, "{table}");
        assert_eq!(world.count("SELECT count(*) FROM notification_log").await, begun);
    }
}

/// When the only notification was made.
async fn started(world: &World) -> chrono::DateTime<chrono::Utc> {
    super::world::instant(&world.log("").await[0]["created_at"])
}

async fn what_is_left_of_a_notification_stays_as_it_is(world: &mut World) {
    let admin = world.admin();
    world.client().files("Old").await;
    world.settle().await;
    world.passes(TimeDelta::days(181));
    pruned(world.desk()).await;
    let row = world.log("").await.remove(0);
    assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
    assert_eq!(world.in_full(&row).await["attempt_log"].as_array().map(Vec::len), Some(1));
    let path = format!("/api/notifications/{}/retry", id(&row));
    let answer = admin.post(&path, &json!({ "accept_duplicate": true })).await;
    answer.refused(409, "not_retryable");
}
