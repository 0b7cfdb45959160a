//! What admins hear of the desk itself, by another way than the one that is shut: a channel that does
//! not send, a limit that is nearly used.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::newcomers::{is_limited_to, opened};
use super::world::{World, instant, stories};

stories![
    a_pause_that_lasts_is_told_by_another_way,
    a_pause_that_is_soon_over_is_told_to_nobody,
    an_alert_that_cannot_be_written_holds_up_nothing,
    whoever_has_no_other_way_is_told_nothing_by_the_one_that_is_shut,
    the_limit_is_told_at_four_fifths_and_when_it_is_reached,
];

async fn told(world: &World, event: &str) -> Vec<Value> {
    let mut rows = world.log(&format!("event={event}")).await;
    rows.reverse();
    rows
}

async fn expires_the_token(world: &World) {
    world.faults(json!([{ "number": "*", "kind": "TOKEN_EXPIRED" }])).await;
    world.client().files("Nobody hears of it").await;
    world.settle().await;
}

async fn a_pause_that_lasts_is_told_by_another_way(world: &mut World) {
    expires_the_token(world).await;
    world.later(TimeDelta::minutes(3)).await;
    world.until("it is told", async || told(world, "CHANNEL_PAUSED").await.len() == 1).await;
    world.settle().await;
    let row = world.in_full(&told(world, "CHANNEL_PAUSED").await[0]).await;
    assert_eq!((&row["channel"], &row["status"]), (&json!("SMS"), &json!("SENT")), "{row}");
    assert_eq!(row["recipient"]["id"], json!(world.admin().id), "{row}");
    let body = row["body"].as_str().expect("words");
    assert!(body.starts_with("⏸️ *Sending Is Paused*"), "{body}");
    assert!(body.contains("WhatsApp") && body.contains("code 190"), "{body}");
    assert!(body.contains("WHATSAPP_ACCESS_TOKEN"), "it says what to do: {body}");

    // Who begins to send tells nobody what was told, and what lasts is told again.
    world.restarts_with(vec![]).await;
    expires_the_token(world).await;
    world.later(TimeDelta::hours(4)).await;
    world.later(TimeDelta::hours(3)).await;
    world.until("it is told again", async || told(world, "CHANNEL_PAUSED").await.len() > 1).await;
    assert_eq!(told(world, "CHANNEL_PAUSED").await.len(), 2);
}

async fn a_pause_that_is_soon_over_is_told_to_nobody(world: &mut World) {
    expires_the_token(world).await;
    world.no_faults().await;
    world.later(TimeDelta::minutes(1)).await;
    assert!(world.log("status=QUEUED").await.is_empty());
    world.later(TimeDelta::minutes(9)).await;
    expires_the_token(world).await;
    let again = world.now();
    world.later(TimeDelta::minutes(3)).await;
    world.until("it is told", async || !told(world, "CHANNEL_PAUSED").await.is_empty()).await;
    let rows = told(world, "CHANNEL_PAUSED").await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(instant(&rows[0]["created_at"]) > again, "of the second alone");
}

async fn an_alert_that_cannot_be_written_holds_up_nothing(world: &mut World) {
    world.examined().await;
    is_limited_to(world, json!("TIER_2"), "TIER_2").await;
    world.restarts_with(vec![]).await;
    opened(world, &world.client(), "LOW").await;
    let ann = world.person("ann", Role::Client, "+447700900201").await;
    let waits = opened(world, &ann, "LOW").await;
    assert_eq!(waits["status"], "QUEUED", "{waits}");
    let odd = world.person("odd", Role::Admin, "+447700900209").await;
    world.stops().await;
    // Whoever begins to send tells of the limit, and cannot read this admin's account.
    let unreadable =
        format!("UPDATE users SET whatsapp_verified_by = 'PIGEON' WHERE id = {}", odd.id);
    assert_eq!(world.changes_rows(&unreadable).await, 1);
    world.changes_rows("DELETE FROM alerts").await;
    world.restarts_with(vec![]).await;
    world.writes(&ann, "And mine?").await;
    let sent = async || world.in_full(&waits).await["status"] == "SENT";
    world.until("what waited goes", sent).await;
    assert_eq!(world.count("SELECT count(*) FROM alerts").await, 0, "nobody was told");
    let readable = format!("UPDATE users SET whatsapp_verified_by = 'ADMIN' WHERE id = {}", odd.id);
    assert_eq!(world.changes_rows(&readable).await, 1);
    world.until("it is told", async || !told(world, "LIMIT_NEAR").await.is_empty()).await;
}

async fn whoever_has_no_other_way_is_told_nothing_by_the_one_that_is_shut(world: &mut World) {
    let only = json!({ "channels": ["WHATSAPP"] });
    let chosen = world.admin().ask(Method::PUT, "/api/auth/me/preferences").await.json(&only);
    chosen.send().await.ok(200);
    expires_the_token(world).await;
    world.later(TimeDelta::minutes(3)).await;
    let tried = "SELECT count(*) FROM alerts";
    world.until("it was to be told", async || world.count(tried).await == 1).await;
    assert!(told(world, "CHANNEL_PAUSED").await.is_empty());
}

async fn the_limit_is_told_at_four_fifths_and_when_it_is_reached(world: &mut World) {
    world.examined().await;
    is_limited_to(world, json!("TIER_5"), "TIER_5").await;
    world.restarts_with(vec![]).await;
    // The admin and the client are two.
    opened(world, &world.client(), "LOW").await;
    let mut people = vec![];
    for at in 1..=3 {
        let name = format!("person{at}");
        let number = format!("+44770090020{at}");
        people.push(world.person(&name, Role::Client, &number).await);
    }
    assert!(told(world, "LIMIT_NEAR").await.is_empty());
    for (at, words) in [(0, None), (1, Some("4")), (2, Some("5"))] {
        opened(world, &people[at], "LOW").await;
        let Some(used) = words else { continue };
        world.until("it is told", async || told(world, "LIMIT_NEAR").await.len() == at).await;
        let row = world.in_full(&told(world, "LIMIT_NEAR").await[at - 1]).await;
        assert_eq!(row["channel"], "SMS", "{row}");
        let body = row["body"].as_str().expect("words");
        assert!(
            body.contains(&format!("Of 5 new WhatsApp conversations of a day {used} ")),
            "{body}"
        );
    }
}
