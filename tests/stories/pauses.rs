//! What stops all sending for a while: nothing is lost, nothing is burnt, and it goes on by itself.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::world::{Act, Provider, World, stories};

stories![
    a_void_token_pauses_the_channel_with_one_attempt_until_it_works_again,
    a_pause_outlives_the_program,
    what_only_a_person_can_mend_is_asked_about_every_hour,
    what_waited_too_long_behind_a_pause_is_not_sent_after_it,
    a_provider_that_is_away_is_left_alone_until_it_is_back,
    one_person_who_cannot_be_reached_stops_nobody_else,
];

pub(super) async fn files(world: &World, titles: &[&str]) {
    for title in titles {
        world.client().files(title).await;
    }
    world.settle().await;
}

pub(super) async fn queued(world: &World) -> Vec<Value> {
    world.log("status=QUEUED").await
}

async fn a_void_token_pauses_the_channel_with_one_attempt_until_it_works_again(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    provider.token_is_void(true);
    files(world, &["First"]).await;
    files(world, &["Second", "Third", "Fourth"]).await;
    assert_eq!(provider.heard().len(), 1, "one attempt shows it");
    let rows = queued(world).await;
    assert_eq!(rows.len(), 4);
    let attempts: i64 = rows.iter().filter_map(|row| row["attempts"].as_i64()).sum();
    assert_eq!(attempts, 1);
    assert!(rows.iter().all(|row| row["hint"].is_string()), "{rows:?}");
    let paused = "SELECT count(*) FROM channel_states WHERE state = 'PAUSED' AND code = 190";
    assert_eq!(world.count(paused).await, 1);
    let channels = world.admin().sees("/api/channels").await;
    let shown = &channels["items"][0];
    assert_eq!((&shown["state"], &shown["paused"]["code"]), (&json!("PAUSED"), &json!(190)));
    assert!(shown["paused"]["hint"].is_string() && shown["paused"]["since"].is_string(), "{shown}");

    for asked in 1..=3 {
        world.later(TimeDelta::minutes(1)).await;
        assert_eq!((provider.asked(), provider.heard().len()), (asked, 1), "asking sends nothing");
    }
    provider.token_is_void(false);
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(world.log("status=SENT").await.len(), 4);
    assert_eq!(provider.heard().len(), 5);
    assert_eq!(world.count(paused).await, 0);
    let channels = world.admin().sees("/api/channels").await;
    assert_eq!(
        (&channels["items"][0]["state"], &channels["items"][0]["paused"]),
        (&json!("OK"), &json!(null))
    );
    files(world, &["Fifth"]).await;
    assert_eq!(provider.heard().len(), 6);
}

async fn a_pause_outlives_the_program(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    provider.token_is_void(true);
    files(world, &["First"]).await;
    files(world, &["Second"]).await;
    world.restarts_with(vec![]).await;
    files(world, &["Third"]).await;
    assert_eq!(provider.heard().len(), 1);
    provider.token_is_void(false);
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!((provider.heard().len(), queued(world).await.len()), (4, 0));
}

async fn what_only_a_person_can_mend_is_asked_about_every_hour(world: &mut World) {
    let provider = Provider::acts([Act::Refuse(131_042), Act::Refuse(131_042)]).await;
    world.restarts_with(provider.settings()).await;
    files(world, &["First"]).await;
    files(world, &["Second"]).await;
    world.later(TimeDelta::minutes(59)).await;
    assert_eq!((provider.asked(), provider.heard().len()), (0, 1));
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!((provider.asked(), provider.heard().len()), (1, 2), "one message shows it");
    world.later(TimeDelta::minutes(60)).await;
    assert_eq!((provider.asked(), provider.heard().len()), (2, 4));
    let rows = world.log("status=SENT").await;
    let attempts: i64 = rows.iter().filter_map(|row| row["attempts"].as_i64()).sum();
    assert_eq!((rows.len(), attempts), (2, 4));
}

async fn what_waited_too_long_behind_a_pause_is_not_sent_after_it(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    provider.token_is_void(true);
    files(world, &["First", "Second", "Third"]).await;
    world.client().files_with("Fourth", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    world.later(TimeDelta::hours(7)).await;
    assert_eq!(world.log("status=SKIPPED").await.len(), 1);
    world.later(TimeDelta::hours(18)).await;
    provider.token_is_void(false);
    files(world, &["Fifth"]).await;
    let before = provider.heard().len();
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(provider.heard().len() - before, 1, "only what is new");
    let rows = world.log("status=SKIPPED").await;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row["skip_reason"] == "expired"), "{rows:?}");
}

async fn a_provider_that_is_away_is_left_alone_until_it_is_back(world: &mut World) {
    let provider = Provider::acts([const { Act::Refuse(131_016) }; 5]).await;
    world.restarts_with(provider.settings()).await;
    for title in ["First", "Second", "Third", "Fourth", "Fifth"] {
        files(world, &[title]).await;
    }
    files(world, &["Sixth", "Seventh"]).await;
    assert_eq!((provider.asked(), provider.heard().len()), (0, 5));
    world.later(TimeDelta::seconds(5)).await;
    assert_eq!(provider.asked(), 1);
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!((provider.heard().len(), queued(world).await.len()), (12, 0));
}

async fn one_person_who_cannot_be_reached_stops_nobody_else(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.fault(&client, "UNAVAILABLE").await;
    for number in 0..8 {
        let ticket = client.files(&format!("No. {number}")).await;
        admin.does("open", &ticket, json!({})).await;
        world.settle().await;
    }
    assert_eq!(world.ledger_of(&admin).await.len(), 8);
    assert_eq!(world.count("SELECT count(*) FROM channel_states").await, 0);
}
