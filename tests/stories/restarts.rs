//! The program stops and starts again on the same database: nothing is lost, nothing goes twice.
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use super::world::{World, stories};

stories![
    what_waits_goes_out_after_a_restart_and_nothing_goes_twice,
    a_program_that_stops_ends_the_sends_in_hand,
    a_token_and_a_first_answer_outlive_the_program,
];

async fn what_waits_goes_out_after_a_restart_and_nothing_goes_twice(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    for number in 0..3 {
        client.files(&format!("Sent {number}")).await;
    }
    world.settle().await;
    assert_eq!(world.ledger().await.len(), 3);
    world.fault(&admin, "TOKEN_EXPIRED").await;
    for number in 0..5 {
        client.files(&format!("Waiting {number}")).await;
    }
    world.settle().await;
    assert_eq!(world.log("status=QUEUED").await.len(), 5);

    // The simulator begins anew with the program: its ledger is empty and its faults are gone.
    world.restarts_with(vec![]).await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(world.log("status=SENT&receipt=DELIVERED").await.len(), 8);
    let after = world.ledger().await;
    assert_eq!(after.len(), 5);
    let body = |number| format!("Waiting {number}\n");
    for number in 0..5 {
        let told = |it: &&serde_json::Value| it["body"].to_string().contains(body(number).trim());
        assert_eq!(after.iter().filter(told).count(), 1, "{number}");
    }
    world.restarts_with(vec![]).await;
    world.later(TimeDelta::hours(1)).await;
    assert!(world.ledger().await.is_empty());
}

async fn a_program_that_stops_ends_the_sends_in_hand(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let slow = json!([{ "number": admin.number(), "kind": "SLOW", "ms": 300 }]);
    world.faults(slow).await;
    let titles: Vec<String> = (0..20).map(|number| format!("No. {number}")).collect();
    join_all(titles.iter().map(|title| client.files(title))).await;
    let begun = std::time::Instant::now();
    world.stops().await;
    let took = begun.elapsed();
    let cut_off = "SELECT count(*) FROM notification_log WHERE status = 'SENDING'";
    let cut_off = world.count(cut_off).await;
    let attempts = world.count("SELECT count(*) FROM delivery_attempts").await;
    assert_eq!(cut_off, 0, "sends were cut off: {attempts} ended, and it took {took:?}");
    world.restarts_with(vec![]).await;
    world.later(TimeDelta::seconds(30)).await;
    let rows = world.log("status=SENT").await;
    assert_eq!(rows.len(), 20, "{:?}", world.log("").await);
    assert!(rows.iter().all(|row| row["attempts"] == 1), "each was sent once");
}

async fn a_token_and_a_first_answer_outlive_the_program(world: &mut World) {
    let client = world.client();
    let body = super::world::draft("Once", json!({}));
    let first = client.posts_once("outlives", "/api/tickets", &body).await.ok(201);
    let page = client.sees("/api/tickets?limit=1").await;
    world.restarts_with(vec![]).await;
    let again = client.posts_once("outlives", "/api/tickets", &body).await;
    assert_eq!(again.ok(201), first);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(client.sees("/api/tickets?limit=1").await, page);
}
