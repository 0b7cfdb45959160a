//! Deleting a ticket: what goes, what stays in the log without its words, and that nothing brings
//! them back.
use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::world::{Act, Answer, Person, Provider, Status, World, callback_data, id, stories};

stories![
    a_deleted_ticket_is_gone_with_its_history_and_comments,
    the_log_keeps_that_people_were_told_and_not_what,
    what_was_queued_is_skipped_and_stays_so,
    a_send_in_hand_ends_and_brings_nothing_back,
    a_message_that_fails_after_the_deletion_is_not_sent_again,
    of_many_who_delete_one_does,
    whoever_changes_a_ticket_while_it_goes_finds_it_gone,
    a_ticket_of_another_version_stays,
];

fn path(ticket: &Value) -> String {
    format!("/api/tickets/{}", id(ticket))
}

async fn deletes(by: &Person, ticket: &Value) -> Answer {
    by.ask(Method::DELETE, &path(ticket)).await.send().await
}

async fn deleted(by: &Person, ticket: &Value) {
    let answer = deletes(by, ticket).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{}", answer.asked);
    assert!(answer.header("x-request-id").is_some());
}

async fn a_deleted_ticket_is_gone_with_its_history_and_comments(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let (ticket, other) = (client.files("Gone").await, client.files("Stays").await);
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    for on in [&ticket, &other] {
        let said = json!({ "body": "Said" });
        client.post(&format!("{}/comments", path(on)), &said).await.ok(201);
    }
    world.settle().await;
    deletes(&client, &ticket).await.refused(403, "forbidden");
    deletes(&dev, &ticket).await.refused(403, "forbidden");
    deletes(&dev, &other).await.refused(404, "not_found");
    deleted(&admin, &ticket).await;
    deletes(&admin, &ticket).await.refused(404, "not_found");
    for rest in ["", "/events", "/comments", "/notifications", "/comments/1"] {
        admin.get(&format!("{}{rest}", path(&ticket))).await.refused(404, "not_found");
    }
    let closed = admin.says("close", &ticket, json!({})).await;
    closed.refused(404, "not_found");
    for table in ["ticket_events", "comments"] {
        let left = format!("SELECT count(*) FROM {table} WHERE ticket_id = {}", id(&ticket));
        assert_eq!(world.count(&left).await, 0, "{table}");
    }
    let listed = client.sees("/api/tickets").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        client.sees(&format!("{}/comments", path(&other))).await["items"][0]["body"],
        "Said"
    );
    // No ticket gets its number again.
    assert!(id(&client.files("Next").await) > id(&other));
}

async fn rows(world: &World, ticket: &Value) -> Vec<Value> {
    world.log(&format!("ticket_id={}", id(ticket))).await
}

async fn the_log_keeps_that_people_were_told_and_not_what(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let (ticket, other) = (client.files("Gone").await, client.files("Stays").await);
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let before = rows(world, &ticket).await;
    let others = rows(world, &other).await;
    deleted(&admin, &ticket).await;
    let after = rows(world, &ticket).await;
    assert_eq!(after.len(), 2);
    for (was, is) in before.iter().zip(&after) {
        let mut expected = was.clone();
        expected["to"] = json!("");
        expected["body"] = json!("");
        // It held the number.
        expected["provider_message_id"] = json!("erased");
        assert_eq!(is, &expected);
        let retry = format!("/api/notifications/{}/retry", id(is));
        let refused = admin.post(&retry, &json!({ "accept_duplicate": true })).await;
        refused.refused(409, "not_retryable");
    }
    assert_eq!(rows(world, &other).await, others);
    // What comes in later finds its row and no words.
    world.reads(&client).await;
    world.settle().await;
    let opened = &rows(world, &ticket).await[0];
    assert_eq!((&opened["receipt"], &opened["body"]), (&json!("READ"), &json!("")));
    let named = "SELECT count(*) FROM notification_log AS n LEFT JOIN delivery_attempts AS a \
         ON a.notification_id = n.id WHERE n.body = '' AND (n.provider_message_id <> 'erased' \
         OR a.provider_message_id <> 'erased')";
    assert_eq!(world.count(named).await, 0, "nothing that holds a number came back");
}

async fn what_was_queued_is_skipped_and_stays_so(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.fault(&admin, "TOKEN_EXPIRED").await;
    let ticket = client.files("Waits").await;
    world.settle().await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "QUEUED");
    deleted(&admin, &ticket).await;
    world.no_faults().await;
    for minutes in [0, 5, 60, 60 * 25] {
        world.later(TimeDelta::minutes(minutes)).await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!(
            (&row["status"], &row["skip_reason"]),
            (&json!("SKIPPED"), &json!("ticket_deleted"))
        );
        assert_eq!((&row["to"], &row["body"]), (&json!(""), &json!("")));
        assert!(row["next_attempt_at"].is_null() && row["hint"].is_string(), "{row}");
    }
    let retry =
        format!("/api/notifications/{}/retry", id(&world.notification(&admin, &ticket).await));
    admin.post(&retry, &json!({})).await.refused(409, "not_retryable");
    assert!(world.ledger().await.is_empty());
}

async fn a_send_in_hand_ends_and_brings_nothing_back(world: &mut World) {
    let go_on = Arc::new(Notify::new());
    let held = |act| Act::Hold(go_on.clone(), Box::new(act));
    let provider = Provider::acts([
        held(Act::Take("wamid.taken".to_owned())),
        held(Act::AskForTime(1)),
        held(Act::Reset),
    ])
    .await;
    world.restarts_with(provider.settings()).await;
    let (admin, client) = (world.admin(), world.client());
    for (number, status, skipped) in [
        (1, "SENT", json!(null)),
        (2, "SKIPPED", json!("ticket_deleted")),
        (3, "UNCONFIRMED", json!(null)),
    ] {
        let ticket = client.files("In hand").await;
        world.until("the send is in hand", async || provider.heard().len() == number).await;
        deleted(&admin, &ticket).await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["body"]), (&json!("SENDING"), &json!("")), "{row}");
        go_on.notify_one();
        world.settle().await;
        for minutes in [0, 11, 60] {
            world.later(TimeDelta::minutes(minutes)).await;
            let row = world.notification(&admin, &ticket).await;
            assert_eq!((&row["status"], &row["skip_reason"]), (&json!(status), &skipped), "{row}");
            assert_eq!((&row["to"], &row["body"]), (&json!(""), &json!("")), "{row}");
            assert_eq!((&row["attempts"], &row["next_attempt_at"]), (&json!(1), &json!(null)));
        }
    }
    assert_eq!(provider.heard().len(), 3, "nothing is sent again");
}

async fn a_message_that_fails_after_the_deletion_is_not_sent_again(world: &mut World) {
    let taken = |id: &str| Act::Take(id.to_owned());
    let provider = Provider::acts([taken("wamid.one"), taken("wamid.two")]).await;
    world.restarts_with(provider.settings()).await;
    let (admin, client) = (world.admin(), world.client());
    // A transient code would queue it again, if there were anything to send.
    for (message, code, status) in
        [("wamid.one", 131_000, "SKIPPED"), ("wamid.two", 131_026, "FAILED")]
    {
        let ticket = client.files("Fails later").await;
        world.settle().await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!(row["status"], "SENT");
        deleted(&admin, &ticket).await;
        // Its id is gone with the number; what we wrote on the message comes back with the report.
        let failed = Status::new(message, "failed", world).of_attempt(&callback_data(&row, 1));
        world.reports(failed.because(code)).await;
        world.later(TimeDelta::minutes(30)).await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["error_code"]), (&json!(status), &json!(code)), "{row}");
        assert_eq!((&row["to"], &row["body"]), (&json!(""), &json!("")), "{row}");
    }
    assert_eq!(provider.heard().len(), 2);
}

async fn of_many_who_delete_one_does(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Unwanted").await;
    let answers = join_all((0..30).map(|_| deletes(&admin, &ticket))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 204).count(), 1);
    answers.iter().filter(|it| it.status != 204).for_each(|it| _ = it.refused(404, "not_found"));
}

async fn whoever_changes_a_ticket_while_it_goes_finds_it_gone(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    for _ in 0..5 {
        let ticket = client.files("Contested").await;
        let said = json!({ "body": "Wait" });
        let comments = format!("{}/comments", path(&ticket));
        let edit = json!({ "title": "Wait" });
        let says = join_all((0..8).map(|_| client.post(&comments, &said)));
        let edits = join_all((0..8).map(|_| async {
            client.ask(Method::PATCH, &path(&ticket)).await.json(&edit).send().await
        }));
        let opens = join_all((0..8).map(|_| admin.says("open", &ticket, json!({}))));
        let goes = deletes(&admin, &ticket);
        let (says, goes, edits, opens) = futures::join!(says, goes, edits, opens);
        assert_eq!(goes.status, 204, "{}", goes.text());
        for answer in says.iter().chain(&edits).chain(&opens) {
            let fine = [200, 201, 404, 409].contains(&answer.status);
            assert!(fine, "{}: {} {}", answer.asked, answer.status, answer.text());
        }
        world.settle().await;
        for row in rows(world, &ticket).await {
            assert_eq!((&row["to"], &row["body"]), (&json!(""), &json!("")), "{row}");
            assert_ne!(row["status"], "QUEUED", "{row}");
        }
    }
    let orphans = "SELECT count(*) FROM comments WHERE ticket_id NOT IN (SELECT id FROM tickets)";
    assert_eq!(world.count(orphans).await, 0);
}

async fn a_ticket_of_another_version_stays(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Versioned").await;
    admin.does("open", &ticket, json!({})).await;
    let delete = async |by: &Person, tag: &str| {
        by.ask(Method::DELETE, &path(&ticket)).await.with("if-match", tag).send().await
    };
    delete(&client, "\"1\"").await.refused(403, "forbidden");
    delete(&admin, "\"1\"").await.refused(412, "stale");
    assert_eq!(admin.sees(&path(&ticket)).await["version"], 2);
    let tried = admin.ask(Method::DELETE, &format!("{}?dry_run=true", path(&ticket))).await;
    tried.send().await.refused(400, "bad_query");
    assert_eq!(delete(&admin, "\"2\"").await.status, 204);
}
