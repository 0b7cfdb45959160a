//! For how long a number is trusted, and what more it takes where an admin's changes.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::codes::debug_otp;
use super::world::{Person, World, stories};

stories![
    a_number_of_somebody_who_is_silent_is_to_be_confirmed_anew,
    a_number_that_its_person_left_is_trusted_no_more,
    a_number_behind_which_is_another_is_trusted_no_more,
    an_admin_changes_their_number_soon_after_a_log_in,
    a_number_that_an_admin_has_just_confirmed_leads_to_no_password,
];

const ASK: &str = "/api/user/request-phone-verify";
const OTHER: &str = "+447700900777";

async fn is_trusted(world: &World, person: &Person) -> bool {
    let sql = format!(
        "SELECT count(*) FROM users WHERE id = {} AND whatsapp_verified_at IS NOT NULL \
         AND whatsapp_verified_by IS NOT NULL",
        person.id
    );
    world.count(&sql).await == 1
}

/// Confirms a number as theirs by the code that comes.
async fn confirms(person: &Person, number: &str) {
    let asked = person.post(ASK, &json!({ "phone_number": number })).await.ok(200);
    let entered = json!({ "code": asked["debug_otp"] });
    person.post("/api/user/verify-phone-code", &entered).await.ok(200);
}

async fn a_number_of_somebody_who_is_silent_is_to_be_confirmed_anew(world: &mut World) {
    let (client, dev, admin) = (world.client(), world.dev(), world.admin());
    let ann = world.person("ann", Role::Client, "+447700900201").await;
    let bob = world.person("bob", Role::Client, "+447700900202").await;
    let ticket = client.files("Slow").await;
    world.passes(TimeDelta::days(60));
    ann.logs_in().await;
    world.writes(&bob, "Still here").await;
    world.settle().await;
    world.passes(TimeDelta::days(29));
    world.desk().prune().await.expect("the database is there");
    assert!(is_trusted(world, &client).await, "it is not 90 days yet");
    world.passes(TimeDelta::days(2));
    world.desk().prune().await.expect("the database is there");
    assert!(!is_trusted(world, &client).await);
    assert!(is_trusted(world, &ann).await && is_trusted(world, &bob).await);
    assert!(is_trusted(world, &dev).await, "who works here is known to the admins");

    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let skipped = world.notification(&client, &ticket).await;
    assert_eq!(skipped["skip_reason"], "number_unverified");
    assert!(skipped["hint"].as_str().is_some_and(|hint| hint.contains("90 days")), "{skipped}");
    confirms(&client, client.number()).await;
    world.desk().prune().await.expect("the database is there");
    assert!(is_trusted(world, &client).await);
}

async fn a_number_that_its_person_left_is_trusted_no_more(world: &mut World) {
    let client = world.client();
    let system = |kind: &str, at: i64| {
        let told = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
            "field": "messages", "value": {
                "messaging_product": "whatsapp", "metadata": { "phone_number_id": "1" },
                "messages": [{
                    "from": client.number().trim_start_matches('+'), "id": format!("wamid.{kind}{at}"),
                    "timestamp": at.to_string(), "type": "system",
                    "system": { "type": kind, "body": "changed", "wa_id": "447700900778" },
                }],
            },
        }] }] });
        told.to_string()
    };
    for (kind, is_left) in [
        ("user_changed_number", true),
        ("customer_changed_number", true),
        ("customer_identity_changed", true),
        ("user_changed_user_id", false),
    ] {
        world.passes(TimeDelta::hours(2));
        let before = world.now().timestamp();
        world.passes(TimeDelta::minutes(1));
        confirms(&client, client.number()).await;
        world.passes(TimeDelta::minutes(1));
        assert_eq!(world.webhook(system(kind, before)).await.status, 200);
        world.settle().await;
        assert!(is_trusted(world, &client).await, "{kind} of before it was confirmed");
        assert_eq!(world.webhook(system(kind, world.now().timestamp())).await.status, 200);
        world.settle().await;
        assert_eq!(!is_trusted(world, &client).await, is_left, "{kind}");
    }
}

async fn a_number_behind_which_is_another_is_trusted_no_more(world: &mut World) {
    let admin = world.admin();
    world.faults(json!([{ "number": admin.number(), "kind": "FAILED_LATER", "code": 137_000, "times": 1 }])).await;
    let ticket = world.client().files("Whose").await;
    world.settle().await;
    let failed = world.notification(&admin, &ticket).await;
    assert_eq!((&failed["status"], &failed["error_code"]), (&json!("FAILED"), &json!(137_000)));
    assert!(!is_trusted(world, &admin).await);
}

async fn an_admin_changes_their_number_soon_after_a_log_in(world: &mut World) {
    let admin = world.admin();
    let refresh = admin.begins_a_session().await;
    world.passes(TimeDelta::minutes(16));
    let shown = json!({ "refresh_token": refresh });
    let refreshed = world.stranger().post("/api/auth/refresh", &shown).await.ok(200);
    let bearer = format!("Bearer {}", refreshed["access_token"].as_str().expect("a token"));
    let asks = async |body: Value| {
        let ask = world.stranger().ask(Method::POST, ASK).with("authorization", &bearer);
        ask.json(&body).send().await
    };
    for body in [
        json!({ "phone_number": OTHER }),
        json!({ "phone_number": OTHER, "channel": "sms" }),
        json!({ "phone_number": OTHER, "method": "reverse" }),
    ] {
        asks(body).await.refused(403, "log_in_again");
    }
    asks(json!({})).await.ok(200);
    let changes = async |path: &str, body: Value| {
        let ask = world.stranger().ask(Method::PATCH, path).with("authorization", &bearer);
        ask.json(&body).send().await
    };
    let own = format!("/api/users/{}", admin.id);
    for path in ["/api/auth/me", &own] {
        for body in [json!({ "email": "eve@example.com" }), json!({ "whatsapp_number": OTHER })] {
            changes(path, body).await.refused(403, "log_in_again");
        }
        changes(path, json!({ "full_name": "Person of that name" })).await.ok(200);
    }
    changes(&own, json!({ "role": "CLIENT" })).await.refused(403, "log_in_again");
    let other = format!("/api/users/{}", world.client().id);
    changes(&other, json!({ "email": "joan@example.com" })).await.ok(200);
    world.passes(TimeDelta::minutes(2));
    let again = admin.logs_in().await;
    let ask = world.stranger().ask(Method::POST, ASK);
    let ask = ask.with("authorization", &format!("Bearer {again}"));
    ask.json(&json!({ "phone_number": OTHER })).send().await.ok(200);
}

async fn a_number_that_an_admin_has_just_confirmed_leads_to_no_password(world: &mut World) {
    let admin = world.admin();
    confirms(&admin, OTHER).await;
    let begins = async || {
        let ask = json!({ "login": admin.username, "channel": "whatsapp" });
        world.stranger().post("/api/auth/password-reset/request", &ask).await.ok(202)
    };
    let enters = async |begun: &Value| {
        let body = json!({ "flow": begun["flow"], "code": debug_otp(begun) });
        world.stranger().post("/api/auth/password-reset/verify", &body).await
    };
    let codes = "SELECT count(*) FROM notification_log WHERE event = 'CODE_REQUESTED' \
                 AND status = 'SENT'";
    let begun = begins().await;
    world.settle().await;
    // The answer is the one of an account that is not there.
    enters(&begun).await.refused(422, "wrong_code");
    assert_eq!(world.count(codes).await, 1, "the one that confirmed the number");
    world.passes(TimeDelta::hours(24));
    let begun = begins().await;
    world.until("the code came", async || world.count(codes).await == 2).await;
    enters(&begun).await.ok(200);
}
