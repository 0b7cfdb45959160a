//! Sends that the provider refuses: the code says what comes next.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::world::{Act, Provider, World, closed_door, instant, stories};

stories![
    what_passes_by_itself_is_tried_again_with_growing_waits_and_fails_after_five,
    what_has_passed_is_sent,
    nothing_is_tried_before_its_time,
    a_provider_that_asks_for_time_gets_it,
    what_cannot_be_sent_fails_at_once_with_a_hint,
    a_number_that_is_not_on_whatsapp_fails_when_that_is_reported,
    an_account_at_fault_burns_no_message,
    what_waited_longer_than_it_is_worth_is_skipped,
    a_provider_that_cannot_be_reached_has_got_nothing,
];

fn outcomes(full: &Value) -> Vec<&str> {
    let log = full["attempt_log"].as_array().expect("a list of attempts");
    log.iter().map(|it| it["outcome"].as_str().expect("an outcome")).collect()
}

async fn what_passes_by_itself_is_tried_again_with_growing_waits_and_fails_after_five(
    world: &mut World,
) {
    let admin = world.admin();
    world.fault(&admin, "UNAVAILABLE").await;
    let ticket = world.client().files("Unlucky").await;
    world.settle().await;
    let mut waits = vec![];
    for attempt in 1..=4 {
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("QUEUED"), &json!(attempt)));
        assert_eq!(row["error_code"], 2);
        assert!(row["hint"].is_string(), "{row}");
        waits.push(instant(&row["next_attempt_at"]) - world.now());
        world.until_tried_again(&row).await;
    }
    assert!(waits[0] >= TimeDelta::seconds(4), "{waits:?}");
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0]), "{waits:?}");
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("FAILED"), &json!(5)));
    assert_eq!((&row["error_code"], &row["next_attempt_at"]), (&json!(2), &json!(null)));
    assert!(row["failed_at"].is_string() && row["hint"].is_string(), "{row}");
    let full = world.in_full(&row).await;
    assert_eq!(outcomes(&full), ["REJECTED"; 5]);
    assert_eq!(full["attempt_log"][0]["http_status"], 503);

    world.no_faults().await;
    world.later(TimeDelta::hours(2)).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "FAILED");
    assert!(world.ledger().await.is_empty());
}

async fn what_has_passed_is_sent(world: &mut World) {
    let admin = world.admin();
    for (kind, code) in
        [("RATE_LIMITED", 130_429), ("PAIR_RATE_LIMITED", 131_056), ("UNAVAILABLE", 2)]
    {
        world.fault_once(&admin, kind).await;
        let ticket = world.client().files(kind).await;
        world.settle().await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["error_code"]), (&json!("QUEUED"), &json!(code)));
        world.until_tried_again(&row).await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
        assert_eq!((&row["attempts"], &row["error_code"]), (&json!(2), &json!(null)), "{row}");
        assert_eq!(outcomes(&world.in_full(&row).await), ["REJECTED", "ACCEPTED"]);
    }
    assert_eq!(world.ledger().await.len(), 3);
}

async fn nothing_is_tried_before_its_time(world: &mut World) {
    let admin = world.admin();
    world.fault_once(&admin, "UNAVAILABLE").await;
    let ticket = world.client().files("Patience").await;
    world.settle().await;
    world.later(TimeDelta::milliseconds(3_900)).await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("QUEUED"), &json!(1)));
    assert!(world.ledger().await.is_empty());
    world.until_tried_again(&row).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "SENT");
}

async fn a_provider_that_asks_for_time_gets_it(world: &mut World) {
    let provider = Provider::acts([Act::AskForTime(600)]).await;
    world.restarts_with(provider.settings()).await;
    let ticket = world.client().files("Slowly").await;
    world.settle().await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!(row["status"], "QUEUED");
    assert!(instant(&row["next_attempt_at"]) >= world.now() + TimeDelta::seconds(600), "{row}");
    world.until_tried_again(&row).await;
    assert_eq!(world.notification(&world.admin(), &ticket).await["status"], "SENT");
    assert_eq!(provider.heard().len(), 2);
}

async fn what_cannot_be_sent_fails_at_once_with_a_hint(world: &mut World) {
    let admin = world.admin();
    for (code, hint) in [
        (131_030, "API Setup"),
        (100, "WHATSAPP_PHONE_NUMBER_ID"),
        (131_026, "WhatsApp"),
        (131_047, "24 hours"),
        (987_654, "unknown"),
    ] {
        let fault =
            json!([{ "number": admin.number(), "kind": "ERROR", "code": code, "times": 1 }]);
        world.faults(fault).await;
        let ticket = world.client().files("Refused").await;
        world.settle().await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("FAILED"), &json!(1)), "{row}");
        assert_eq!((&row["error_code"], &row["next_attempt_at"]), (&json!(code), &json!(null)));
        assert!(row["error_message"].is_string() && row["failed_at"].is_string(), "{row}");
        let said = row["hint"].as_str().expect("a hint");
        assert!(said.contains(hint), "{code}: {said}");
    }
    world.later(TimeDelta::hours(1)).await;
    assert!(world.ledger().await.is_empty());
}

async fn a_number_that_is_not_on_whatsapp_fails_when_that_is_reported(world: &mut World) {
    let admin = world.admin();
    world.fault_once(&admin, "NOT_ON_WHATSAPP").await;
    let ticket = world.client().files("Unreachable").await;
    world.settle().await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("FAILED"), &json!(1)), "{row}");
    assert_eq!(row["error_code"], 131_026);
    assert!(row["sent_at"].is_string(), "the provider had taken it: {row}");
}

async fn an_account_at_fault_burns_no_message(world: &mut World) {
    let admin = world.admin();
    world.faults(json!([{ "number": "*", "kind": "TOKEN_EXPIRED" }])).await;
    let ticket = world.client().files("Patient").await;
    world.settle().await;
    for _ in 1..=7 {
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["error_code"]), (&json!("QUEUED"), &json!(190)));
        assert_eq!(row["attempts"], 1, "the channel is paused: {row}");
        let hint = row["hint"].as_str().expect("a hint");
        assert!(hint.contains("WHATSAPP_ACCESS_TOKEN"), "{hint}");
        world.later(TimeDelta::minutes(1)).await;
    }
    world.no_faults().await;
    world.later(TimeDelta::minutes(1)).await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("SENT"), &json!(null)));
    assert_eq!(world.ledger().await.len(), 1);
}

async fn what_waited_longer_than_it_is_worth_is_skipped(world: &mut World) {
    let admin = world.admin();
    world.fault(&admin, "TOKEN_EXPIRED").await;
    let mut waiting = vec![];
    for (priority, worth) in [("CRITICAL", 6), ("HIGH", 24)] {
        let ticket = world.client().files_with(priority, json!({ "priority": priority })).await;
        world.settle().await;
        waiting.push((ticket, TimeDelta::hours(worth)));
    }
    let begun = world.now();
    for (ticket, worth) in &waiting {
        world.later(*worth - TimeDelta::minutes(1) - (world.now() - begun)).await;
        assert_eq!(world.notification(&admin, ticket).await["status"], "QUEUED");
        world.later(TimeDelta::minutes(2)).await;
        let row = world.notification(&admin, ticket).await;
        assert_eq!((&row["status"], &row["skip_reason"]), (&json!("SKIPPED"), &json!("expired")));
        assert_eq!(row["next_attempt_at"], json!(null));
        assert!(row["hint"].is_string(), "{row}");
    }
    world.no_faults().await;
    world.later(TimeDelta::hours(1)).await;
    assert!(world.ledger().await.is_empty());
}

async fn a_provider_that_cannot_be_reached_has_got_nothing(world: &mut World) {
    let door = closed_door();
    world.restarts_with(door.settings()).await;
    let ticket = world.client().files("Unreached").await;
    world.settle().await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("QUEUED"), &json!(null)), "{row}");
    assert!(row["hint"].is_string() && row["error_message"].is_string(), "{row}");
    assert_eq!(outcomes(&world.in_full(&row).await), ["NOT_SENT"]);
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    world.until_tried_again(&row).await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!((&row["status"], provider.heard().len()), (&json!("SENT"), 1));
}
