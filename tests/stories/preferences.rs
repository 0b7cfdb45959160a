//! How people want to be told: over which channels, of what not, and when not.
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Person, World, instant, stories};

stories![
    somebody_chooses_how_they_are_told_and_an_admin_for_others,
    each_flaw_of_a_choice_is_named,
    in_quiet_hours_only_what_is_critical_comes,
    what_a_newer_state_has_overtaken_does_not_come_after_the_quiet_hours,
    what_waits_follows_a_new_choice,
    quiet_hours_are_kept_by_what_is_tried_again,
    nobody_hears_of_what_they_muted_and_codes_come_all_the_same,
    whoever_leaves_every_channel_out_hears_nothing,
    whoever_has_no_number_is_told_why_each_way_is_shut,
];

const OWN: &str = "/api/auth/me/preferences";

async fn puts(person: &Person, path: &str, body: Value) -> Answer {
    person.ask(Method::PUT, path).await.json(&body).send().await
}

/// From now on they are not to be disturbed for an hour; says until when.
async fn asks_for_quiet(world: &World, person: &Person) -> DateTime<Utc> {
    let until = world.now() + TimeDelta::hours(1);
    let until = until.with_second(0).and_then(|at| at.with_nanosecond(0)).expect("a minute");
    let from = (world.now() - TimeDelta::hours(1)).format("%H:%M").to_string();
    let quiet =
        json!({ "from": from, "to": until.format("%H:%M").to_string(), "time_zone": "UTC" });
    puts(person, OWN, json!({ "quiet_hours": quiet })).await.ok(200);
    until
}

async fn somebody_chooses_how_they_are_told_and_an_admin_for_others(world: &mut World) {
    let (admin, client, dev) = (world.admin(), world.client(), world.dev());
    let usual = client.sees(OWN).await;
    assert_eq!(usual["channels"], json!(["WHATSAPP", "SMS", "EMAIL"]));
    assert_eq!((&usual["muted_events"], &usual["quiet_hours"]), (&json!([]), &Value::Null));
    assert_eq!(
        usual["ways"][0],
        json!({ "channel": "WHATSAPP", "to": client.number(), "unusable_because": null })
    );

    let chosen = json!({
        "channels": ["EMAIL", "WHATSAPP"], "muted_events": ["COMMENT_ADDED"],
        "quiet_hours": { "from": "22:00", "to": "07:00", "time_zone": "Asia/Dhaka" },
    });
    let shown = puts(&client, OWN, chosen.clone()).await.ok(200);
    for field in ["channels", "muted_events", "quiet_hours"] {
        assert_eq!(shown[field], chosen[field], "{field}");
    }
    assert_eq!(client.sees(OWN).await, shown);
    let of_client = format!("/api/users/{}/preferences", client.id);
    assert_eq!(admin.sees(&of_client).await, shown);
    // The others choose for themselves alone.
    assert_eq!(dev.get(&of_client).await.status, 403);
    assert_eq!(puts(&dev, &of_client, json!({})).await.status, 403);
    assert_eq!(admin.get("/api/users/999999/preferences").await.status, 404);
    assert_eq!(puts(&admin, "/api/users/999999/preferences", json!({})).await.status, 404);

    // What is left out goes back to what it was for whoever chose nothing.
    assert_eq!(puts(&admin, &of_client, json!({})).await.ok(200), usual);
    assert_eq!(client.sees(OWN).await, usual);

    let gone = world.person("gone", Role::Client, "+15550100099").await;
    puts(&gone, OWN, chosen).await.ok(200);
    admin.delete(&format!("/api/users/{}", gone.id)).await.done();
    let refused = puts(&admin, &format!("/api/users/{}/preferences", gone.id), json!({})).await;
    refused.refused(409, "erased");
    world.stands_nowhere("Asia/Dhaka").await;
}

async fn each_flaw_of_a_choice_is_named(world: &mut World) {
    let client = world.client();
    let flawed = json!({
        "channels": ["FAX", "SMS", "SMS"], "muted_events": ["CODE_REQUESTED"],
        "quiet_hours": { "from": "25:00", "to": "07:00", "time_zone": "Europe/Nowhere" },
    });
    let problem = puts(&client, OWN, flawed).await.refused(422, "invalid");
    let errors = problem["errors"].as_array().expect("errors").iter();
    let named: Vec<String> =
        errors.map(|it| format!("{} {}", it["field"], it["code"]).replace('"', "")).collect();
    assert_eq!(
        named,
        [
            "channels unknown_value",
            "channels given_twice",
            "muted_events always_told",
            "quiet_hours.from time",
            "quiet_hours.time_zone time_zone",
        ]
    );
    for (body, field) in [
        (json!({ "channel": ["SMS"] }), "channel"),
        (json!({ "channels": "SMS" }), "channels"),
        (json!({ "channels": vec!["SMS"; 1000] }), "channels"),
        (
            json!({ "quiet_hours": { "from": "07:00", "to": "07:00", "time_zone": "UTC" } }),
            "quiet_hours.to",
        ),
        (json!({ "quiet_hours": { "from": "07:00", "to": "08:00" } }), "quiet_hours.time_zone"),
    ] {
        let problem = puts(&client, OWN, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
    }
    assert_eq!(client.sees(OWN).await["channels"], json!(["WHATSAPP", "SMS", "EMAIL"]));
}

async fn in_quiet_hours_only_what_is_critical_comes(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let until = asks_for_quiet(world, &admin).await;
    let ticket = client.files("Printer").await;
    client.files_with("Fire", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    world.later(TimeDelta::minutes(1)).await;
    assert_eq!(world.ledger_of(&admin).await.len(), 1, "the fire alone");
    let waits = world.notification(&admin, &ticket).await;
    assert_eq!((&waits["status"], &waits["attempts"]), (&json!("QUEUED"), &json!(0)));
    assert_eq!(instant(&waits["next_attempt_at"]), until);
    let hint = waits["hint"].as_str().expect("a hint");
    assert!(hint.contains("quiet hours"), "{hint}");

    world.later(until - world.now() - TimeDelta::seconds(1)).await;
    assert_eq!(world.ledger_of(&admin).await.len(), 1, "not a second too soon");
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "SENT");
    assert_eq!(world.ledger_of(&admin).await.len(), 2);
}

async fn what_a_newer_state_has_overtaken_does_not_come_after_the_quiet_hours(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let until = asks_for_quiet(world, &client).await;
    let ticket = client.files("Printer").await;
    admin.does("open", &ticket, json!({})).await;
    world.later(TimeDelta::minutes(2)).await;
    admin.does("reject", &ticket, json!({ "reason": "It was unplugged" })).await;
    world.later(TimeDelta::minutes(15)).await;
    world.later(until - world.now()).await;
    let told = world.told(&client, &ticket).await;
    let told: Vec<_> =
        told.iter().map(|it| (&it["event"], &it["status"], &it["skip_reason"])).collect();
    assert_eq!(
        told,
        [
            (&json!("TICKET_REJECTED"), &json!("SENT"), &Value::Null),
            (&json!("TICKET_OPENED"), &json!("SKIPPED"), &json!("superseded")),
        ]
    );
    // What is CRITICAL by now is not held up by what waited before.
    asks_for_quiet(world, &client).await;
    let ticket = client.files("Smoke").await;
    admin.does("open", &ticket, json!({})).await;
    let path = format!("/api/tickets/{}", ticket["id"]);
    admin.patch(&path, &json!({ "priority": "CRITICAL" })).await.ok(200);
    admin.does("reject", &ticket, json!({ "reason": "A toaster" })).await;
    world.settle().await;
    world.later(TimeDelta::seconds(10)).await;
    let told = world.told(&client, &ticket).await;
    let told: Vec<_> = told.iter().map(|it| (&it["event"], &it["status"])).collect();
    assert_eq!(
        told,
        [(&json!("TICKET_REJECTED"), &json!("SENT")), (&json!("TICKET_OPENED"), &json!("QUEUED")),]
    );
}

async fn what_waits_follows_a_new_choice(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    asks_for_quiet(world, &admin).await;
    let first = client.files("Printer").await;
    world.settle().await;
    puts(&admin, OWN, json!({ "muted_events": ["TICKET_CREATED"] })).await.ok(200);
    let skipped = world.notification(&admin, &first).await;
    assert_eq!((&skipped["status"], &skipped["skip_reason"]), (&json!("SKIPPED"), &json!("muted")));

    asks_for_quiet(world, &admin).await;
    let second = client.files("Scanner").await;
    world.settle().await;
    assert_eq!(world.notification(&admin, &second).await["status"], "QUEUED");
    puts(&admin, OWN, json!({})).await.ok(200);
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(world.notification(&admin, &second).await["status"], "SENT");
}

async fn quiet_hours_are_kept_by_what_is_tried_again(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let once = json!({ "number": admin.number(), "kind": "ERROR", "code": 131016, "times": 1 });
    world.faults(json!([once])).await;
    let ticket = client.files("Printer").await;
    world.settle().await;
    let waits = world.notification(&admin, &ticket).await;
    assert_eq!((&waits["status"], &waits["attempts"]), (&json!("QUEUED"), &json!(1)));
    let until = asks_for_quiet(world, &admin).await;
    world.later(TimeDelta::minutes(1)).await;
    let waits = world.notification(&admin, &ticket).await;
    assert_eq!((&waits["status"], &waits["attempts"]), (&json!("QUEUED"), &json!(1)), "{waits}");
    assert_eq!(instant(&waits["next_attempt_at"]), until);
    world.later(until - world.now()).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "SENT");
}

async fn nobody_hears_of_what_they_muted_and_codes_come_all_the_same(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    puts(&admin, OWN, json!({ "muted_events": ["TICKET_CREATED"] })).await.ok(200);
    let path = "/api/tickets?dry_run=true";
    let would = client.post(path, &super::world::draft("Printer", json!({}))).await.ok(200);
    assert_eq!(would["would_notify"][0]["skipped_because"], "muted");
    let ticket = client.files("Printer").await;
    world.settle().await;
    let skipped = world.notification(&admin, &ticket).await;
    assert_eq!((&skipped["status"], &skipped["skip_reason"]), (&json!("SKIPPED"), &json!("muted")));
    assert_eq!(skipped["to"], admin.number());
    assert!(skipped["hint"].is_string());
    // Sending it anew changes nothing about that.
    let again = format!("/api/notifications/{}/retry", skipped["id"]);
    assert_eq!(admin.post(&again, &json!({})).await.ok(202)["skip_reason"], "muted");

    asks_for_quiet(world, &client).await;
    puts(&client, OWN, json!({ "channels": [] })).await.ok(200);
    let ask = json!({ "phone_number": client.number() });
    client.post("/api/user/request-phone-verify", &ask).await.ok(200);
    world.settle().await;
    assert_eq!(world.ledger_of(&client).await.len(), 1, "the code came");
}

async fn whoever_leaves_every_channel_out_hears_nothing(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    puts(&admin, OWN, json!({ "channels": [] })).await.ok(200);
    assert_eq!(admin.sees(OWN).await["ways"], json!([]));
    let ticket = client.files_with("Fire", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    let skipped = world.notification(&admin, &ticket).await;
    assert_eq!(skipped["skip_reason"], "opted_out");
    assert_eq!(world.ledger_of(&admin).await.len(), 0);
}

async fn whoever_has_no_number_is_told_why_each_way_is_shut(world: &mut World) {
    let nora = world.opens_account("nora", Role::Client, None).await;
    let ways = nora.sees(OWN).await["ways"].clone();
    assert_eq!(
        ways[0],
        json!({ "channel": "WHATSAPP", "to": null, "unusable_because": "no_number" })
    );
    assert_eq!(
        ways[2],
        json!({ "channel": "EMAIL", "to": "nora@example.com", "unusable_because": "email_unverified" })
    );
}
