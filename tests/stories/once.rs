//! Doing once what is asked many times: races, and requests under an `Idempotency-Key`.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::json;

use super::world::{Answer, World, draft, id, stories};

stories![
    of_fifty_who_open_a_ticket_at_once_one_wins,
    of_fifty_who_move_a_ticket_at_once_each_move_is_made_whole_or_not_at_all,
    fifty_moves_under_one_key_are_one,
    fifty_requests_under_one_key_file_one_ticket_and_tell_it_once,
    a_repeated_request_gets_its_first_answer_to_the_letter,
    a_key_is_good_for_one_body,
    a_key_is_forgotten_after_a_day,
    a_refusal_is_repeated_too,
    a_key_belongs_to_its_user_and_its_route,
    a_key_that_cannot_be_read_is_refused,
];

async fn of_fifty_who_open_a_ticket_at_once_one_wins(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Contested").await;
    let asked = (0..50).map(|_| admin.says("open", &ticket, json!({})));
    let answers = join_all(asked).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        let problem = answer.json();
        let code = problem["code"].as_str().unwrap_or_default().to_owned();
        assert!(["illegal_transition", "changed_meanwhile"].contains(&code.as_str()), "{problem}");
        answer.refused(409, &code);
    }
    world.settle().await;
    let shown = admin.sees(&format!("/api/tickets/{}", id(&ticket))).await;
    assert_eq!((&shown["status"], &shown["version"]), (&json!("OPENED"), &json!(2)));
    let history = admin.sees(&format!("/api/tickets/{}/events", id(&ticket))).await;
    assert_eq!(history["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.ledger_of(&world.client()).await.len(), 1);
}

async fn of_fifty_who_move_a_ticket_at_once_each_move_is_made_whole_or_not_at_all(
    world: &mut World,
) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Contested").await;
    let moves = [
        ("assign", json!({ "developer_id": dev.id })),
        ("assign", json!({ "developer_id": admin.id })),
        ("start", json!({})),
        ("finish", json!({ "resolution": "Done" })),
        ("close", json!({})),
        ("reopen", json!({ "reason": "Again" })),
        ("reject", json!({ "reason": "No" })),
    ];
    let asked = (0..50).map(|at: usize| {
        let (verb, body) = moves[at % moves.len()].clone();
        admin.says(verb, &ticket, body)
    });
    let answers = join_all(asked).await;
    let won = answers.iter().filter(|it| it.status == 200).count();
    for answer in answers.iter().filter(|it| it.status != 200) {
        let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
        let known = ["illegal_transition", "changed_meanwhile", "already_assigned"];
        assert!(known.contains(&code.as_str()), "{}: {}", answer.asked, answer.text());
        answer.refused(409, &code);
    }
    world.settle().await;
    let shown = admin.sees(&format!("/api/tickets/{}", id(&ticket))).await;
    assert_eq!(shown["version"], won + 1);
    let history = admin.sees(&format!("/api/tickets/{}/events?limit=200", id(&ticket))).await;
    let lines = history["items"].as_array().expect("a history");
    assert_eq!(lines.len(), won + 1);
    // Each begins where the one before it ended.
    for pair in lines.windows(2) {
        assert_eq!(pair[0]["from_status"], pair[1]["to_status"], "{pair:?}");
    }
    assert_eq!(shown["status"], lines[0]["to_status"]);
    let told = world.told(&client, &ticket).await;
    assert_eq!(told.len(), won, "the client hears of each move");
}

async fn fifty_moves_under_one_key_are_one(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Once").await;
    let path = format!("/api/tickets/{}/open", id(&ticket));
    let nothing = json!({});
    let asked = (0..50).map(|_| admin.posts_once("open", &path, &nothing));
    let answers = join_all(asked).await;
    let (opened, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    busy.iter().for_each(|it| _ = it.refused(409, "request_running"));
    assert_eq!(opened.iter().filter(|it| !is_replayed(it)).count(), 1);
    assert!(opened.iter().all(|it| it.json()["version"] == 2));
    world.settle().await;
    assert_eq!(world.told(&world.client(), &ticket).await.len(), 1);
}

async fn fifty_requests_under_one_key_file_one_ticket_and_tell_it_once(world: &mut World) {
    let client = world.client();
    let body = draft("Once", json!({}));
    let asked = (0..50).map(|_| client.posts_once("key-1", "/api/tickets", &body));
    let answers = join_all(asked).await;
    let (filed, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
    let now: Vec<_> = filed.iter().filter(|it| !is_replayed(it)).collect();
    assert_eq!(now.len(), 1, "{} filed, {} busy", filed.len(), busy.len());
    for answer in &filed {
        assert_eq!(answer.body, now[0].body);
        assert_eq!(answer.header("location"), now[0].header("location"));
    }
    busy.iter().for_each(|it| _ = it.refused(409, "request_running"));
    world.settle().await;
    let page = client.sees("/api/tickets").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.log("").await.len(), 1);
    assert_eq!(world.ledger().await.len(), 1);
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

async fn a_repeated_request_gets_its_first_answer_to_the_letter(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let body = draft("Once", json!({}));
    let first = client.posts_once("again", "/api/tickets", &body).await;
    let ticket = first.ok(201);
    admin.does("open", &ticket, json!({})).await;
    for path in ["/api/tickets", "/api/v1/tickets", "/api/tickets/"] {
        let again = client.posts_once("again", path, &body).await;
        assert!(is_replayed(&again), "{path}");
        again.ok(201);
        assert_eq!(again.text(), first.text(), "as it was then, not as it is now");
        for header in ["location", "etag", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert!(!is_replayed(&first));
}

async fn a_key_is_good_for_one_body(world: &mut World) {
    let client = world.client();
    let first = client.posts_once("k", "/api/tickets", &draft("One", json!({}))).await;
    first.ok(201);
    let other = client.posts_once("k", "/api/tickets", &draft("Two", json!({}))).await;
    other.refused(422, "idempotency_key_reused");
    let again = client.posts_once("k", "/api/tickets", &draft("One", json!({}))).await;
    assert_eq!(again.ok(201), first.json());
}

async fn a_key_is_forgotten_after_a_day(world: &mut World) {
    let client = world.client();
    let body = draft("Daily", json!({}));
    let first = client.posts_once("daily", "/api/tickets", &body).await.ok(201);
    world.passes(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let same = client.posts_once("daily", "/api/tickets", &body).await;
    assert_eq!((is_replayed(&same), id(&same.ok(201))), (true, id(&first)));
    world.passes(TimeDelta::seconds(2));
    let next = client.posts_once("daily", "/api/tickets", &body).await;
    assert!(!is_replayed(&next));
    assert_ne!(id(&next.ok(201)), id(&first));
    let again = client.posts_once("daily", "/api/tickets", &body).await;
    assert_eq!((is_replayed(&again), again.ok(201)), (true, next.json()));
}

async fn a_refusal_is_repeated_too(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Not yet").await;
    admin.does("open", &ticket, json!({})).await;
    let path = format!("/api/tickets/{}/close", id(&ticket));
    let first = client.posts_once("close", &path, &json!({})).await;
    first.refused(409, "illegal_transition");
    for (verb, body) in [
        ("assign", json!({ "developer_id": admin.id })),
        ("start", json!({})),
        ("finish", json!({})),
    ] {
        admin.does(verb, &ticket, body).await;
    }
    let again = client.posts_once("close", &path, &json!({})).await;
    again.refused(409, "illegal_transition");
    assert!(is_replayed(&again));
    assert_eq!(without_name(&again), without_name(&first));
    let anew = client.posts_once("close-2", &path, &json!({})).await;
    assert_eq!(anew.ok(200)["status"], "CLOSED", "the ticket could be closed all the same");

    let bad = json!({ "title": "" });
    let first = client.posts_once("bad", "/api/tickets", &bad).await;
    first.refused(422, "invalid");
    let again = client.posts_once("bad", "/api/tickets", &bad).await;
    again.refused(422, "invalid");
    assert_eq!((is_replayed(&again), without_name(&again)), (true, without_name(&first)));
}

/// A refusal, all but the request that it answers.
fn without_name(answer: &super::world::Answer) -> serde_json::Value {
    let mut problem = answer.json();
    problem["request_id"] = json!(null);
    problem
}

async fn a_key_belongs_to_its_user_and_its_route(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    let body = draft("Same words", json!({}));
    let johns = client.posts_once("shared", "/api/tickets", &body).await.ok(201);
    let janes = jane.posts_once("shared", "/api/tickets", &body).await;
    assert!(!is_replayed(&janes));
    assert_eq!(janes.ok(201)["client"]["id"], jane.id);
    let other = client.files("Another").await;
    for ticket in [&johns, &other] {
        let path = format!("/api/tickets/{}/open", id(ticket));
        let opened = admin.posts_once("shared", &path, &json!({})).await;
        assert!(!is_replayed(&opened));
        assert_eq!(opened.ok(200)["id"], ticket["id"]);
    }
}

async fn a_key_that_cannot_be_read_is_refused(world: &mut World) {
    let client = world.client();
    let body = draft("Keyed", json!({}));
    for bad in ["", "a b", "a\tb", "é", &"x".repeat(256)] {
        let answer = client.posts_once(bad, "/api/tickets", &body).await;
        answer.refused(400, "bad_idempotency_key");
    }
    for good in ["!", "~", &"x".repeat(255)] {
        client.posts_once(good, "/api/tickets", &body).await.ok(201);
    }
    let page = client.sees("/api/tickets").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(3));
}
