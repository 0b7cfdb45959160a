//! Comments: who writes and reads them, who hears of them, and that a ticket stays what it is.
use futures::future::join_all;
use serde_json::{Value, json};

use super::comment_messages::heard;
use super::world::{Answer, Person, World, id, stories};

stories![
    a_comment_is_written_listed_and_shown,
    a_client_neither_sees_nor_writes_what_is_internal,
    comments_are_welcome_in_every_state_and_change_nothing,
    comments_come_in_pages_and_cursors_fit_their_own_list,
    a_comment_under_a_key_is_written_once,
    flaws_of_a_comment_are_named_at_once,
    fifty_comments_at_once_are_all_written,
];

fn path(ticket: &Value) -> String {
    format!("/api/tickets/{}/comments", id(ticket))
}

pub(super) async fn comments(by: &Person, ticket: &Value, body: &str, visibility: &str) -> Value {
    let body = json!({ "body": body, "visibility": visibility });
    by.post(&path(ticket), &body).await.ok(201)
}

pub(super) async fn reads(by: &Person, ticket: &Value) -> Vec<String> {
    let page = by.sees(&path(ticket)).await;
    let items = page["items"].as_array().expect("a list of comments");
    items.iter().map(|it| it["body"].as_str().expect("a body").to_owned()).collect()
}

async fn a_comment_is_written_listed_and_shown(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Talked about").await;
    let answer = client.post(&path(&ticket), &json!({ "body": " Any\r\nnews? " })).await;
    let comment = answer.ok(201);
    let place = format!("{}/{}", path(&ticket), id(&comment));
    assert_eq!(answer.header("location"), Some(place.as_str()));
    let expected = json!({
        "id": id(&comment), "ticket_id": id(&ticket), "visibility": "PUBLIC",
        "author": { "id": client.id, "full_name": "John Doe" },
        "body": "Any\nnews?", "created_at": comment["created_at"],
    });
    assert_eq!(comment, expected);
    for reader in [&client, &admin] {
        assert_eq!(reader.sees(&place).await, expected);
        let page = reader.sees(&path(&ticket)).await;
        assert_eq!(page, json!({ "items": [expected], "next_cursor": null }));
    }
    let other = client.files("Another").await;
    let elsewhere = format!("{}/{}", path(&other), id(&comment));
    admin.get(&elsewhere).await.refused(404, "not_found");
    for none in ["0", "-1", "x", "999999", "%00"] {
        admin.get(&format!("{}/{none}", path(&ticket))).await.refused(404, "not_found");
    }
    assert_eq!(world.dev().get(&path(&ticket)).await.status, 404);
}

async fn a_client_neither_sees_nor_writes_what_is_internal(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Secrets").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    let internal = json!({ "body": "Mine", "visibility": "INTERNAL" });
    client.post(&path(&ticket), &internal).await.refused(403, "forbidden");
    // What a role may not is refused for that first.
    for body in [json!({ "body": "" }), json!({ "body": 5 }), json!({ "unheard_of": 1 })] {
        let mut worse = body;
        worse["visibility"] = json!("INTERNAL");
        client.post(&path(&ticket), &worse).await.refused(403, "forbidden");
    }
    let unread = json!({ "body": 5, "visibility": "INTERNAL" });
    assert_eq!(dev.post(&path(&ticket), &unread).await.flaws()[0].0, "body");

    comments(&admin, &ticket, "one", "PUBLIC").await;
    let two = comments(&dev, &ticket, "two", "INTERNAL").await;
    comments(&client, &ticket, "three", "PUBLIC").await;
    assert_eq!(reads(&admin, &ticket).await, ["three", "two", "one"]);
    assert_eq!(reads(&dev, &ticket).await, ["three", "two", "one"]);
    assert_eq!(reads(&client, &ticket).await, ["three", "one"]);
    let place = format!("{}/{}", path(&ticket), id(&two));
    assert_eq!(dev.sees(&place).await["visibility"], "INTERNAL");
    client.get(&place).await.refused(404, "not_found");

    // Neither does the history tell them.
    let history = format!("/api/tickets/{}/events", id(&ticket));
    let told = async |by: &Person| {
        let page = by.sees(&format!("{history}?limit=200")).await;
        let items = page["items"].as_array().expect("a history").clone();
        let of = items.iter().filter(|it| it["event"] == "COMMENT_ADDED");
        of.map(|it| it["visibility"].as_str().expect("for whom").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&admin).await, ["PUBLIC", "INTERNAL", "PUBLIC"]);
    assert_eq!(told(&dev).await, ["PUBLIC", "INTERNAL", "PUBLIC"]);
    assert_eq!(told(&client).await, ["PUBLIC", "PUBLIC"]);
    let line = &dev.sees(&history).await["items"][1];
    assert_eq!((&line["comment_id"], &line["note"]), (&two["id"], &json!(null)), "{line}");
    assert_eq!(
        (&line["from_status"], &line["to_status"]),
        (&json!("ASSIGNED"), &json!("ASSIGNED"))
    );
}

async fn comments_are_welcome_in_every_state_and_change_nothing(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Talked about").await;
    let place = format!("/api/tickets/{}", id(&ticket));
    let steps = [
        ("open", json!({})),
        ("assign", json!({ "developer_id": dev.id })),
        ("start", json!({})),
        ("finish", json!({})),
        ("close", json!({})),
        ("reopen", json!({ "reason": "Again" })),
        ("reject", json!({ "reason": "No more" })),
    ];
    for (verb, body) in [("", json!({}))].into_iter().chain(steps) {
        if !verb.is_empty() {
            admin.does(verb, &ticket, body).await;
        }
        world.passes(chrono::TimeDelta::minutes(1));
        let before = admin.get(&place).await;
        comments(&client, &ticket, &format!("After {verb}"), "PUBLIC").await;
        comments(&admin, &ticket, &format!("Within {verb}"), "INTERNAL").await;
        let after = admin.get(&place).await;
        assert_eq!(after.ok(200), before.ok(200), "after {verb}");
        assert_eq!(after.header("etag"), before.header("etag"));
    }
    // One may comment on what one has seen, and only on that.
    let ask = async |tag: &str| -> Answer {
        let ask = admin.ask(reqwest::Method::POST, &path(&ticket)).await.with("if-match", tag);
        ask.json(&json!({ "body": "Seen" })).send().await
    };
    ask("\"1\"").await.refused(412, "stale");
    ask("\"8\"").await.ok(201);
}

async fn comments_come_in_pages_and_cursors_fit_their_own_list(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let (ticket, other) = (client.files("Long talk").await, client.files("Other talk").await);
    for number in 0..7 {
        let visibility = if number % 3 == 0 { "INTERNAL" } else { "PUBLIC" };
        comments(&admin, &ticket, &number.to_string(), visibility).await;
        comments(&admin, &other, "elsewhere", "PUBLIC").await;
    }
    for (reader, expected) in
        [(&admin, vec!["6", "5", "4", "3", "2", "1", "0"]), (&client, vec!["5", "4", "2", "1"])]
    {
        let (mut seen, mut cursor) = (vec![], String::new());
        loop {
            let page = reader.sees(&format!("{}?limit=2{cursor}", path(&ticket))).await;
            let items = page["items"].as_array().expect("a list").clone();
            seen.extend(items.iter().map(|it| it["body"].as_str().expect("a body").to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            let elsewhere = reader.get(&format!("{}?cursor={next}", path(&other))).await;
            elsewhere.refused(422, "bad_cursor");
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected, "{}", reader.username);
    }
    admin.get(&format!("{}?limit=0", path(&ticket))).await.refused(422, "invalid");
    admin.get(&format!("{}?dry_run=true", path(&ticket))).await.refused(400, "bad_query");
}

async fn a_comment_under_a_key_is_written_once(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Once").await;
    let body = json!({ "body": "Only once" });
    let path = path(&ticket);
    let asked = (0..50).map(|_| client.posts_once("say", &path, &body));
    let answers = join_all(asked).await;
    let (written, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
    busy.iter().for_each(|it| _ = it.refused(409, "request_running"));
    let first = written.iter().find(|it| it.header("idempotency-replayed").is_none());
    let first = first.expect("one wrote it");
    assert!(written.iter().all(|it| it.body == first.body));
    assert_eq!(reads(&client, &ticket).await, ["Only once"]);
    assert_eq!(heard(world, &ticket).await, [admin.id]);
    let again = client.posts_once("say", &path, &json!({ "body": "Another" })).await;
    again.refused(422, "idempotency_key_reused");
    // Another's key is another's.
    admin.posts_once("say", &path, &body).await.ok(201);
    assert_eq!(reads(&client, &ticket).await.len(), 2);
}

async fn flaws_of_a_comment_are_named_at_once(world: &mut World) {
    let client = world.client();
    let ticket = client.files("Flawed").await;
    for (body, flaws) in [
        (json!({}), vec![("body", "required")]),
        (json!({ "body": null }), vec![("body", "required")]),
        (json!({ "body": " \n" }), vec![("body", "blank")]),
        (json!({ "body": "\u{200b}\u{202e}" }), vec![("body", "blank")]),
        (json!({ "body": "x".repeat(4_001) }), vec![("body", "too_long")]),
        (json!({ "body": "a\u{0}b" }), vec![("body", "control_character")]),
        (json!({ "body": 5 }), vec![("body", "wrong_type")]),
        (json!({ "body": "x", "author_id": 1 }), vec![("author_id", "unknown_field")]),
        (
            json!({ "body": "", "visibility": "internal" }),
            vec![("body", "blank"), ("visibility", "unknown_value")],
        ),
    ] {
        let said = client.post(&path(&ticket), &body).await.flaws();
        let said: Vec<_> =
            said.iter().map(|(field, code)| (field.as_str(), code.as_str())).collect();
        assert_eq!(said, flaws, "{body}");
    }
    assert!(reads(&client, &ticket).await.is_empty());
    let fine = json!({ "body": "é".repeat(4_000), "visibility": null });
    assert_eq!(client.post(&path(&ticket), &fine).await.ok(201)["visibility"], "PUBLIC");
}

async fn fifty_comments_at_once_are_all_written(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Busy").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    let people = [&admin, &dev, &client];
    let asked = (0..50).map(|at: usize| {
        let by = people[at % 3];
        comments(by, &ticket, "Me too", "PUBLIC")
    });
    let moved = async {
        for verb in ["start", "finish", "close"] {
            admin.does(verb, &ticket, json!({})).await;
        }
    };
    let (written, ()) = futures::join!(join_all(asked), moved);
    let mut ids: Vec<i64> = written.iter().map(id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    assert_eq!(reads(&admin, &ticket).await.len(), 50);
}
