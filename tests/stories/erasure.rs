//! Erasing a person: what goes, what stays, and what comes too late.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::json;

use super::world::{Person, Status, World, batch, draft, id, stories};

stories![
    nothing_of_an_erased_person_is_left,
    an_erased_person_stays_outside_and_their_names_are_free,
    what_waits_for_an_erased_person_is_skipped,
    a_report_that_comes_too_late_is_read_and_forgotten,
    an_answer_that_speaks_of_an_erased_person_is_still_the_answer,
    erasing_twice_does_no_harm_and_nothing_brings_them_back,
    whoever_files_while_they_are_erased_leaves_no_name,
    what_somebody_was_called_before_goes_too,
];

fn place(of: &Person) -> String {
    format!("/api/users/{}", of.id)
}

/// Somebody whose name stands in no text of ours.
async fn quincy(world: &World) -> Person {
    let person = world.person("quincy", Role::Client, "+15550177123").await;
    let named = json!({ "full_name": "Quincy *Canary* Doe" });
    world.admin().patch(&place(&person), &named).await.ok(200);
    person
}

async fn nothing_of_an_erased_person_is_left(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    let ticket = person.files("Printer on fire").await;
    admin
        .posts_once("open", &format!("/api/tickets/{}/open", id(&ticket)), &json!({}))
        .await
        .ok(200);
    person.posts_once("second", "/api/tickets", &draft("Second", json!({}))).await.ok(201);
    world.settle().await;
    for (what, at_least) in [("raw", 1), ("log", 1), ("name", 1)] {
        assert!(
            traces(world, what).await >= at_least,
            "{what}: the story looks in the wrong place"
        );
    }
    admin.delete(&place(&person)).await.done();
    for what in ["raw", "log", "name", "user", "kept", "sessions", "ids"] {
        assert_eq!(traces(world, what).await, 0, "{what}");
    }
    let shown = admin.sees(&place(&person)).await;
    for field in ["username", "email", "full_name"] {
        assert_eq!(shown[field], "", "{field}");
    }
    assert_eq!((&shown["is_active"], &shown["whatsapp_number"]), (&json!(false), &json!(null)));
    let stays = admin.sees(&format!("/api/tickets/{}", id(&ticket))).await;
    assert_eq!(
        (&stays["title"], &stays["client"]["full_name"]),
        (&json!("Printer on fire"), &json!(""))
    );
    assert_eq!(stays["client"]["id"], person.id);
    let log = world.log(&format!("recipient_id={}", person.id)).await;
    assert!(
        !log.is_empty() && log.iter().all(|row| row["to"] == "" && row["body"] == ""),
        "{log:?}"
    );
    let admins = world.log(&format!("recipient_id={}", admin.id)).await;
    assert!(
        admins[0]["body"].as_str().is_some_and(|body| body.contains("*Client:* —\n")),
        "{admins:?}"
    );
}

async fn what_somebody_was_called_before_goes_too(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    person.files("Printer on fire").await;
    for name in ["Rosalind Doe", "Rosalind Roe", "Rosalind Doe", "Rosalind Roe"] {
        admin.patch(&place(&person), &json!({ "full_name": name })).await.ok(200);
        person.files(name).await;
    }
    world.settle().await;
    assert!(traces(world, "name").await >= 1, "the story looks in the wrong place");
    admin.delete(&place(&person)).await.done();
    assert_eq!(traces(world, "name").await, 0);
    let log = world.log(&format!("recipient_id={}", admin.id)).await;
    assert!(
        log.iter()
            .all(|row| row["body"].as_str().is_some_and(|body| body.contains("*Client:* —\n"))),
        "{log:?}"
    );
    assert_eq!(world.count("SELECT count(*) FROM users WHERE former_names IS NOT NULL").await, 0);
}

async fn whoever_files_while_they_are_erased_leaves_no_name(world: &mut World) {
    let admin = world.admin();
    for round in 0..10 {
        let name = format!("quincy{round}");
        let person = world.person(&name, Role::Client, &format!("+1555017710{round}")).await;
        admin.patch(&place(&person), &json!({ "full_name": "Quincy Canary" })).await.ok(200);
        person.token().await;
        let draft = draft("Meanwhile", json!({}));
        // Some come before the account is switched off, and some too late.
        let file = || person.post("/api/tickets", &draft);
        let place = place(&person);
        tokio::join!(file(), file(), file(), admin.delete(&place), file(), file());
        world.settle().await;
        let named = "SELECT count(*) FROM notification_log WHERE body LIKE '%Quincy Canary%'";
        assert_eq!(world.count(named).await, 0, "round {round}");
    }
}

/// How many rows of this kind still speak of Quincy.
async fn traces(world: &World, what: &str) -> i64 {
    let raw = if world.is_postgres() { "encode(raw, 'escape')" } else { "CAST(raw AS TEXT)" };
    let sql = match what {
        "raw" => format!("SELECT count(*) FROM webhook_events WHERE {raw} LIKE '%15550177123%'"),
        "log" => "SELECT count(*) FROM notification_log WHERE recipient_address LIKE '%15550177123%'".into(),
        "name" => "SELECT count(*) FROM notification_log WHERE body LIKE '%Canary%'".into(),
        "user" => "SELECT count(*) FROM users WHERE username LIKE '%quincy%' OR email LIKE '%quincy%' \
             OR full_name LIKE '%Canary%' OR search_text LIKE '%canary%' OR whatsapp_number LIKE '%177123%'"
            .into(),
        "kept" => "SELECT count(*) FROM idempotency_keys WHERE body LIKE '%Canary%'".into(),
        "ids" => "SELECT count(*) FROM delivery_attempts a JOIN notification_log n ON n.id = \
             a.notification_id WHERE n.recipient_address = '' AND a.provider_message_id LIKE 'wamid%'"
            .into(),
        _ => "SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE u.erased_at IS NOT NULL"
            .into(),
    };
    world.count(&sql).await
}

async fn an_erased_person_stays_outside_and_their_names_are_free(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    let token = person.token().await;
    let session = person.begins_a_session().await;
    admin.delete(&place(&person)).await.done();
    let ask = world.stranger().ask(Method::GET, "/api/auth/me");
    let me = ask.with("authorization", &format!("Bearer {token}")).send().await;
    me.refused(401, "unauthenticated");
    let refresh = json!({ "refresh_token": session });
    world.stranger().post("/api/auth/refresh", &refresh).await.refused(401, "bad_refresh_token");
    person.tries(&person.password).await.refused(401, "wrong_credentials");
    for name in ["", "#4", &format!("#{}", person.id)] {
        let credentials = json!({ "username": name, "password": "" });
        let answer = world.stranger().post("/api/auth/login", &credentials).await;
        answer.refused(401, "wrong_credentials");
    }
    let heir = world.person("quincy", Role::Client, "+15550177123").await;
    assert_ne!(heir.id, person.id);
    assert_eq!(heir.sees("/api/tickets").await["items"], json!([]));
    let found = admin.sees("/api/users?q=quincy").await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
}

async fn what_waits_for_an_erased_person_is_skipped(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    // The provider refuses for the moment: what is written waits for its next attempt.
    world.fault_once(&person, "RATE_LIMITED").await;
    let ticket = person.files("Waits").await;
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let waiting = world.log(&format!("recipient_id={}", person.id)).await;
    assert_eq!(waiting[0]["status"], "QUEUED", "{waiting:?}");
    admin.delete(&place(&person)).await.done();
    let told = world.log(&format!("recipient_id={}", person.id)).await;
    assert_eq!(
        (&told[0]["status"], &told[0]["skip_reason"]),
        (&json!("SKIPPED"), &json!("person_erased"))
    );
    assert!(told[0]["hint"].as_str().is_some_and(|hint| hint.contains("erased")));
    // Its words are gone with its person, so there is nothing to try anew.
    let retry = admin.post(&format!("/api/notifications/{}/retry", id(&told[0])), &json!({})).await;
    retry.refused(409, "not_retryable");
    world.later(TimeDelta::hours(1)).await;
    let told = world.log(&format!("recipient_id={}", person.id)).await;
    assert_eq!(
        (&told[0]["status"], &told[0]["skip_reason"]),
        (&json!("SKIPPED"), &json!("person_erased"))
    );
    assert!(world.ledger_of(&person).await.is_empty());
    // Whatever happens to their ticket, nobody writes to them.
    admin.does("reject", &ticket, json!({ "reason": "gone" })).await;
    let told = world.log("event=TICKET_REJECTED").await;
    assert_eq!(told[0]["skip_reason"], "person_erased");
}

async fn a_report_that_comes_too_late_is_read_and_forgotten(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    world.fault(&person, "NO_STATUS").await;
    let tickets = [person.files("One").await, person.files("Two").await];
    for ticket in &tickets {
        admin.does("open", ticket, json!({})).await;
    }
    world.settle().await;
    let sent = world.ledger_of(&person).await;
    admin.delete(&place(&person)).await.done();
    for (message, kind) in sent.iter().zip(["delivered", "failed"]) {
        let named = message["callback_data"].as_str().expect("callback data");
        let mut status = Status::new(message["id"].as_str().expect("an id"), kind, world);
        if kind == "failed" {
            // For anybody else it would be tried again.
            status = status.because(131_016);
        }
        let mut status = status.of_attempt(named).value();
        status["recipient_id"] = json!("15550177123");
        world.webhook(batch([status])).await.taken();
    }
    world.settle().await;
    world.later(TimeDelta::minutes(10)).await;
    world.later(TimeDelta::minutes(10)).await;
    assert_eq!(traces(world, "raw").await, 0);
    let told = world.log(&format!("recipient_id={}", person.id)).await;
    let of = |ticket| told.iter().find(|row| row["ticket_id"] == id(ticket)).expect("a row");
    assert_eq!(
        (&of(&tickets[0])["status"], &of(&tickets[0])["receipt"]),
        (&json!("SENT"), &json!("DELIVERED"))
    );
    assert_eq!(of(&tickets[1])["status"], "SKIPPED", "{told:?}");
    assert!(told.iter().all(|row| row["to"] == "" && row["body"] == "" && row["attempts"] == 1));
    assert_eq!(world.ledger_of(&person).await.len(), 2);
}

async fn an_answer_that_speaks_of_an_erased_person_is_still_the_answer(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    let body = draft("For Quincy", json!({ "client_id": person.id }));
    let first = admin.posts_once("k", "/api/tickets", &body).await.ok(201);
    world.settle().await;
    admin.delete(&place(&person)).await.done();
    let again = admin.posts_once("k", "/api/tickets", &body).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let mut forgotten = first.clone();
    forgotten["client"]["full_name"] = json!("");
    assert_eq!(again.ok(201), forgotten);
}

async fn erasing_twice_does_no_harm_and_nothing_brings_them_back(world: &mut World) {
    let (admin, person) = (world.admin(), quincy(world).await);
    let path = place(&person);
    let answers = futures::future::join_all((0..5).map(|_| admin.delete(&path))).await;
    answers.iter().for_each(|answer| answer.done());
    admin.delete(&path).await.done();
    for change in [json!({ "is_active": true }), json!({ "full_name": "Back" })] {
        admin.patch(&path, &change).await.refused(409, "erased");
    }
    let dev = world.dev();
    let ticket = world.client().files("Assigned").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    admin.delete(&place(&dev)).await.done();
    let shown = admin.sees(&format!("/api/tickets/{}", id(&ticket))).await;
    assert_eq!((&shown["developer"]["id"], &shown["status"]), (&json!(dev.id), &json!("ASSIGNED")));
    let to = json!({ "developer_id": dev.id });
    assert_eq!(admin.says("assign", &ticket, to).await.flaws()[0].0, "developer_id");
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 1);
}
