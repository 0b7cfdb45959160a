//! Trying a request: it says whom it would tell, by the words that they would read, and does
//! nothing.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Person, World, draft, id, stories};

stories![
    a_try_says_what_then_comes_true,
    a_try_changes_nothing_and_uses_no_key,
    a_try_is_refused_as_the_request_would_be,
    numbers_and_words_are_for_admins,
    whoever_could_not_be_reached_is_named_with_the_reason,
    a_try_says_true_or_false_and_nothing_else,
];

async fn tries(by: &Person, path: &str, body: &Value) -> Vec<Value> {
    let told = by.post(&format!("{path}?dry_run=true"), body).await.ok(200);
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(1), "{told}");
    let mut told = told["would_notify"].as_array().expect("a list").clone();
    told.sort_by_key(|it| id(&it["recipient"]));
    told
}

/// What was written down since, in the words of a try.
async fn written(world: &World, known: usize) -> Vec<Value> {
    let log = world.log("").await;
    let new = log[..log.len() - known].iter();
    let mut told: Vec<Value> = new
        .map(|row| {
            json!({
                "recipient": row["recipient"], "channel": row["channel"], "to": row["to"],
                "form": if row["template"].is_null() { "text" } else { "template" },
                "template": row["template"], "body": row["body"],
                "skipped_because": row["skip_reason"],
            })
        })
        .collect();
    told.sort_by_key(|it| id(&it["recipient"]));
    told
}

async fn a_try_says_what_then_comes_true(world: &mut World) {
    world.person("second", Role::Admin, "+15550100012").await;
    let other = world.person("other", Role::Developer, "+15550100022").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let filed = draft("For John", json!({ "client_id": client.id }));
    let would = tries(&admin, "/api/tickets", &filed).await;
    assert_eq!(would.len(), 2);
    let ticket = admin.post("/api/tickets", &filed).await.ok(201);
    world.settle().await;
    assert_eq!(would, written(world, 0).await);

    let mut seen = vec![];
    for (verb, body) in [
        ("open", json!({})),
        ("assign", json!({ "developer_id": dev.id })),
        ("assign", json!({ "developer_id": other.id })),
        ("assign", json!({ "developer_id": admin.id })),
        ("start", json!({})),
        ("finish", json!({ "resolution": "*Plugged* it in" })),
        ("close", json!({})),
        ("reopen", json!({ "reason": "Off again" })),
        ("reject", json!({ "reason": "Enough" })),
        ("reopen", json!({ "reason": "Please" })),
    ] {
        let known = world.log("").await.len();
        let path = format!("/api/tickets/{}/{verb}", id(&ticket));
        let would = tries(&admin, &path, &body).await;
        admin.does(verb, &ticket, body).await;
        world.settle().await;
        assert_eq!(would, written(world, known).await, "{verb}");
        seen.push((verb, would.len()));
    }
    // The client; two; with the former one three, and one less where it is the doer; the admins
    // but the doer; at last the admins, and the client.
    let expected = [
        ("open", 1),
        ("assign", 2),
        ("assign", 3),
        ("assign", 2),
        ("start", 1),
        ("finish", 2),
        ("close", 1),
        ("reopen", 2),
        ("reject", 1),
        ("reopen", 2),
    ];
    assert_eq!(seen, expected);
}

async fn a_try_changes_nothing_and_uses_no_key(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Untouched").await;
    world.settle().await;
    let place = format!("/api/tickets/{}", id(&ticket));
    let tables =
        ["tickets", "ticket_events", "notification_log", "idempotency_keys", "delivery_attempts"];
    let count = async |table: &str| world.count(&format!("SELECT count(*) FROM {table}")).await;
    let mut before = vec![];
    for table in tables {
        before.push(count(table).await);
    }
    for (by, path, body) in [
        (&client, "/api/tickets".to_owned(), draft("Tried", json!({}))),
        (&admin, format!("{place}/open"), json!({})),
        (&admin, format!("{place}/assign"), json!({ "developer_id": world.dev().id })),
        (&client, format!("{place}/close"), json!({})),
        // Refused as it would be, and not kept as the first answer either.
        (&admin, format!("{place}/finish"), json!({})),
    ] {
        let path = format!("{path}?dry_run=true");
        for _ in 0..2 {
            let answer = by.posts_once("one-key-for-all", &path, &body).await;
            assert!([200, 409].contains(&answer.status), "{}: {}", answer.asked, answer.text());
            assert_eq!(answer.header("idempotency-replayed"), None);
            assert_eq!((answer.header("location"), answer.header("etag")), (None, None));
        }
        by.posts_once("a b", &path, &body).await.refused(400, "bad_idempotency_key");
    }
    world.settle().await;
    assert_eq!(client.sees(&place).await, ticket);
    for (table, before) in tables.into_iter().zip(before) {
        assert_eq!(count(table).await, before, "{table}");
    }
    let real = admin.posts_once("one-key-for-all", &format!("{place}/open"), &json!({})).await;
    assert_eq!((real.header("idempotency-replayed"), &real.ok(200)["version"]), (None, &json!(2)));
}

async fn a_try_is_refused_as_the_request_would_be(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let foreign = admin.files("Not John's").await;
    let own = client.files("John's").await;
    let place = |ticket: &Value, verb: &str| format!("/api/tickets/{}/{verb}", id(ticket));
    for (by, path, body) in [
        (&dev, "/api/tickets".to_owned(), draft("x", json!({}))),
        (&client, "/api/tickets".to_owned(), json!({ "title": "" })),
        (&client, "/api/tickets".to_owned(), draft("x", json!({ "client_id": admin.id }))),
        (&admin, "/api/tickets".to_owned(), draft("x", json!({ "client_id": 999_999 }))),
        (&admin, "/api/tickets".to_owned(), draft("x", json!({ "unheard_of": 1 }))),
        (&client, place(&foreign, "close"), json!({})),
        (&client, place(&own, "start"), json!({})),
        (&client, place(&own, "reopen"), json!({ "reason": "x" })),
        (&client, place(&own, "reopen"), json!({})),
        (&admin, place(&own, "assign"), json!({ "developer_id": client.id })),
        (&admin, place(&own, "finish"), json!({ "resolution": 5 })),
        (&admin, place(&own, "close"), json!({})),
        (&admin, "/api/tickets/999999/open".to_owned(), json!({})),
    ] {
        let real = by.post(&path, &body).await;
        let tried = by.post(&format!("{path}?dry_run=true"), &body).await;
        assert!(real.status >= 400, "{path} {body}");
        let bare = |mut problem: Value| {
            problem["request_id"] = json!("any");
            problem
        };
        assert_eq!(bare(tried.json()), bare(real.json()), "{path} {body}");
    }
    let stale = admin.ask(Method::POST, &format!("{}?dry_run=true", place(&own, "open"))).await;
    stale.with("if-match", "\"9\"").send().await.refused(412, "stale");
    world
        .stranger()
        .post("/api/tickets?dry_run=true", &json!({}))
        .await
        .refused(401, "unauthenticated");
}

async fn numbers_and_words_are_for_admins(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let would = tries(&client, "/api/tickets", &draft("Mine", json!({}))).await;
    let named = json!({ "recipient": { "id": admin.id, "full_name": "Ada Admin" },
        "channel": "WHATSAPP", "to": null, "form": "template",
        "template": "deskbell_ticket_created_admin", "body": null, "skipped_because": null });
    assert_eq!(would, [named]);
    let ticket = client.files("Mine").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    let path = format!("/api/tickets/{}/start", id(&ticket));
    let [only] = &tries(&dev, &path, &json!({})).await[..] else { panic!("one is told") };
    assert_eq!(only["recipient"]["id"], client.id);
    assert_eq!((&only["to"], &only["body"]), (&json!(null), &json!(null)));
    let [only] = &tries(&admin, &path, &json!({})).await[..] else { panic!("one is told") };
    assert_eq!(only["to"], client.number());
    assert!(only["body"].as_str().is_some_and(|body| body.contains("Work Has Started")), "{only}");
}

async fn whoever_could_not_be_reached_is_named_with_the_reason(world: &mut World) {
    let admin = world.admin();
    let bare = world.opens_account("bare", Role::Client, None).await;
    let filed = draft("For them", json!({ "client_id": bare.id }));
    let [only] = &tries(&admin, "/api/tickets", &filed).await[..] else { panic!("one is told") };
    assert_eq!((&only["skipped_because"], &only["to"]), (&json!("no_number"), &json!(null)));
    let forgets =
        format!("UPDATE users SET whatsapp_opt_in_at = NULL WHERE id = {}", world.client().id);
    world.changes_rows(&forgets).await;
    let filed = draft("For John", json!({ "client_id": world.client().id }));
    let [only] = &tries(&admin, "/api/tickets", &filed).await[..] else { panic!("one is told") };
    assert_eq!(only["skipped_because"], "no_consent");
    assert_eq!(only["to"], world.client().number());
}

async fn a_try_says_true_or_false_and_nothing_else(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Exact").await;
    let open = format!("/api/tickets/{}/open", id(&ticket));
    for bad in [
        "dry_run=",
        "dry_run",
        "dry_run=1",
        "dry_run=TRUE",
        "dry_run=yes",
        "dry_run=true,false",
        "dry_run=true&dry_run=false",
        "dry_run=true&x=1",
        "Dry_run=true",
        "dryrun=true",
        "dry_run=%00",
        "dry_run=tru%65x",
        "dry_run[]=true",
    ] {
        for path in ["/api/tickets", &open] {
            let answer = admin.post(&format!("{path}?{bad}"), &draft("x", json!({}))).await;
            answer.refused(400, "bad_query");
        }
    }
    assert_eq!(admin.sees("/api/tickets").await["items"].as_array().map(Vec::len), Some(1));
    let real = admin.post(&format!("{open}?dry_run=false"), &json!({})).await;
    assert_eq!(real.ok(200)["status"], "OPENED");
    let answer = client.post("/api/v1/tickets/?dry_run=true", &draft("x", json!({}))).await;
    assert!(answer.ok(200)["would_notify"].is_array());
}
