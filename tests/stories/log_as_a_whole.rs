//! The log as a whole: many sent anew at once, the figures, the file.
use chrono::{SecondsFormat, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, draft, id, stories};

stories![
    only_admins_see_the_whole_log,
    what_cannot_be_read_is_refused,
    many_are_sent_anew_at_once,
    what_may_have_arrived_is_sent_anew_only_where_that_is_accepted,
    what_is_gone_or_a_code_is_never_sent_anew,
    many_are_sent_anew_once_under_a_key,
    more_than_one_part_is_sent_anew,
    the_summary_counts_and_tells_how_soon_messages_arrive,
    the_file_holds_every_row_and_no_formula,
    a_long_file_comes_whole,
];

const RETRY: &str = "/api/notifications/retry";
const FILE: &str = "/api/notifications.csv";
const SUMMARY: &str = "/api/notifications/summary";

async fn only_admins_see_the_whole_log(world: &mut World) {
    for other in [world.client(), world.dev()] {
        // The role is looked at before what is asked for.
        for query in ["", "?status=NOTHING"] {
            for path in [FILE, "/api/notifications"] {
                other.get(&format!("{path}{query}")).await.refused(403, "forbidden");
            }
            let path = format!("{RETRY}{query}");
            other.post(&path, &json!({})).await.refused(403, "forbidden");
        }
        other.get(&format!("{SUMMARY}?created_to=never")).await.refused(403, "forbidden");
    }
    for path in [FILE, SUMMARY] {
        world.stranger().get(path).await.refused(401, "unauthenticated");
        world.admin().post(path, &json!({})).await.refused(405, "method_not_allowed");
    }
    world.stranger().post(RETRY, &json!({})).await.refused(401, "unauthenticated");
    world.admin().get(RETRY).await.refused(405, "method_not_allowed");
}

async fn what_cannot_be_read_is_refused(world: &mut World) {
    let admin = world.admin();
    for query in ["limit=5", "cursor=x", "status_=SENT", "dry_run=true"] {
        admin.get(&format!("{FILE}?{query}")).await.refused(400, "bad_query");
        admin.post(&format!("{RETRY}?{query}"), &json!({})).await.refused(400, "bad_query");
    }
    admin.get(&format!("{SUMMARY}?status=SENT")).await.refused(400, "bad_query");
    for (query, field) in [
        ("status=LOST", "status"),
        ("receipt=SEEN", "receipt"),
        ("channel=PIGEON", "channel"),
        ("event=NOTHING", "event"),
        ("ticket_id=x", "ticket_id"),
        ("recipient_id=0", "recipient_id"),
        ("created_from=yesterday", "created_from"),
        ("created_to=2026", "created_to"),
    ] {
        let named = |answer: super::world::Answer| answer.flaws().remove(0).0;
        assert_eq!(named(admin.get(&format!("{FILE}?{query}")).await), field);
        assert_eq!(named(admin.get(&format!("/api/notifications?{query}")).await), field);
        assert_eq!(named(admin.post(&format!("{RETRY}?{query}"), &json!({})).await), field);
        let (name, value) = query.split_once('=').expect("a pair");
        assert_eq!(named(admin.post(RETRY, &json!({ name: value })).await), field);
    }
    let twice = admin.post(&format!("{RETRY}?status=FAILED"), &json!({ "status": "FAILED" })).await;
    assert_eq!(twice.flaws(), [("status".to_owned(), "given_twice".to_owned())]);
    let unknown = admin.post(RETRY, &json!({ "state": "FAILED" })).await;
    assert_eq!(unknown.flaws()[0].1, "unknown_field");
}

/// Tickets whose messages to the admin failed.
async fn failed(world: &World, count: usize) -> Vec<Value> {
    let number = world.admin().number().to_owned();
    // What fails goes no other way here.
    let alone = world.admin().ask(Method::PUT, "/api/auth/me/preferences").await;
    alone.json(&json!({ "channels": ["WHATSAPP"] })).send().await.ok(200);
    world.faults(json!([{ "number": number, "kind": "ERROR", "code": 131_030 }])).await;
    let mut tickets = vec![];
    for at in 0..count {
        tickets.push(world.client().files(&format!("No. {at}")).await);
    }
    world.settle().await;
    world.no_faults().await;
    tickets
}

async fn many_are_sent_anew_at_once(world: &mut World) {
    let admin = world.admin();
    let tickets = failed(world, 3).await;
    world.client().files("Fine").await;
    world.settle().await;
    let of_one = format!("{RETRY}?ticket_id={}", id(&tickets[0]));
    assert_eq!(admin.post(&of_one, &json!({})).await.ok(202), json!({ "count": 1 }));
    world.settle().await;
    let row = world.notification(&admin, &tickets[0]).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(2)), "{row}");

    let sent = format!("{RETRY}?status=SENT,QUEUED");
    assert_eq!(admin.post(&sent, &json!({})).await.ok(202)["count"], 0);
    let ids = json!({ "ticket_id": [id(&tickets[1])], "status": "FAILED,SKIPPED" });
    assert_eq!(admin.post(RETRY, &ids).await.ok(202)["count"], 1);
    assert_eq!(admin.post("/api/v1/notifications/retry/", &json!({})).await.ok(202)["count"], 1);
    world.settle().await;
    assert_eq!(world.log("status=SENT").await.len(), 4);
    assert_eq!(admin.post(RETRY, &json!({})).await.ok(202)["count"], 0, "nothing is left to do");
    assert_eq!(world.ledger().await.len(), 4);
}

async fn what_may_have_arrived_is_sent_anew_only_where_that_is_accepted(world: &mut World) {
    let admin = world.admin();
    world.fault_once(&admin, "HTML").await;
    let ticket = world.client().files("Lost").await;
    world.settle().await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "UNCONFIRMED");
    for query in ["", "?status=UNCONFIRMED"] {
        let path = format!("{RETRY}{query}");
        assert_eq!(admin.post(&path, &json!({})).await.ok(202)["count"], 0);
    }
    let accepted = json!({ "accept_duplicate": true });
    assert_eq!(admin.post(RETRY, &accepted).await.ok(202)["count"], 1);
    world.settle().await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(2)), "{row}");
}

async fn what_is_gone_or_a_code_is_never_sent_anew(world: &mut World) {
    let admin = world.admin();
    failed(world, 4).await;
    let rows = world.log("status=FAILED").await;
    let changes = [
        "ticket_id = NULL, lane = 'CODE'",
        "body = '', recipient_address = ''",
        "status = 'SKIPPED', skip_reason = 'ticket_deleted', body = ''",
    ];
    for (row, change) in rows.iter().zip(changes) {
        let sql = format!("UPDATE notification_log SET {change} WHERE id = {}", id(row));
        world.changes_rows(&sql).await;
    }
    world
        .changes_rows(&format!(
            "DELETE FROM delivery_attempts WHERE notification_id = {}",
            id(&rows[3])
        ))
        .await;
    assert_eq!(admin.post(RETRY, &json!({ "accept_duplicate": true })).await.ok(202)["count"], 0);
    for row in rows {
        let path = format!("/api/notifications/{}/retry", id(&row));
        let answer = admin.post(&path, &json!({ "accept_duplicate": true })).await;
        answer.refused(409, "not_retryable");
    }
    assert!(world.ledger().await.is_empty());
}

async fn many_are_sent_anew_once_under_a_key(world: &mut World) {
    let admin = world.admin();
    failed(world, 2).await;
    let path = format!("{RETRY}?status=FAILED");
    let first = admin.posts_once("all", &path, &json!({})).await;
    assert_eq!(first.ok(202)["count"], 2);
    world.settle().await;
    let again = admin.posts_once("all", &path, &json!({})).await;
    assert_eq!(again.ok(202)["count"], 2);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let other = admin.posts_once("all", RETRY, &json!({})).await;
    other.refused(422, "idempotency_key_reused");
}

/// As many rows as there are, this many times more, each about a ticket of its own.
async fn doubled(world: &World, times: i64) {
    let columns = "event, channel, lane, recipient_id, recipient_address, body, provider, status, \
        attempts, forgiven, resends, expires_at, created_at, form_template, locale, parameters";
    for time in 1..=times {
        let sql = format!(
            "INSERT INTO notification_log (ticket_id, {columns}) \
             SELECT id + {time} * 1000000, {columns} FROM notification_log"
        );
        world.changes_rows(&sql).await;
    }
}

async fn more_than_one_part_is_sent_anew(world: &mut World) {
    world
        .restarts_with(vec![
            ("WHATSAPP_PAIR_LIMIT", "off".to_owned()),
            ("WHATSAPP_MESSAGES_PER_SECOND", "1000".to_owned()),
        ])
        .await;
    failed(world, 1).await;
    world.changes_rows("UPDATE notification_log SET attempts = 0").await;
    doubled(world, 9).await;
    assert_eq!(world.admin().post(RETRY, &json!({})).await.ok(202)["count"], 512);
    // None was left where it stood; that each is then sent is the story of any one.
    assert_eq!(world.log("status=FAILED,SKIPPED").await, [0; 0]);
}

async fn the_summary_counts_and_tells_how_soon_messages_arrive(world: &mut World) {
    let admin = world.admin();
    let empty = admin.sees(SUMMARY).await;
    assert_eq!((&empty["total"], &empty["arrived_within_2_minutes"]), (&json!(0), &json!(null)));
    failed(world, 1).await;
    let begun = world.now();
    world.passes(TimeDelta::minutes(10));
    let ticket = world.client().files("Arrives").await;
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let late = world.client().files("Late").await;
    world.settle().await;
    let row = world.notification(&admin, &late).await;
    let took = |seconds: i64| {
        let at = world.now() + TimeDelta::seconds(seconds);
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, false);
        format!("UPDATE notification_log SET delivered_at = '{at}' WHERE id = {}", id(&row))
    };
    world.changes_rows(&took(121)).await;
    let skipped = "UPDATE notification_log SET status = 'SKIPPED', skip_reason = 'expired' \
                   WHERE status = 'FAILED'";
    let whole = admin.sees(SUMMARY).await;
    assert_eq!(whole["total"], 4);
    assert_eq!(whole["by_status"]["SENT"], 3);
    assert_eq!(
        (&whole["by_status"]["FAILED"], &whole["by_status"]["QUEUED"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        (&whole["by_channel"]["WHATSAPP"], &whole["by_channel"]["SMS"]),
        (&json!(4), &json!(0))
    );
    assert_eq!(whole["by_event"]["TICKET_CREATED"], 3);
    assert_eq!(whole["by_event"]["TICKET_OPENED"], 1);
    assert_eq!(whole["arrived_within_2_minutes"], 0.5, "two of four");
    world.changes_rows(&took(119)).await;
    world.changes_rows(skipped).await;
    let whole = admin.sees(SUMMARY).await;
    assert_eq!(whole["arrived_within_2_minutes"], 1.0, "what was skipped was not to arrive");

    let at = (begun + TimeDelta::minutes(5)).to_rfc3339_opts(SecondsFormat::Millis, true);
    for (query, total) in [("created_from", 3), ("created_to", 1)] {
        let part = admin.sees(&format!("{SUMMARY}?{query}={at}")).await;
        assert_eq!((&part["total"], &part[query]), (&json!(total), &json!(at)), "{part}");
    }
}

/// The cells of a file as RFC 4180 writes them.
fn cells(file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
    let lines = reader.records().map(|line| line.expect("a line of the same length"));
    lines.map(|line| line.iter().map(str::to_owned).collect()).collect()
}

async fn the_file_holds_every_row_and_no_formula(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let title = "=HYPERLINK(\"http://evil\"), \"quoted\" ünd\nviel";
    client.post("/api/tickets", &draft("Plain", json!({ "description": title }))).await.ok(201);
    world.settle().await;
    world.changes_rows("UPDATE notification_log SET body = '=1+1' || body").await;
    let answer = admin.get(FILE).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let disposition = answer.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"notifications.csv\""));
    assert!(answer.header("x-request-id").is_some());
    let lines = cells(&answer.text());
    let [header, line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
    let cell = |name: &str| {
        let at = header.iter().position(|known| known == name);
        line[at.unwrap_or_else(|| panic!("no column {name}"))].as_str()
    };
    let row = world.log("").await.remove(0);
    let body = row["body"].as_str().expect("a body");
    assert_eq!(cell("id"), id(&row).to_string());
    assert_eq!(cell("to"), format!("'{}", admin.number()), "numbers begin with a plus");
    assert_eq!(cell("body"), format!("'{body}"));
    assert_eq!((cell("status"), cell("receipt"), cell("skip_reason")), ("SENT", "DELIVERED", ""));
    assert_eq!((cell("recipient_id"), cell("attempts")), (admin.id.to_string().as_str(), "1"));
    assert_eq!(cell("created_at"), row["created_at"]);
    for name in row.as_object().expect("a row").keys().filter(|name| *name != "recipient") {
        cell(name);
    }
    let none = admin.get(&format!("{FILE}/?status=FAILED")).await;
    assert_eq!(cells(&none.text()).len(), 1, "only the header");
}

async fn a_long_file_comes_whole(world: &mut World) {
    failed(world, 1).await;
    doubled(world, 11).await;
    let file = world.admin().get(&format!("{FILE}?status=FAILED")).await.text();
    let ids: Vec<i64> =
        cells(&file).iter().skip(1).map(|line| line[0].parse().expect("an id")).collect();
    assert_eq!(ids.len(), 2048);
    assert!(ids.is_sorted_by(|one, next| one > next), "each once, the newest first");
}
