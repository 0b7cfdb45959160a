//! The contract's table of transitions, asked cell by cell over HTTP.
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Person, World, id, stories};

stories![
    every_status_verb_and_role_answers_as_the_contract_says,
    of_several_refusals_the_first_in_the_contracts_order_is_given,
    unknown_fields_are_a_matter_of_validation_too,
    an_if_match_that_fails_changes_nothing,
    a_developer_is_somebody_active_who_works,
];

const VERBS: [&str; 7] = ["open", "assign", "start", "finish", "close", "reject", "reopen"];

/// Each status with what an admin, the ticket's client and its developer get for each verb: the
/// status it leads to, `409`, `403`, or `404` where it is not theirs to see.
#[rustfmt::skip]
const TABLE: [(&str, [[&str; 7]; 3]); 7] = [
    //            open      assign      start          finish      close     reject      reopen
    ("NEW", [
        ["OPENED", "ASSIGNED", "409",         "409",      "409",    "REJECTED", "409"],
        ["403",    "403",      "403",         "403",      "CLOSED", "403",      "409"],
        ["404",    "404",      "404",         "404",      "404",    "404",      "404"]]),
    ("OPENED", [
        ["409",    "ASSIGNED", "409",         "409",      "CLOSED", "REJECTED", "409"],
        ["403",    "403",      "403",         "403",      "409",    "403",      "409"],
        ["404",    "404",      "404",         "404",      "404",    "404",      "404"]]),
    ("ASSIGNED", [
        ["409",    "ASSIGNED", "IN_PROGRESS", "409",      "CLOSED", "409",      "409"],
        ["403",    "403",      "403",         "403",      "409",    "403",      "409"],
        ["403",    "403",      "IN_PROGRESS", "409",      "403",    "403",      "403"]]),
    ("IN_PROGRESS", [
        ["409",    "ASSIGNED", "409",         "FINISHED", "CLOSED", "409",      "409"],
        ["403",    "403",      "403",         "403",      "409",    "403",      "409"],
        ["403",    "403",      "409",         "FINISHED", "403",    "403",      "403"]]),
    ("FINISHED", [
        ["409",    "409",      "409",         "409",      "CLOSED", "409",      "OPENED"],
        ["403",    "403",      "403",         "403",      "CLOSED", "403",      "OPENED"],
        ["403",    "403",      "409",         "409",      "403",    "403",      "403"]]),
    ("CLOSED", [
        ["409",    "409",      "409",         "409",      "409",    "409",      "OPENED"],
        ["403",    "403",      "403",         "403",      "409",    "403",      "OPENED"],
        ["403",    "403",      "409",         "409",      "403",    "403",      "403"]]),
    ("REJECTED", [
        ["409",    "409",      "409",         "409",      "409",    "409",      "OPENED"],
        ["403",    "403",      "403",         "403",      "409",    "403",      "OPENED"],
        ["404",    "404",      "404",         "404",      "404",    "404",      "404"]]),
];

async fn every_status_verb_and_role_answers_as_the_contract_says(world: &mut World) {
    let other_dev = world.person("other.dev", Role::Developer, "+15550100031").await;
    let other_client = world.person("other.client", Role::Client, "+15550100032").await;
    let askers = [world.admin(), world.client(), world.dev()];
    let rows = TABLE.map(|row| every_cell(world, row, &askers, [&other_dev, &other_client]));
    join_all(rows).await;
}

async fn every_cell(
    world: &World,
    (status, rows): (&str, [[&str; 7]; 3]),
    askers: &[Person; 3],
    foreigners: [&Person; 2],
) {
    let other_dev = foreigners[0];
    let standing = standing_at(world, status).await;
    for (verb, at) in VERBS.into_iter().zip(0..) {
        for (asker, row) in askers.iter().zip(rows) {
            let what = format!("{status} {verb} by {}", asker.username);
            let leads = row[at].parse::<u16>().is_err();
            // A move that succeeds would spoil the ticket for the next cell.
            let ticket = if leads { &standing_at(world, status).await } else { &standing };
            let answer = asker.says(verb, ticket, body(verb, other_dev)).await;
            match row[at] {
                "403" => _ = answer.refused(403, "forbidden"),
                "404" => _ = answer.refused(404, "not_found"),
                "409" => {
                    let said = answer.refused(409, "illegal_transition")["detail"].to_string();
                    assert!(said.contains(status) && said.contains(verb), "{what}: {said}");
                    let allowed = allowed_by(asker, ticket).await;
                    for word in &allowed {
                        assert!(said.contains(word), "{what} does not name {word}: {said}");
                    }
                }
                to => assert_eq!(answer.ok(200)["status"], to, "{what}"),
            }
        }
        for foreign in foreigners {
            let answer = foreign.says(verb, &standing, body(verb, other_dev)).await;
            answer.refused(404, "not_found");
        }
    }
    let rows = askers.iter().zip(rows);
    for (asker, row) in rows.filter(|(_, row)| row[0] != "404") {
        let verbs = VERBS.iter().zip(row).filter(|(_, to)| to.parse::<u16>().is_err());
        let verbs: Vec<&str> = verbs.map(|(verb, _)| *verb).collect();
        assert_eq!(allowed_by(asker, &standing).await, verbs, "{status} {}", asker.username);
    }
}

/// A ticket that stands so.
async fn standing_at(world: &World, status: &str) -> Value {
    let (admin, dev) = (world.admin(), world.dev());
    let ticket = world.client().files(&format!("To be {status}")).await;
    let way: &[&str] = match status {
        "NEW" => &[],
        "OPENED" => &["open"],
        "ASSIGNED" => &["assign"],
        "IN_PROGRESS" => &["assign", "start"],
        "FINISHED" => &["assign", "start", "finish"],
        "CLOSED" => &["assign", "start", "finish", "close"],
        "REJECTED" => &["reject"],
        _ => panic!("{status} is no status"),
    };
    for verb in way {
        admin.does(verb, &ticket, body(verb, &dev)).await;
    }
    ticket
}

fn body(verb: &str, developer: &Person) -> Value {
    match verb {
        "assign" => json!({ "developer_id": developer.id }),
        "reject" | "reopen" => json!({ "reason": "Because" }),
        _ => json!({}),
    }
}

async fn allowed_by(asker: &Person, ticket: &Value) -> Vec<String> {
    let shown = asker.sees(&format!("/api/tickets/{}", id(ticket))).await;
    serde_json::from_value(shown["allowed_transitions"].clone()).expect("a list of verbs")
}

async fn of_several_refusals_the_first_in_the_contracts_order_is_given(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let foreign = admin.files("Not John's").await;
    let own = client.files("John's").await;
    let closed = standing_at(world, "CLOSED").await;

    let nowhere = world.stranger().post("/api/tickets/999999/start", &json!({ "x": 1 })).await;
    nowhere.refused(401, "unauthenticated");
    // 404 before 403: a client's `start` on what they may not see.
    client.says("start", &foreign, json!({})).await.refused(404, "not_found");
    // 403 before 412.
    stale(&client, "start", &own, json!({})).await.refused(403, "forbidden");
    // 412 before 422.
    stale(&admin, "assign", &own, json!({ "developer_id": 999_999 })).await.refused(412, "stale");
    stale(&admin, "reject", &own, json!({})).await.refused(412, "stale");
    // 422 before 409.
    let bad = admin.says("assign", &closed, json!({ "developer_id": 999_999 })).await;
    assert_eq!(bad.flaws(), [("developer_id".to_owned(), "not_a_developer".to_owned())]);
    admin.says("reject", &closed, json!({})).await.refused(422, "invalid");
    // 412 before 409.
    stale(&admin, "open", &closed, json!({})).await.refused(412, "stale");
}

async fn unknown_fields_are_a_matter_of_validation_too(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let foreign = admin.files("Not John's").await;
    let own = client.files("John's").await;
    let unknown = json!({ "unheard_of": 1 });
    client.says("close", &foreign, unknown.clone()).await.refused(404, "not_found");
    client.says("start", &own, unknown.clone()).await.refused(403, "forbidden");
    stale(&admin, "open", &own, unknown.clone()).await.refused(412, "stale");
    world.dev().post("/api/tickets", &unknown).await.refused(403, "forbidden");
}

async fn stale(by: &Person, verb: &str, ticket: &Value, body: Value) -> super::world::Answer {
    let path = format!("/api/tickets/{}/{verb}", id(ticket));
    let ask = by.ask(reqwest::Method::POST, &path).await;
    ask.with("if-match", "\"99\"").json(&body).send().await
}

async fn an_if_match_that_fails_changes_nothing(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Versioned").await;
    let path = format!("/api/tickets/{}", id(&ticket));
    let shown = client.get(&path).await;
    assert_eq!(shown.header("etag"), Some("\"1\""));
    let open = async |tag: &str| {
        let ask = admin.ask(reqwest::Method::POST, &format!("{path}/open")).await;
        ask.with("if-match", tag).send().await
    };
    for tag in ["\"2\"", "W/\"1\"", "1", "\"nonsense\"", "\"2\", \"3\""] {
        open(tag).await.refused(412, "stale");
    }
    assert_eq!(client.sees(&path).await["status"], "NEW");
    let opened = open("\"9\", \"1\"").await;
    assert_eq!(opened.ok(200)["version"], 2);
    assert_eq!(opened.header("etag"), Some("\"2\""));
    let close = admin.ask(reqwest::Method::POST, &format!("{path}/close")).await;
    assert_eq!(close.with("if-match", "*").send().await.ok(200)["version"], 3);
}

async fn a_developer_is_somebody_active_who_works(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let gone = world.person("gone", Role::Developer, "+15550100033").await;
    world.changes_rows(&format!("UPDATE users SET is_active = FALSE WHERE id = {}", gone.id)).await;
    let ticket = client.files("Whose is it?").await;
    for wrong in [client.id, gone.id, 999_999, 0, -1] {
        let answer = admin.says("assign", &ticket, json!({ "developer_id": wrong })).await;
        assert_eq!(answer.flaws()[0].0, "developer_id", "{wrong}");
    }
    let flaws = admin.says("assign", &ticket, json!({})).await.flaws();
    assert_eq!(flaws, [("developer_id".to_owned(), "required".to_owned())]);
    let assigned = admin.does("assign", &ticket, json!({ "developer_id": admin.id })).await;
    assert_eq!(assigned["developer"]["id"], admin.id, "an admin may work too");
}
