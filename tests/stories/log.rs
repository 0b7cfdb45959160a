//! The notification log: for admins, with filters, attempts and a second try.
use chrono::{SecondsFormat, TimeDelta};
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, id, instant, stories};

stories![
    the_log_is_for_admins,
    filters_narrow_the_log,
    the_log_comes_in_pages,
    a_notification_is_shown_with_its_attempts,
    an_admin_sends_anew_what_failed_and_nothing_else,
    a_second_try_has_five_attempts_of_its_own,
    a_second_try_under_a_key_is_made_once,
    whoever_cannot_be_reached_is_skipped_with_the_reason,
];

async fn the_log_is_for_admins(world: &mut World) {
    world.client().files("Logged").await;
    world.settle().await;
    let row = world.log("").await.remove(0);
    let path = format!("/api/notifications/{}", id(&row));
    for other in [world.client(), world.dev()] {
        other.get("/api/notifications").await.refused(403, "forbidden");
        other.get(&path).await.refused(403, "forbidden");
        other.post(&format!("{path}/retry"), &json!({})).await.refused(403, "forbidden");
    }
    for path in ["/api/notifications", &path] {
        world.stranger().get(path).await.refused(401, "unauthenticated");
    }
    for none in ["999999", "0", "-1", "x"] {
        let path = format!("/api/notifications/{none}");
        world.admin().get(&path).await.refused(404, "not_found");
        let retry = world.admin().post(&format!("{path}/retry"), &json!({})).await;
        retry.refused(404, "not_found");
    }
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(id).collect()
}

async fn filters_narrow_the_log(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let start = world.now();
    let one = client.files("One").await;
    world.settle().await;
    world.passes(TimeDelta::hours(1));
    world.fault_once(&admin, "DELIVERED_NEVER").await;
    client.files("Two").await;
    world.settle().await;
    admin.does("open", &one, json!({})).await;
    world.settle().await;
    world.reads(&client).await;
    world.settle().await;
    let all = ids(&world.log("").await);
    let [opened, second, first] = all.as_slice() else { panic!("{} rows", all.len()) };
    let at = |hours| {
        let instant = start + TimeDelta::hours(hours);
        instant.to_rfc3339_opts(SecondsFormat::Millis, true)
    };
    for (filter, expected) in [
        ("status=SENT".to_owned(), vec![opened, second, first]),
        ("status=FAILED,SKIPPED".to_owned(), vec![]),
        ("receipt=READ".to_owned(), vec![opened]),
        ("receipt=READ,DELIVERED".to_owned(), vec![opened, first]),
        ("channel=WHATSAPP".to_owned(), vec![opened, second, first]),
        ("channel=SMS,EMAIL".to_owned(), vec![]),
        ("event=TICKET_OPENED".to_owned(), vec![opened]),
        (format!("ticket_id={}", id(&one)), vec![opened, first]),
        (format!("recipient_id={}", client.id), vec![opened]),
        (format!("recipient_id={},{}", client.id, admin.id), vec![opened, second, first]),
        (format!("created_from={}", at(1)), vec![opened, second]),
        (format!("created_to={}", at(1)), vec![first]),
        (format!("ticket_id={}&event=TICKET_CREATED", id(&one)), vec![first]),
    ] {
        let found = ids(&world.log(&filter).await);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

async fn the_log_comes_in_pages(world: &mut World) {
    for number in 0..5 {
        world.client().files(&format!("No. {number}")).await;
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let page = world.admin().sees(&format!("/api/notifications?limit=2{cursor}")).await;
        let items = page["items"].as_array().expect("a list");
        seen.extend(items.iter().map(id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ids(&world.log("").await));
    assert_eq!(seen.len(), 5);
}

async fn a_notification_is_shown_with_its_attempts(world: &mut World) {
    let admin = world.admin();
    world.fault_once(&admin, "RATE_LIMITED").await;
    let ticket = world.client().files("Twice").await;
    world.settle().await;
    let row = world.notification(&admin, &ticket).await;
    world.until_tried_again(&row).await;
    let full = world.in_full(&row).await;
    let log = full["attempt_log"].as_array().expect("a list of attempts");
    let told: Vec<Value> =
        log.iter().map(|it| json!([it["outcome"], it["http_status"], it["error_code"]])).collect();
    assert_eq!(json!(told), json!([["REJECTED", 400, 130_429], ["ACCEPTED", 200, null]]));
    assert!(log[0]["error_message"].is_string(), "{full}");
    assert!(log.iter().all(|it| it["duration_ms"].is_i64()), "{full}");
    assert!(instant(&log[0]["at"]) < instant(&log[1]["at"]), "{full}");
    assert_eq!(full["attempts"], 2);
    let listed = world.notification(&admin, &ticket).await;
    for (field, value) in listed.as_object().expect("a notification") {
        assert_eq!(&full[field], value, "{field}");
    }
}

async fn fails(world: &World) -> Value {
    // What fails goes no other way here.
    let alone = world.admin().ask(Method::PUT, "/api/auth/me/preferences").await;
    alone.json(&json!({ "channels": ["WHATSAPP"] })).send().await.ok(200);
    let fault = json!([{ "number": world.admin().number(), "kind": "ERROR", "code": 131_030 }]);
    world.faults(fault).await;
    let ticket = world.client().files("Fails").await;
    world.settle().await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!(row["status"], "FAILED");
    row
}

async fn an_admin_sends_anew_what_failed_and_nothing_else(world: &mut World) {
    let admin = world.admin();
    let row = fails(world).await;
    let path = format!("/api/notifications/{}/retry", id(&row));
    world.no_faults().await;
    let queued = admin.ask(Method::POST, &path).await.send().await.ok(202);
    assert_eq!((&queued["id"], &queued["status"]), (&row["id"], &json!("QUEUED")), "{queued}");
    let fields = |row: &Value| row.as_object().expect("a row").keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&queued), fields(&row), "the answer is the whole row");
    world.settle().await;
    let again = world.in_full(&row).await;
    assert_eq!((&again["status"], &again["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
    assert_eq!((&again["attempts"], &again["error_code"]), (&json!(2), &json!(null)), "{again}");
    assert_eq!(world.log("").await.len(), 1, "it is the same row");
    admin.post(&path, &json!({})).await.refused(409, "not_retryable");

    world.fault(&admin, "RATE_LIMITED").await;
    let ticket = world.client().files("Waits").await;
    world.settle().await;
    let queued = world.notification(&admin, &ticket).await;
    let path = format!("/api/notifications/{}/retry", id(&queued));
    admin.post(&path, &json!({})).await.refused(409, "not_retryable");
    assert_eq!(world.ledger().await.len(), 1);
}

async fn a_second_try_has_five_attempts_of_its_own(world: &mut World) {
    let admin = world.admin();
    let row = fails(world).await;
    world.passes(TimeDelta::hours(30));
    world.fault(&admin, "UNAVAILABLE").await;
    let path = format!("/api/notifications/{}/retry", id(&row));
    admin.post(&path, &json!({})).await.ok(202);
    world.settle().await;
    for attempts in 2..=5 {
        let row = world.in_full(&row).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("QUEUED"), &json!(attempts)));
        world.until_tried_again(&row).await;
    }
    let row = world.in_full(&row).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("FAILED"), &json!(6)), "{row}");
}

async fn a_second_try_under_a_key_is_made_once(world: &mut World) {
    let admin = world.admin();
    let row = fails(world).await;
    let path = format!("/api/notifications/{}/retry", id(&row));
    let first = admin.posts_once("try", &path, &json!({})).await;
    world.settle().await;
    let again = admin.posts_once("try", &path, &json!({})).await;
    assert_eq!(again.ok(202), first.ok(202));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    world.settle().await;
    assert_eq!(world.in_full(&row).await["attempts"], 2);
}

async fn whoever_cannot_be_reached_is_skipped_with_the_reason(world: &mut World) {
    let admin = world.admin();
    let bare = world.opens_account("bare", Role::Client, None).await;
    let open = json!({ "username": "open", "email": "open@example.org", "full_name": "Open",
        "password": "a password of their own", "whatsapp_number": "+447700900123" });
    let unconfirmed = world.stranger().post("/api/auth/register", &open).await.ok(201);
    for (client, reason, to) in
        [(bare.id, "no_number", ""), (id(&unconfirmed), "number_unverified", "+447700900123")]
    {
        let ticket = admin.files_with("For them", json!({ "client_id": client })).await;
        world.settle().await;
        let rows = world.log(&format!("ticket_id={}&recipient_id={client}", id(&ticket))).await;
        let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        assert_eq!((&row["status"], &row["skip_reason"]), (&json!("SKIPPED"), &json!(reason)));
        assert_eq!((&row["to"], &row["attempts"]), (&json!(to), &json!(0)));
        assert!(row["hint"].is_string() && row["next_attempt_at"].is_null(), "{row}");
        let path = format!("/api/notifications/{}/retry", id(row));
        admin.post(&path, &json!({})).await.ok(202);
        world.settle().await;
        let again = world.in_full(row).await;
        assert_eq!((&again["status"], &again["skip_reason"]), (&json!("SKIPPED"), &json!(reason)));
    }
    assert!(world.ledger().await.is_empty());
    let confirmed = format!(
        "UPDATE users SET whatsapp_verified_at = created_at, whatsapp_verified_by = 'ADMIN', \
         whatsapp_opt_in_at = created_at WHERE id = {}",
        id(&unconfirmed)
    );
    world.changes_rows(&confirmed).await;
    let row = world.log("status=SKIPPED").await.remove(0);
    let path = format!("/api/notifications/{}/retry", id(&row));
    admin.post(&path, &json!({})).await.ok(202);
    world.settle().await;
    assert_eq!(world.in_full(&row).await["status"], "SENT");
    assert_eq!(world.ledger().await[0]["to"], "+447700900123");
}
