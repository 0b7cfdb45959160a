//! Order: what one person hears about one ticket comes in the order of the events, whatever went
//! wrong in between, and what is old news by then does not come at all.
use std::collections::HashMap;

use chrono::TimeDelta;
use deskbell::config::Role;
use deskbell::domain::user;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Database, OutsideSimulator, Person, World, id, stories, tell};

stories![
    a_message_waits_for_the_one_before_it_and_no_longer,
    what_is_decided_holds_nobody_up,
    an_answer_that_was_lost_holds_nobody_up_and_no_old_state_follows_a_new_one,
    a_state_that_waited_is_superseded_by_a_newer_one,
    whoever_left_meanwhile_is_not_written_to,
    a_number_that_changed_meanwhile_is_the_one_written_to,
    what_is_urgent_does_not_wait_for_a_backlog_that_hangs,
];

#[tokio::test(flavor = "multi_thread")]
async fn order_holds_over_two_workers() {
    tell(Database::Postgres, over_two_workers).await;
}

/// Everything of which the client hears, in this order.
async fn lives(world: &World, ticket: &Value) {
    world.admin().does("open", ticket, json!({})).await;
    goes_on(world, ticket).await;
}

async fn goes_on(world: &World, ticket: &Value) {
    let (admin, dev) = (world.admin(), world.dev());
    admin.does("assign", ticket, json!({ "developer_id": dev.id })).await;
    dev.does("start", ticket, json!({})).await;
    dev.does("finish", ticket, json!({})).await;
    admin.does("reopen", ticket, json!({ "reason": "not yet" })).await;
    admin.does("assign", ticket, json!({ "developer_id": dev.id })).await;
    dev.does("start", ticket, json!({})).await;
    dev.does("finish", ticket, json!({})).await;
    admin.does("close", ticket, json!({})).await;
}

const LIFE: [&str; 9] = [
    "TICKET_OPENED",
    "TICKET_ASSIGNED",
    "WORK_STARTED",
    "WORK_FINISHED",
    "TICKET_REOPENED",
    "TICKET_ASSIGNED",
    "WORK_STARTED",
    "WORK_FINISHED",
    "TICKET_CLOSED",
];

/// The events of which a phone heard about each ticket, in the order of arrival.
async fn heard(world: &World, person: &Person) -> HashMap<i64, Vec<String>> {
    let rows = world.log(&format!("recipient_id={}", person.id)).await;
    let by_message: HashMap<&str, &Value> =
        rows.iter().filter_map(|row| Some((row["provider_message_id"].as_str()?, row))).collect();
    let mut heard: HashMap<i64, Vec<String>> = HashMap::new();
    for message in world.ledger_of(person).await {
        let row = by_message[message["id"].as_str().expect("an id")];
        let event = row["event"].as_str().expect("an event").to_owned();
        heard.entry(row["ticket_id"].as_i64().expect("a ticket")).or_default().push(event);
    }
    heard
}

async fn a_message_waits_for_the_one_before_it_and_no_longer(world: &mut World) {
    let client = world.client();
    let ticket = client.files("In order").await;
    let other = client.files("Of its own").await;
    world.settle().await;
    world.fault_once(&client, "RATE_LIMITED").await;
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    let first = world.notification(&client, &ticket).await;
    assert_eq!((&first["status"], &first["attempts"]), (&json!("QUEUED"), &json!(1)), "{first}");

    goes_on(world, &ticket).await;
    world.admin().does("open", &other, json!({})).await;
    world.settle().await;
    let told = heard(world, &client).await;
    assert_eq!(told.get(&id(&ticket)), None, "none of them goes before the first");
    assert_eq!(told[&id(&other)], ["TICKET_OPENED"], "another ticket waits for nothing");

    // Nine in a row: if each of them had to wait for a sweep this would take far too long.
    world.until_tried_again(&first).await;
    assert_eq!(heard(world, &client).await[&id(&ticket)], LIFE);
    let rows = world.told(&client, &ticket).await;
    assert!(rows.iter().all(|row| row["status"] == "SENT"), "{rows:?}");
}

async fn what_is_decided_holds_nobody_up(world: &mut World) {
    let client = world.client();
    let ticket = client.files("Decided").await;
    world.settle().await;
    let never =
        json!([{ "number": client.number(), "kind": "ERROR", "code": 131_026, "times": 1 }]);
    world.faults(never).await;
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    assert_eq!(world.notification(&client, &ticket).await["status"], "FAILED");
    world.admin().does("close", &ticket, json!({})).await;
    world.settle().await;
    assert_eq!(heard(world, &client).await[&id(&ticket)], ["TICKET_CLOSED"]);
}

async fn an_answer_that_was_lost_holds_nobody_up_and_no_old_state_follows_a_new_one(
    world: &mut World,
) {
    let client = world.client();
    let (ticket, other) = (client.files("Lost").await, client.files("Lost, too").await);
    world.settle().await;
    for ticket in [&ticket, &other] {
        world.fault_once(&client, "HTML").await;
        world.admin().does("open", ticket, json!({})).await;
        world.settle().await;
        assert_eq!(world.notification(&client, ticket).await["status"], "UNCONFIRMED");
    }
    world.passes(TimeDelta::minutes(1));
    world.admin().does("close", &ticket, json!({})).await;
    world.settle().await;
    assert_eq!(heard(world, &client).await[&id(&ticket)], ["TICKET_CLOSED"]);

    world.later(TimeDelta::minutes(15)).await;
    let told = heard(world, &client).await;
    assert_eq!(told[&id(&ticket)], ["TICKET_CLOSED"], "it is closed, so nobody hears it is open");
    assert_eq!(told[&id(&other)], ["TICKET_OPENED"], "sent once more: nothing newer is known");
    let first = world.told(&client, &ticket).await.pop().expect("the first");
    assert_eq!(first["status"], "UNCONFIRMED", "{first}");
}

async fn a_state_that_waited_is_superseded_by_a_newer_one(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let (ticket, alone) = (client.files("Old news").await, client.files("Only news").await);
    world.settle().await;
    world.fault(&client, "TOKEN_EXPIRED").await;
    admin.does("open", &ticket, json!({})).await;
    admin.does("open", &alone, json!({})).await;
    world.settle().await;
    world.later(TimeDelta::minutes(5)).await;
    admin.does("assign", &ticket, json!({ "developer_id": world.dev().id })).await;
    world.later(TimeDelta::minutes(4)).await;
    let rows = world.told(&client, &ticket).await;
    assert!(rows.iter().all(|row| row["status"] == "QUEUED"), "nine minutes are fresh: {rows:?}");

    world.later(TimeDelta::minutes(2)).await;
    let [second, first] = &world.told(&client, &ticket).await[..] else { panic!("two rows") };
    assert_eq!(
        (&first["status"], &first["skip_reason"]),
        (&json!("SKIPPED"), &json!("superseded"))
    );
    assert_eq!(first["next_attempt_at"], json!(null));
    assert!(first["hint"].is_string(), "{first}");
    assert_eq!(second["status"], "QUEUED", "{second}");
    let row = world.notification(&client, &alone).await;
    assert_eq!(row["status"], "QUEUED", "nothing newer is to be told: {row}");

    world.no_faults().await;
    for _ in 0..3 {
        world.later(TimeDelta::minutes(40)).await;
    }
    let told = heard(world, &client).await;
    assert_eq!(told[&id(&ticket)], ["TICKET_ASSIGNED"]);
    assert_eq!(told[&id(&alone)], ["TICKET_OPENED"]);

    // An admin who wants it all the same gets it: a retry waits anew.
    let path = format!("/api/notifications/{}/retry", id(first));
    admin.post(&path, &json!({})).await.ok(202);
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(heard(world, &client).await[&id(&ticket)], ["TICKET_ASSIGNED", "TICKET_OPENED"]);
}

/// Four clients each of whom waits for one message, which was refused for now.
async fn four_who_wait(world: &World) -> Vec<(Person, Value)> {
    let mut waiting = vec![];
    for at in 1..=4 {
        let number = format!("+44770090020{at}");
        let client = world.person(&format!("client-{at}"), user::Role::Client, &number).await;
        world.fault_once(&client, "RATE_LIMITED").await;
        let ticket = world.admin().files_with("Waits", json!({ "client_id": client.id })).await;
        world.settle().await;
        waiting.push((client, ticket));
    }
    waiting
}

async fn whoever_left_meanwhile_is_not_written_to(world: &mut World) {
    let waiting = four_who_wait(world).await;
    let changes = [
        ("inactive", "is_active = FALSE"),
        ("no_number", "whatsapp_number = NULL, whatsapp_verified_at = NULL"),
        ("number_unverified", "whatsapp_verified_at = NULL"),
        ("no_consent", "whatsapp_opt_in_at = NULL"),
    ];
    for ((person, _), (_, change)) in waiting.iter().zip(changes) {
        world.changes_rows(&format!("UPDATE users SET {change} WHERE id = {}", person.id)).await;
    }
    world.later(TimeDelta::minutes(1)).await;
    for ((person, ticket), (reason, _)) in waiting.iter().zip(changes) {
        let row = world.notification(person, ticket).await;
        assert_eq!((&row["status"], &row["skip_reason"]), (&json!("SKIPPED"), &json!(reason)));
        assert_eq!((&row["attempts"], &row["next_attempt_at"]), (&json!(1), &json!(null)), "{row}");
        assert!(world.ledger_of(person).await.is_empty());
    }
}

async fn a_number_that_changed_meanwhile_is_the_one_written_to(world: &mut World) {
    let client = world.client();
    world.fault_once(&client, "RATE_LIMITED").await;
    let ticket = world.admin().files_with("Moved", json!({ "client_id": client.id })).await;
    world.settle().await;
    let moved =
        format!("UPDATE users SET whatsapp_number = '+447700900299' WHERE id = {}", client.id);
    world.changes_rows(&moved).await;
    world.later(TimeDelta::minutes(1)).await;
    let row = world.notification(&client, &ticket).await;
    assert_eq!((&row["status"], &row["to"]), (&json!("SENT"), &json!("+447700900299")), "{row}");
    assert!(world.ledger_of(&client).await.is_empty(), "the old number may be a stranger's by now");
}

async fn what_is_urgent_does_not_wait_for_a_backlog_that_hangs(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let quick = world.person("quick", user::Role::Client, "+447700900211").await;
    let never = json!([{ "number": client.number(), "kind": "ERROR", "code": 131_026 }]);
    world.faults(never).await;
    admin.files_with("Fails", json!({ "client_id": client.id })).await;
    world.settle().await;
    world.changes_rows("UPDATE notification_log SET attempts = 0").await;
    // More than can hang at once, many times over, each about a ticket of its own.
    let columns = "event, channel, lane, recipient_id, recipient_address, body, provider, status, \
        attempts, forgiven, resends, expires_at, created_at";
    let double = |times: i64| {
        format!(
            "INSERT INTO notification_log (ticket_id, {columns}) \
             SELECT id + {times} * 1000000, {columns} FROM notification_log"
        )
    };
    for times in 1..=11 {
        world.changes_rows(&double(times)).await;
    }
    // As long as the client of the provider waits, which is ten seconds.
    world.faults(json!([{ "number": client.number(), "kind": "HANG" }])).await;
    let path = "/api/notifications/retry?status=FAILED";
    assert_eq!(admin.post(path, &json!({})).await.ok(202)["count"], 2048);
    let fields = json!({ "client_id": quick.id, "priority": "CRITICAL" });
    let ticket = admin.files_with("Now", fields).await;
    world
        .until("the urgent message is sent", async || {
            world.notification(&quick, &ticket).await["status"] == "SENT"
        })
        .await;
    world.no_faults().await;
}

async fn over_two_workers(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::Api, &provider).await;
    let workers = [world.another(Role::Worker).await, world.another(Role::Worker).await];
    let client = world.client();
    for kind in ["RATE_LIMITED", "UNAVAILABLE"] {
        let mut tickets = vec![];
        for _ in 0..6 {
            tickets.push(client.files(kind).await);
        }
        world.settle().await;
        let fault = json!([{ "number": client.number(), "kind": kind, "times": 4 }]);
        world.faults(fault).await;
        join_all(tickets.iter().map(|ticket| lives(world, ticket))).await;
        world.settle().await;
        for _ in 0..4 {
            world.later(TimeDelta::minutes(1)).await;
        }
        let told = heard(world, &client).await;
        assert!(tickets.iter().all(|ticket| told[&id(ticket)] == LIFE), "{told:?}");
    }
    for program in workers {
        program.stop().await.expect("it stops in order");
    }
    provider.stop().await;
}
