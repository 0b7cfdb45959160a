//! Editing a ticket: who may, while what, and what the history keeps of it.
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Person, World, id, stories};

stories![
    an_edit_changes_what_it_names_and_raises_the_version,
    a_client_edits_while_the_ticket_is_new,
    an_edit_that_changes_nothing_changes_nothing,
    flaws_of_an_edit_are_named_at_once,
    an_edit_of_another_version_is_refused,
    fifty_edits_at_once_are_made_one_after_the_other,
    nobody_is_told_of_an_edit_but_later_messages_know_it,
];

fn path(ticket: &Value) -> String {
    format!("/api/tickets/{}", id(ticket))
}

async fn edits(by: &Person, ticket: &Value, body: Value) -> Answer {
    by.ask(Method::PATCH, &path(ticket)).await.json(&body).send().await
}

async fn an_edit_changes_what_it_names_and_raises_the_version(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Lgoin broken").await;
    world.passes(chrono::TimeDelta::minutes(1));
    let body = json!({ "title": " Login broken ", "priority": "CRITICAL" });
    let answer = edits(&client, &ticket, body).await;
    let after = answer.ok(200);
    assert_eq!(answer.header("etag"), Some("\"2\""));
    let mut expected = ticket.clone();
    expected["title"] = json!("Login broken");
    expected["priority"] = json!("CRITICAL");
    expected["version"] = json!(2);
    expected["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, expected);
    assert_ne!(after["updated_at"], ticket["updated_at"]);
    assert_eq!(client.sees(&path(&ticket)).await, after);
    let all = json!({ "title": "t", "description": "d\r\nd", "priority": "LOW",
        "category": "FEATURE", "project_name": "p" });
    let after = edits(&admin, &ticket, all).await.ok(200);
    assert_eq!((&after["description"], &after["version"]), (&json!("d\nd"), &json!(3)));

    let history = admin.sees(&format!("{}/events", path(&ticket))).await;
    let line = &history["items"][1];
    assert_eq!(
        (&line["event"], &line["actor"]["id"]),
        (&json!("TICKET_UPDATED"), &json!(client.id))
    );
    assert_eq!((&line["from_status"], &line["to_status"]), (&json!("NEW"), &json!("NEW")));
    let changes = json!([
        { "field": "title", "from": "Lgoin broken", "to": "Login broken" },
        { "field": "priority", "from": "MEDIUM", "to": "CRITICAL" },
    ]);
    assert_eq!(line["changes"], changes);
    assert_eq!(history["items"][0]["changes"].as_array().map(Vec::len), Some(5));
    assert_eq!(history["items"][2]["changes"], json!(null));
}

async fn a_client_edits_while_the_ticket_is_new(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Mine").await;
    edits(&client, &ticket, json!({ "title": "Mine too" })).await.ok(200);
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    let late = json!({ "title": "Too late" });
    edits(&client, &ticket, late.clone()).await.refused(409, "no_longer_new");
    edits(&dev, &ticket, late.clone()).await.refused(403, "forbidden");
    // What is wrong with the request comes first, and doing nothing is late as well.
    edits(&client, &ticket, json!({ "title": "" })).await.refused(422, "invalid");
    edits(&client, &ticket, json!({})).await.refused(409, "no_longer_new");
    for verb in ["start", "finish", "close"] {
        admin.does(verb, &ticket, json!({})).await;
    }
    assert_eq!(edits(&admin, &ticket, late).await.ok(200)["title"], "Too late");
    // A ticket that came back was looked at.
    client.does("reopen", &ticket, json!({ "reason": "Again" })).await;
    edits(&client, &ticket, json!({ "title": "x" })).await.refused(409, "no_longer_new");
}

async fn an_edit_that_changes_nothing_changes_nothing(world: &mut World) {
    let client = world.client();
    let ticket = client.files("As it is").await;
    world.passes(chrono::TimeDelta::minutes(1));
    for same in [json!({}), json!({ "title": "  As it is " }), json!({ "priority": "MEDIUM" })] {
        let answer = edits(&client, &ticket, same).await;
        assert_eq!((answer.ok(200), answer.header("etag")), (ticket.clone(), Some("\"1\"")));
    }
    let history = client.sees(&format!("{}/events", path(&ticket))).await;
    assert_eq!(history["items"].as_array().map(Vec::len), Some(1));
}

async fn flaws_of_an_edit_are_named_at_once(world: &mut World) {
    let client = world.client();
    let ticket = client.files("Fine").await;
    let wrong = json!({ "title": "", "description": null, "priority": "low", "category": "BUGS",
        "project_name": "a\u{0}b" });
    let flaws = edits(&client, &ticket, wrong).await.flaws();
    let expected = [
        ("category", "unknown_value"),
        ("description", "required"),
        ("priority", "unknown_value"),
        ("project_name", "control_character"),
        ("title", "blank"),
    ];
    assert_eq!(flaws, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    for field in ["status", "version", "client_id", "developer_id", "resolution", "id", "Title"] {
        let flaws = edits(&client, &ticket, json!({ field: 1 })).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "unknown_field".to_owned())]);
    }
    let half = json!({ "title": "Good", "priority": "bad" });
    edits(&client, &ticket, half).await.refused(422, "invalid");
    assert_eq!(client.sees(&path(&ticket)).await, ticket, "nothing of it was done");
    let tried = client.ask(Method::PATCH, &format!("{}?dry_run=true", path(&ticket))).await;
    tried.json(&json!({ "title": "x" })).send().await.refused(400, "bad_query");
}

async fn an_edit_of_another_version_is_refused(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Versioned").await;
    let edit = async |tag: &str, title: &str| {
        let ask = client.ask(Method::PATCH, &path(&ticket)).await.with("if-match", tag);
        ask.json(&json!({ "title": title })).send().await
    };
    assert_eq!(edit("\"1\"", "One").await.ok(200)["version"], 2);
    edit("\"1\"", "Lost").await.refused(412, "stale");
    edit("W/\"2\"", "Weak").await.refused(412, "stale");
    assert_eq!(edit("*", "Any").await.ok(200)["version"], 3);
    let moved = admin.ask(Method::POST, &format!("{}/open", path(&ticket))).await;
    moved.with("if-match", "\"2\"").send().await.refused(412, "stale");
}

async fn fifty_edits_at_once_are_made_one_after_the_other(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Contested").await;
    let asked = (0..50).map(|at: usize| {
        let by = [&admin, &client][at % 2];
        edits(by, &ticket, json!({ "title": format!("No. {at}") }))
    });
    let answers = join_all(asked).await;
    let mut versions: Vec<i64> =
        answers.iter().map(|it| it.ok(200)["version"].as_i64().expect("a version")).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=51).collect::<Vec<_>>());
    let guarded = async |at: usize| {
        let ask = admin.ask(Method::PATCH, &path(&ticket)).await.with("if-match", "\"51\"");
        ask.json(&json!({ "project_name": format!("No. {at}") })).send().await
    };
    let guarded = (0..50).map(guarded);
    let answers = join_all(guarded).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    answers.iter().filter(|it| it.status != 200).for_each(|it| _ = it.refused(412, "stale"));
}

async fn nobody_is_told_of_an_edit_but_later_messages_know_it(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Before").await;
    world.settle().await;
    let told = world.log("").await.len();
    edits(&admin, &ticket, json!({ "title": "After" })).await.ok(200);
    world.settle().await;
    assert_eq!(world.log("").await.len(), told);
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let texts = world.phone(&client).texts().await;
    assert!(texts[0].contains("*Ticket:* After\n"), "{texts:?}");
}
