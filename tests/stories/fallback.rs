//! The next way to a person, where one fails for good or nothing is heard of it: one message is enough.
use chrono::TimeDelta;
use deskbell::config::Role;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Person, Status, World, batch, stories};

stories![
    what_fails_on_whatsapp_goes_by_sms_once,
    a_failure_that_is_told_many_times_at_once_is_followed_once,
    what_arrives_after_all_is_noted_and_what_waits_in_its_place_is_not_sent,
    an_admin_who_sends_it_anew_doubles_nothing,
    what_was_taken_back_goes_after_all,
    each_way_is_tried_in_the_order_of_the_person,
    a_person_who_can_be_reached_by_email_alone_is,
    what_waits_goes_another_way_once_its_own_is_shut,
    quiet_hours_hold_what_follows_too,
];

pub(super) const OWN: &str = "/api/auth/me/preferences";

pub(super) async fn puts(person: &Person, body: Value) {
    person.ask(Method::PUT, OWN).await.json(&body).send().await.ok(200);
}

/// What they were told about the ticket, in the order in which it was written down: channel, status.
pub(super) async fn ways(world: &World, person: &Person, ticket: &Value) -> Vec<String> {
    let mut told = world.told(person, ticket).await;
    told.reverse();
    let word = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    told.iter().map(|row| format!("{} {}", word(row, "channel"), word(row, "status"))).collect()
}

/// The text messages on somebody's phone.
pub(super) async fn texts(world: &World, person: &Person) -> Vec<String> {
    let messages = world.phone(person).messages().await.into_iter();
    let texts = messages.filter(|it| it["channel"] == "SMS");
    texts.map(|it| it["body"].as_str().expect("words").to_owned()).collect()
}

pub(super) fn no_whatsapp(person: &Person) -> Value {
    json!({ "number": person.number(), "kind": "NOT_ON_WHATSAPP" })
}

pub(super) fn sms(person: &Person, kind: &str, more: Value) -> Value {
    let mut fault = json!({ "number": person.number(), "provider": "twilio_sms", "kind": kind });
    for (name, value) in more.as_object().into_iter().flatten() {
        fault[name] = value.clone();
    }
    fault
}

/// It can receive no text messages.
pub(super) fn landline() -> Value {
    json!({ "code": 21614 })
}

async fn has_email(world: &World, person: &Person) {
    let sql = format!("UPDATE users SET email_verified_at = created_at WHERE id = {}", person.id);
    assert_eq!(world.changes_rows(&sql).await, 1);
}

async fn what_fails_on_whatsapp_goes_by_sms_once(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.faults(json!([no_whatsapp(&admin)])).await;
    let ticket = client.files("*Printer* on fire").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS SENT"]);
    let told = world.told(&admin, &ticket).await;
    let (second, first) = (&told[0], &told[1]);
    assert_eq!((&first["fallback_id"], &first["fallback_of"]), (&second["id"], &Value::Null));
    assert_eq!((&second["fallback_of"], &second["fallback_id"]), (&first["id"], &Value::Null));
    assert_eq!(second["body"], first["body"]);
    let texts = texts(world, &admin).await;
    assert_eq!(texts.len(), 1);
    // A text message formats nothing: what was typed stands there as it was typed.
    assert!(texts[0].contains("Title: *Printer* on fire\n"), "{}", texts[0]);
    world.later(TimeDelta::hours(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await.len(), 2);
}

async fn a_failure_that_is_told_many_times_at_once_is_followed_once(world: &mut World) {
    let (ticket, message) = world.files_in_silence("Thrice").await;
    let admin = world.admin();
    // Two programs read them on PostgreSQL.
    let other = match world.is_postgres() {
        true => Some(world.another(Role::Worker).await),
        false => None,
    };
    let failed = |at: i64| {
        let mut status = Status::about(&message, "failed", world).because(131_026).value();
        status["timestamp"] = json!((world.now().timestamp() + at).to_string());
        batch([status])
    };
    let answers = join_all((0..8).map(|at| world.webhook(failed(at)))).await;
    answers.iter().for_each(|answer| answer.taken());
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS SENT"]);
    assert_eq!(texts(world, &admin).await.len(), 1);
    if let Some(other) = other {
        other.stop().await.expect("it stops in order");
    }
}

async fn what_arrives_after_all_is_noted_and_what_waits_in_its_place_is_not_sent(
    world: &mut World,
) {
    let admin = world.admin();
    let (ticket, message) = world.files_in_silence("Late").await;
    let away = sms(&admin, "ERROR", json!({ "code": 20500, "http_status": 500, "times": 1 }));
    world.faults(json!([away])).await;
    world.reports(Status::about(&message, "failed", world).because(131_026)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS QUEUED"]);
    world.reports(Status::about(&message, "delivered", world)).await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP SENT", "SMS SKIPPED"]);
    let told = world.told(&admin, &ticket).await;
    assert_eq!(told[0]["skip_reason"], "reached_otherwise");
    assert_eq!(texts(world, &admin).await.len(), 0);

    // What has gone meanwhile stays gone, and nothing is sent once more.
    world.no_faults().await;
    let (ticket, message) = world.files_in_silence("Later").await;
    world.reports(Status::about(&message, "failed", world).because(131_026)).await;
    world.reports(Status::about(&message, "read", world)).await;
    world.later(TimeDelta::hours(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP SENT", "SMS SENT"]);
    assert_eq!(texts(world, &admin).await.len(), 1);
}

async fn an_admin_who_sends_it_anew_doubles_nothing(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    // Text messages have to wait a little.
    let away = sms(&admin, "ERROR", json!({ "code": 20500, "http_status": 500, "times": 1 }));
    world.faults(json!([no_whatsapp(&admin), away])).await;
    let ticket = client.files("Printer").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS QUEUED"]);
    world.no_faults().await;
    let first = world.told(&admin, &ticket).await.pop().expect("a row");
    let again = format!("/api/notifications/{}/retry", first["id"]);
    admin.post(&again, &json!({})).await.ok(202);
    world.settle().await;
    world.later(TimeDelta::hours(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP SENT", "SMS SKIPPED"]);
    assert_eq!(texts(world, &admin).await.len(), 0);

    // Where it fails again there is no second one.
    world.faults(json!([no_whatsapp(&admin)])).await;
    let ticket = client.files("Scanner").await;
    world.settle().await;
    let many = admin.post("/api/notifications/retry", &json!({ "status": "FAILED" })).await.ok(202);
    assert_eq!(many["count"], 1, "{many}");
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS SENT"]);
    assert_eq!(texts(world, &admin).await.len(), 1);
}

async fn what_was_taken_back_goes_after_all(world: &mut World) {
    let admin = world.admin();
    let (ticket, message) = world.files_in_silence("Printer").await;
    let until = world.now() + TimeDelta::hours(2);
    let from = (world.now() - TimeDelta::hours(1)).format("%H:%M").to_string();
    let to = until.format("%H:%M").to_string();
    puts(&admin, json!({ "quiet_hours": { "from": from, "to": to, "time_zone": "UTC" } })).await;
    world.reports(Status::about(&message, "failed", world).because(131_026)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS QUEUED"]);
    world.faults(json!([no_whatsapp(&admin)])).await;
    let first = world.told(&admin, &ticket).await.pop().expect("a row");
    let again = format!("/api/notifications/{}/retry", first["id"]);
    admin.post(&again, &json!({})).await.ok(202);
    world.settle().await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP QUEUED", "SMS SKIPPED"]);
    world.later(until - world.now()).await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS SENT"]);
    assert_eq!(texts(world, &admin).await.len(), 1);
}

async fn each_way_is_tried_in_the_order_of_the_person(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    let path = "/api/tickets?dry_run=true";
    let would =
        admin.post(path, &super::world::draft("x", json!({ "client_id": client.id }))).await;
    assert_eq!(would.ok(200)["would_notify"][0]["channel"], "WHATSAPP");
    let ticket = client.files("First").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS SENT"]);
    world.faults(json!([sms(&admin, "ERROR", landline())])).await;
    let ticket = client.files("Second").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS FAILED", "WHATSAPP SENT"]);
    // Where every way fails, it ends.
    world.faults(json!([sms(&admin, "ERROR", landline()), no_whatsapp(&admin)])).await;
    let ticket = client.files("Third").await;
    world.settle().await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS FAILED", "WHATSAPP FAILED"]);
}

async fn a_person_who_can_be_reached_by_email_alone_is(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let sql = format!("UPDATE users SET whatsapp_verified_at = NULL WHERE id = {}", admin.id);
    world.changes_rows(&sql).await;
    let ticket = client.files("Alone").await;
    world.settle().await;
    let skipped = world.notification(&admin, &ticket).await;
    assert_eq!(skipped["skip_reason"], "number_unverified");
    has_email(world, &admin).await;
    let ticket = client.files("By letter").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["EMAIL SENT"]);
    // Sent anew, what could go no way before goes by the one that there is now.
    let again = format!("/api/notifications/{}/retry", skipped["id"]);
    admin.post(&again, &json!({})).await.ok(202);
    world.later(TimeDelta::seconds(5)).await;
    assert_eq!(world.log("channel=EMAIL&status=SENT").await.len(), 2);
    world.later(TimeDelta::hours(1)).await;
    let letters = world.log("channel=EMAIL").await;
    assert!(letters.iter().all(|it| it["receipt_overdue"] == false), "{letters:?}");
}

async fn what_waits_goes_another_way_once_its_own_is_shut(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let once = json!({ "number": admin.number(), "kind": "ERROR", "code": 131016, "times": 1 });
    world.faults(json!([once])).await;
    let ticket = client.files("Printer").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP QUEUED"]);
    puts(&admin, json!({ "channels": ["SMS"] })).await;
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP SKIPPED", "SMS SENT"]);
    world.later(TimeDelta::hours(1)).await;
    assert_eq!(texts(world, &admin).await.len(), 1);
}

async fn quiet_hours_hold_what_follows_too(world: &mut World) {
    let admin = world.admin();
    let (ticket, message) = world.files_in_silence("Late").await;
    let from = (world.now() - TimeDelta::hours(1)).format("%H:%M").to_string();
    let to = (world.now() + TimeDelta::hours(1)).format("%H:%M").to_string();
    puts(&admin, json!({ "quiet_hours": { "from": from, "to": to, "time_zone": "UTC" } })).await;
    world.reports(Status::about(&message, "failed", world).because(131_026)).await;
    world.later(TimeDelta::minutes(10)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS QUEUED"]);
    assert_eq!(world.told(&admin, &ticket).await[0]["attempts"], 0);
    world.later(TimeDelta::minutes(50)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP FAILED", "SMS SENT"]);
}
