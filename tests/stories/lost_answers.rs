//! Sends whose answer was lost: nothing is claimed that is not known, and nothing is repeated
//! blindly.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::world::{Act, Provider, World, id, stories};

stories![
    a_lost_answer_is_settled_by_the_status_webhook,
    a_page_of_some_proxy_proves_nothing_and_nothing_is_resent_in_silence,
    a_broken_connection_proves_nothing,
    what_later_reports_prove_lost_is_sent_once_more_and_only_once,
    earlier_reports_prove_nothing,
    nothing_is_sent_once_more_before_ten_minutes,
    a_critical_message_waits_two_minutes,
    an_admin_resends_only_who_accepts_a_duplicate,
];

async fn a_lost_answer_is_settled_by_the_status_webhook(world: &mut World) {
    let admin = world.admin();
    let mut tickets = vec![];
    for kind in ["GARBLED", "CUT"] {
        world.fault_once(&admin, kind).await;
        let ticket = world.client().files(kind).await;
        world.settle().await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
        // The report may come before the answer is written down.
        let unknown = async || world.in_full(&row).await["attempt_log"][0]["outcome"] == "UNKNOWN";
        world.until("the answer counts as lost", unknown).await;
        tickets.push(ticket);
    }
    let last = world.client().files("Heard of later").await;
    world.later(TimeDelta::minutes(11)).await;
    let mut posted = vec![];
    for ticket in tickets.iter().chain([&last]) {
        let row = world.notification(&admin, ticket).await;
        assert_eq!(row["attempts"], 1);
        posted.push(row["provider_message_id"].clone());
    }
    let ledger: Vec<Value> = world.ledger().await.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(posted, ledger, "each was posted once");
}

/// Files a ticket whose message an HTML page answers; it stands unconfirmed.
async fn loses(world: &World, fields: Value) -> Value {
    world.passes(TimeDelta::seconds(1));
    world.fault_once(&world.admin(), "HTML").await;
    let ticket = world.client().files_with("Lost", fields).await;
    world.settle().await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    ticket
}

/// Files a ticket whose message arrives, which proves that reports come in.
async fn proves(world: &World) {
    world.passes(TimeDelta::seconds(1));
    world.client().files("Arrives").await;
    world.settle().await;
}

async fn is(world: &World, ticket: &Value, status: &str, attempts: u32) {
    let row = world.notification(&world.admin(), ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!(status), &json!(attempts)), "{row}");
}

async fn sent(world: &World, title: &str) -> usize {
    let ledger = world.ledger().await;
    let title = format!("*Title:* {title}\n");
    ledger.iter().filter(|it| it["body"].as_str().is_some_and(|it| it.contains(&title))).count()
}

async fn a_page_of_some_proxy_proves_nothing_and_nothing_is_resent_in_silence(world: &mut World) {
    let ticket = loses(world, json!({})).await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert!(row["hint"].is_string() && row["error_message"].is_string(), "{row}");
    assert_eq!((&row["sent_at"], &row["failed_at"]), (&json!(null), &json!(null)));
    for minutes in [2, 9, 60, 600] {
        world.later(TimeDelta::minutes(minutes)).await;
        is(world, &ticket, "UNCONFIRMED", 1).await;
    }
    assert_eq!(world.ledger().await.len(), 0);
}

async fn a_broken_connection_proves_nothing(world: &mut World) {
    let provider = Provider::acts([Act::Reset]).await;
    world.restarts_with(provider.settings()).await;
    let ticket = world.client().files("Reset").await;
    world.settle().await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    world.later(TimeDelta::minutes(30)).await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    assert_eq!(provider.heard().len(), 1, "nothing repeats a POST by itself");
}

async fn what_later_reports_prove_lost_is_sent_once_more_and_only_once(world: &mut World) {
    let found = loses(world, json!({})).await;
    proves(world).await;
    world.later(TimeDelta::minutes(10)).await;
    is(world, &found, "SENT", 2).await;
    assert_eq!(sent(world, "Lost").await, 1);

    let lost_twice = loses(world, json!({})).await;
    proves(world).await;
    world.fault_once(&world.admin(), "HTML").await;
    world.later(TimeDelta::minutes(10)).await;
    is(world, &lost_twice, "UNCONFIRMED", 2).await;
    proves(world).await;
    for minutes in [11, 60] {
        world.later(TimeDelta::minutes(minutes)).await;
        is(world, &lost_twice, "UNCONFIRMED", 2).await;
    }
    assert_eq!(sent(world, "Lost").await, 1);
}

async fn earlier_reports_prove_nothing(world: &mut World) {
    proves(world).await;
    let ticket = loses(world, json!({})).await;
    world.later(TimeDelta::minutes(11)).await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    // A later message that nothing is heard of proves nothing either.
    world.fault_once(&world.admin(), "NO_STATUS").await;
    world.client().files("Silent").await;
    world.settle().await;
    world.later(TimeDelta::minutes(11)).await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    assert_eq!(sent(world, "Lost").await, 0);
}

async fn nothing_is_sent_once_more_before_ten_minutes(world: &mut World) {
    let ticket = loses(world, json!({})).await;
    proves(world).await;
    world.later(TimeDelta::seconds(10 * 60 - 3)).await;
    is(world, &ticket, "UNCONFIRMED", 1).await;
    world.later(TimeDelta::seconds(3)).await;
    is(world, &ticket, "SENT", 2).await;
}

async fn a_critical_message_waits_two_minutes(world: &mut World) {
    let critical = loses(world, json!({ "priority": "CRITICAL" })).await;
    let normal = loses(world, json!({ "priority": "HIGH" })).await;
    proves(world).await;
    world.later(TimeDelta::seconds(2 * 60 - 4)).await;
    is(world, &critical, "UNCONFIRMED", 1).await;
    world.later(TimeDelta::seconds(10)).await;
    is(world, &critical, "SENT", 2).await;
    is(world, &normal, "UNCONFIRMED", 1).await;
}

async fn an_admin_resends_only_who_accepts_a_duplicate(world: &mut World) {
    let admin = world.admin();
    let ticket = loses(world, json!({})).await;
    let row = world.notification(&admin, &ticket).await;
    let path = format!("/api/notifications/{}/retry", id(&row));
    for careless in [json!({}), json!({ "accept_duplicate": false })] {
        admin.post(&path, &careless).await.refused(409, "may_have_arrived");
    }
    is(world, &ticket, "UNCONFIRMED", 1).await;
    admin.post(&path, &json!({ "accept_duplicate": true })).await.ok(202);
    world.settle().await;
    is(world, &ticket, "SENT", 2).await;
    assert_eq!(sent(world, "Lost").await, 1);
    admin.post(&path, &json!({ "accept_duplicate": true })).await.refused(409, "not_retryable");
}
