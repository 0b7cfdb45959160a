//! Reports about messages: any order, any repetition, any company gives the same row.
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Act, Provider, Status, World, batch, id, stories};

stories![
    a_report_that_comes_three_times_at_once_counts_once,
    shuffled_and_doubled_reports_give_the_same_row,
    reports_in_any_order_give_the_same_row,
    a_failure_after_sent_is_tried_again_where_that_may_help,
    a_failure_after_sent_is_final_where_nothing_helps,
    failures_after_sent_end_with_the_attempts,
    a_failure_after_the_receipt_is_only_noted,
    a_bad_status_in_a_thousand_loses_no_other,
    callback_data_of_others_does_no_harm,
    a_report_that_comes_before_our_answer_is_joined_later,
];

async fn is(world: &World, ticket: &Value, status: &str, receipt: Option<&str>) -> Value {
    let row = world.notification(&world.admin(), ticket).await;
    assert_eq!((&row["status"], &row["receipt"]), (&json!(status), &json!(receipt)), "{row}");
    row
}

async fn a_report_that_comes_three_times_at_once_counts_once(world: &mut World) {
    let (ticket, message) = world.files_in_silence("Thrice").await;
    let kept = async || world.count("SELECT count(*) FROM webhook_events").await;
    let before = kept().await;
    let body = batch([Status::about(&message, "delivered", world).value()]);
    let answers = join_all((0..3).map(|_| world.webhook(body.clone()))).await;
    answers.iter().for_each(|answer| answer.taken());
    world.settle().await;
    assert_eq!(kept().await, before + 1, "the same body is the same event");
    let row = is(world, &ticket, "SENT", Some("DELIVERED")).await;
    // The same news in other words.
    world.reports(Status::about(&message, "delivered", world).because(0)).await;
    assert_eq!(is(world, &ticket, "SENT", Some("DELIVERED")).await, row);
}

async fn shuffled_and_doubled_reports_give_the_same_row(world: &mut World) {
    let admin = world.admin();
    let straight = world.client().files("Straight").await;
    world.settle().await;
    world.fault_once(&admin, "SHUFFLED").await;
    let shuffled = world.client().files("Straight").await;
    world.settle().await;
    let mut rows = vec![];
    for ticket in [straight, shuffled] {
        let mut row = is(world, &ticket, "SENT", Some("DELIVERED")).await;
        for own in ["id", "ticket_id", "provider_message_id"] {
            row[own] = json!(null);
        }
        rows.push(row);
    }
    assert_eq!(rows[0], rows[1]);
}

async fn reports_in_any_order_give_the_same_row(world: &mut World) {
    for order in ["sdr", "srd", "dsr", "drs", "rsd", "rds", "srddr", "fsdr", "dfsr", "rdsf"] {
        let (ticket, message) = world.files_in_silence(order).await;
        for letter in order.chars() {
            let report = match letter {
                's' => Status::about(&message, "sent", world),
                'd' => Status::about(&message, "delivered", world),
                'r' => Status::about(&message, "read", world),
                _ => Status::about(&message, "failed", world).because(131_026),
            };
            world.reports(report).await;
        }
        let row = is(world, &ticket, "SENT", Some("READ")).await;
        assert!(row["delivered_at"].is_string() && row["read_at"].is_string(), "{order}: {row}");
        assert_eq!((&row["attempts"], &row["error_code"]), (&json!(1), &json!(null)), "{order}");
    }
}

async fn fails_later(world: &World, code: i64, times: u32) -> Value {
    let number = world.admin().number().to_owned();
    let fault = json!({ "number": number, "kind": "FAILED_LATER", "code": code, "times": times });
    world.faults(json!([fault])).await;
    let ticket = world.client().files("Fails later").await;
    world.settle().await;
    ticket
}

async fn a_failure_after_sent_is_tried_again_where_that_may_help(world: &mut World) {
    let ticket = fails_later(world, 131_016, 1).await;
    let row = is(world, &ticket, "QUEUED", None).await;
    assert_eq!((&row["error_code"], &row["sent_at"]), (&json!(131_016), &json!(null)), "{row}");
    world.until_tried_again(&row).await;
    let row = is(world, &ticket, "SENT", Some("DELIVERED")).await;
    assert_eq!((&row["attempts"], &row["error_code"]), (&json!(2), &json!(null)), "{row}");
}

async fn a_failure_after_sent_is_final_where_nothing_helps(world: &mut World) {
    let ticket = fails_later(world, 131_026, 1).await;
    let row = is(world, &ticket, "FAILED", None).await;
    assert_eq!((&row["error_code"], &row["attempts"]), (&json!(131_026), &json!(1)), "{row}");
    assert!(row["hint"].is_string() && row["failed_at"].is_string(), "{row}");
    world.later(TimeDelta::hours(1)).await;
    is(world, &ticket, "FAILED", None).await;
    assert_eq!(world.ledger().await.len(), 1);
}

async fn failures_after_sent_end_with_the_attempts(world: &mut World) {
    let ticket = fails_later(world, 131_016, 9).await;
    for attempts in 1..=4 {
        let row = is(world, &ticket, "QUEUED", None).await;
        assert_eq!(row["attempts"], attempts);
        world.until_tried_again(&row).await;
    }
    let row = is(world, &ticket, "FAILED", None).await;
    assert_eq!((&row["attempts"], &row["error_code"]), (&json!(5), &json!(131_016)));
}

async fn a_failure_after_the_receipt_is_only_noted(world: &mut World) {
    let (ticket, message) = world.files_in_silence("Arrived").await;
    world.reports(Status::about(&message, "delivered", world)).await;
    world.reports(Status::about(&message, "failed", world).because(131_016)).await;
    let row = is(world, &ticket, "SENT", Some("DELIVERED")).await;
    let full = world.in_full(&row).await;
    assert_eq!(full["attempt_log"][0]["error_code"], 131_016, "it is noted: {full}");
    world.later(TimeDelta::hours(1)).await;
    assert_eq!(world.ledger().await.len(), 1);
}

async fn a_bad_status_in_a_thousand_loses_no_other(world: &mut World) {
    world.restarts_with(vec![("WHATSAPP_PAIR_LIMIT", "off".to_owned())]).await;
    let admin = world.admin();
    world.fault(&admin, "NO_STATUS").await;
    let (client, titles) = (world.client(), (0..333).map(|number| format!("No. {number}")));
    let titles: Vec<String> = titles.collect();
    for some in titles.chunks(64) {
        join_all(some.iter().map(|title| client.files(title))).await;
    }
    world.settle().await;
    let messages = world.ledger().await;
    assert_eq!(messages.len(), 333);
    let kinds = ["read", "sent", "delivered"];
    let mut statuses: Vec<Value> = kinds
        .iter()
        .flat_map(|kind| messages.iter().map(|it| Status::about(it, kind, world).value()))
        .collect();
    statuses.insert(500, json!({ "id": 5, "status": ["sent"], "timestamp": {} }));
    assert_eq!(statuses.len(), 1_000);
    world.webhook(batch(statuses)).await.taken();
    world.settle().await;
    let merged = "SELECT count(*) FROM delivery_attempts WHERE sent_at IS NOT NULL \
                  AND delivered_at IS NOT NULL AND read_at IS NOT NULL";
    assert_eq!(world.count(merged).await, 333, "999 were applied");
    assert_eq!(world.log("receipt=READ&status=SENT").await.len(), 200, "a full page of them");
    let note = "SELECT count(*) FROM webhook_events WHERE note LIKE '1 parts could not be read'";
    assert_eq!(world.count(note).await, 1);
}

async fn callback_data_of_others_does_no_harm(world: &mut World) {
    let (ticket, message) = world.files_in_silence("Ours").await;
    let row = is(world, &ticket, "SENT", None).await;
    let own = message["callback_data"].as_str().expect("callback data").to_owned();
    let number = id(&row);
    for foreign in [
        "campaign-7".to_owned(),
        String::new(),
        format!("v1:{number}:1"),
        format!("v1:{number}:1:0000000000000000"),
        own.replace("v1:", "v2:"),
        own.to_uppercase(),
        super::world::callback_data(&row, 1) + "0",
        // Ours, for an attempt that never began, and for a notification that never was.
        super::world::callback_data(&row, 7),
        super::world::callback_data(&row, 0),
        super::world::callback_data(&json!({ "id": 999_999 }), 1),
    ] {
        let report = Status::new("wamid.theirs", "failed", world).because(131_026);
        world.reports(report.of_attempt(&foreign)).await;
        assert_eq!(is(world, &ticket, "SENT", None).await, row, "{foreign}");
    }
    assert_eq!(own, super::world::callback_data(&row, 1), "the stories know how it is made");
}

async fn a_report_that_comes_before_our_answer_is_joined_later(world: &mut World) {
    let provider = Provider::acts([Act::Take("wamid.early".to_owned())]).await;
    world.restarts_with(provider.settings()).await;
    world.reports(Status::new("wamid.early", "delivered", world)).await;
    let waiting = "SELECT count(*) FROM unplaced_reports";
    assert_eq!(world.count(waiting).await, 1);
    let ticket = world.client().files("Heard of early").await;
    world.settle().await;
    is(world, &ticket, "SENT", None).await;
    world.later(TimeDelta::seconds(6)).await;
    world.until("the report is joined", async || world.count(waiting).await == 0).await;
    is(world, &ticket, "SENT", Some("DELIVERED")).await;
    assert_eq!(provider.heard().len(), 1);
}
