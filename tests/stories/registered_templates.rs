//! How the templates stand at Meta: registered by a push, seen where something is wrong with one, and
//! known again by its reports.
use std::time::Duration;

use chrono::TimeDelta;
use deskbell::desk::{Pushed, left};
use serde_json::json;

use super::world::{World, id, stories};

stories![
    what_is_wrong_with_a_template_shows_and_a_push_heals_it,
    a_report_about_a_template_changes_what_is_known,
    a_first_push_takes_as_many_as_meta_does_and_comes_to_its_end,
];

const OPENED: &str = "deskbell_ticket_opened_client";

/// What is wrong with this template in English, as `deskbell templates status` would say.
async fn trouble(world: &World) -> Option<String> {
    let all = world.desk().sync_templates().await.expect("the simulator answers");
    let found = all.into_iter().find(|it| it.name == OPENED && it.language == "en");
    found.expect("it is needed").trouble
}

async fn what_is_wrong_with_a_template_shows_and_a_push_heals_it(world: &mut World) {
    world.pushes_templates().await;
    assert_eq!(trouble(world).await, None);
    for (turn, word, heals) in [
        (json!({ "deleted": true }), "not registered", true),
        (json!({ "status": "PAUSED" }), "paused", true),
        (json!({ "status": "REJECTED", "reason": "INVALID_FORMAT" }), "INVALID_FORMAT", true),
        (json!({ "text": "Another text altogether." }), "another", true),
        (json!({ "category": "MARKETING" }), "MARKETING", false),
        (json!({ "category": "UTILITY", "status": "DISABLED" }), "for good", false),
    ] {
        let mut turn = turn;
        turn["name"] = json!(OPENED);
        world.turns_templates(turn.clone()).await;
        let found = trouble(world).await.unwrap_or_else(|| panic!("{turn}: nothing was seen"));
        assert!(found.contains(word), "{turn}: {found}");
        world.pushes_templates().await;
        assert_eq!(trouble(world).await.is_none(), heals, "{turn}");
    }
    let again = world.pushes_templates().await;
    let left = again.iter().filter(|(_, pushed)| *pushed == Pushed::Left);
    assert_eq!((left.count(), again.len()), (125, 125), "a second push does nothing");
}

async fn a_report_about_a_template_changes_what_is_known(world: &mut World) {
    world.pushes_templates().await;
    let status = format!(
        "SELECT count(*) FROM message_templates WHERE name = '{OPENED}' AND language = 'en' \
         AND trouble IS NOT NULL AND status = "
    );
    for status_now in ["PAUSED", "REJECTED"] {
        world.turns_templates(json!({ "name": OPENED, "status": status_now })).await;
        let known = format!("{status}'{status_now}'");
        world.until(status_now, async || world.count(&known).await == 1).await;
    }
    let ticket = world.client().files("Held").await;
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    let row = world.notification(&world.client(), &ticket).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("QUEUED"), &json!(132_001)), "{row}");
    assert!(id(&row) > 0);
    world.turns_templates(json!({ "name": OPENED, "status": "APPROVED" })).await;
    // Should nobody have seen it refused in the list, one message tries after a minute.
    world.later(TimeDelta::seconds(61)).await;
    world
        .until("it goes", async || {
            world.notification(&world.client(), &ticket).await["status"] == "SENT"
        })
        .await;
}

async fn a_first_push_takes_as_many_as_meta_does_and_comes_to_its_end(world: &mut World) {
    world.rules(json!({ "templates_per_hour": 100 })).await;
    world.provider_forgets().await;
    world.passes(TimeDelta::hours(2));
    let pushed = async |world: &World| {
        let told = world.pushes_templates().await;
        let of = |wanted: fn(&Pushed) -> bool| told.iter().filter(|(_, it)| wanted(it)).count();
        let created = of(|it| *it == Pushed::Created);
        (created, of(|it| *it == Pushed::Left), left(&told))
    };
    let hour = Duration::from_secs(3_600);
    assert_eq!(pushed(world).await, (100, 0, Some((25, hour))));
    // What is needed most is there first: a code reaches whoever asks, in English everybody is told.
    let all = world.desk().sync_templates().await.expect("the simulator answers");
    let missing: Vec<_> = all.iter().filter(|it| it.status == "MISSING").collect();
    assert_eq!(missing.len(), 25);
    assert!(
        missing.iter().all(|it| it.language != "en" && it.name != "deskbell_verification_code")
    );
    world.passes(TimeDelta::minutes(30));
    let half = Duration::from_secs(1_800);
    assert_eq!(pushed(world).await, (0, 100, Some((25, half))), "too early costs nothing");
    world.passes(TimeDelta::minutes(30));
    assert_eq!(pushed(world).await, (25, 100, None));
    assert_eq!(pushed(world).await, (0, 125, None));

    // Whoever waits needs one call for all of it.
    world.provider_forgets().await;
    let mut waits = vec![];
    let told = world.desk().push_all_templates(async |many, again| {
        waits.push((many, again));
        world.passes(TimeDelta::from_std(again).expect("an hour"));
    });
    let told = told.await.expect("the simulator answers");
    assert_eq!(waits, [(25, hour)]);
    assert!(told.iter().all(|(_, it)| *it == Pushed::Created), "{told:?}");
}
