//! CRITICAL tickets do not wait: what stays silent, or stands behind a pause, goes another way.
use chrono::TimeDelta;
use deskbell::config::Role;
use serde_json::json;

use super::fallback::{texts, ways};
use super::world::{Status, World, stories};

stories![
    what_is_critical_and_silent_goes_another_way,
    what_is_critical_does_not_wait_for_a_paused_channel,
];

async fn what_is_critical_and_silent_goes_another_way(world: &mut World) {
    let admin = world.admin();
    let (usual, _) = world.files_in_silence("Usual").await;
    world.fault_once(&admin, "NO_STATUS").await;
    let fire = world.client().files_with("Fire", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    let message = world.ledger_of(&admin).await.pop().expect("a message");
    world.later(TimeDelta::minutes(14)).await;
    assert_eq!(ways(world, &admin, &fire).await, ["WHATSAPP SENT"]);
    world.passes(TimeDelta::minutes(2));
    // Two programs sweep at once on PostgreSQL.
    let other = match world.is_postgres() {
        true => Some(world.another(Role::Worker).await),
        false => None,
    };
    let another = other.as_ref().map_or(world.desk(), |other| &other.desk);
    let (one, two) = tokio::join!(world.desk().sweep(), another.sweep());
    one.and(two).expect("the database");
    // A program that has just begun sweeps by itself, too, and may still have it in hand.
    let both = ["WHATSAPP SENT", "SMS SENT"];
    world.until("it goes by SMS", async || ways(world, &admin, &fire).await == both).await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &usual).await, ["WHATSAPP SENT"]);
    assert_eq!(world.told(&admin, &usual).await[0]["receipt_overdue"], true);
    // The receipt that comes late is noted, and changes nothing else.
    world.reports(Status::about(&message, "delivered", world)).await;
    world.later(TimeDelta::hours(1)).await;
    let told = world.told(&admin, &fire).await;
    assert_eq!((told.len(), &told[1]["receipt"]), (2, &json!("DELIVERED")));
    assert_eq!(texts(world, &admin).await.len(), 1);
    if let Some(other) = other {
        other.stop().await.expect("it stops in order");
    }
}

async fn what_is_critical_does_not_wait_for_a_paused_channel(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let expired = json!({ "number": "*", "kind": "TOKEN_EXPIRED" });
    world.faults(json!([expired])).await;
    let usual = client.files("Usual").await;
    world.settle().await;
    let fire = client.files_with("Fire", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    world.later(TimeDelta::minutes(10)).await;
    assert_eq!(ways(world, &admin, &fire).await, ["WHATSAPP QUEUED"]);
    world.later(TimeDelta::minutes(6)).await;
    world.later(TimeDelta::seconds(10)).await;
    assert_eq!(ways(world, &admin, &fire).await[1..], ["SMS SENT"]);
    assert_eq!(ways(world, &admin, &usual).await, ["WHATSAPP QUEUED"]);
    let told = async || !world.log("channel=SMS&receipt=DELIVERED").await.is_empty();
    world.until("the phone told of the SMS", told).await;
    world.no_faults().await;
    for _ in 0..3 {
        world.later(TimeDelta::minutes(2)).await;
    }
    // The phone has it: once is enough.
    assert_eq!(ways(world, &admin, &fire).await, ["WHATSAPP SKIPPED", "SMS SENT"]);
    assert_eq!(ways(world, &admin, &usual).await, ["WHATSAPP SENT"]);
}
