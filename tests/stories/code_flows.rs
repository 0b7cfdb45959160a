//! What codes are good for besides one's number: opening an account, the way round through WhatsApp,
//! codes of other systems, another password; and where one is logged in.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::{Value, json};

use super::codes::{NUMBER, debug_otp, wrong};
use super::world::{Answer, World, stories};

stories![
    an_account_is_opened_by_the_code_that_came,
    each_request_is_a_registration_of_its_own,
    of_fifty_who_open_one_account_one_does,
    nobody_is_told_whether_there_is_an_account,
    a_code_is_sent_once_more_and_lengthens_nothing,
    a_number_is_confirmed_by_writing_to_us,
    from_another_number_a_code_does_nothing,
    whoever_was_switched_off_confirms_nothing_any_more,
    who_did_not_ask_is_left_alone,
    a_number_that_was_changed_hears_of_it,
];

fn registration(username: &str, email: &str, password: &str) -> Value {
    json!({
        "email": email, "otp_method": "whatsapp", "mobile": NUMBER, "username": username,
        "first_name": "Jane", "last_name": "Doe", "password": password,
    })
}

async fn begins(world: &World, body: &Value) -> Answer {
    world.stranger().post("/api/accounts/request-otp", body).await
}

async fn enters(world: &World, email: &str, code: &str) -> Answer {
    let body = json!({ "email": email, "otp": code });
    world.stranger().post("/api/accounts/verify-otp", &body).await
}

async fn writes(world: &World, number: &str, text: &str) {
    let path = format!("/simulator/api/phones/{number}/replies");
    let ask = world.stranger().ask(reqwest::Method::POST, &path);
    let answer = ask.json(&json!({ "text": text })).send().await;
    assert!(answer.status < 300, "{}", answer.text());
}

async fn an_account_is_opened_by_the_code_that_came(world: &mut World) {
    let body = registration("jane", "Jane@Example.com", "correct horse battery");
    let asked = begins(world, &body).await.ok(200);
    assert_eq!(asked["message"], "OTP sent to your WhatsApp");
    assert_eq!(world.count("SELECT count(*) FROM users WHERE username = 'jane'").await, 0);
    let code = debug_otp(&asked);
    world.stands_nowhere(&code).await;
    world.stands_nowhere("correct horse").await;
    enters(world, "jane@example.com", &wrong(&code)).await.refused(422, "wrong_code");
    enters(world, "joe@example.com", &code).await.refused(422, "wrong_code");
    let done = enters(world, "jane@example.com", &code).await.ok(200);
    assert_eq!(done["message"], "Registration successful");
    let expected = json!({
        "id": done["user"]["id"], "email": "jane@example.com", "username": "jane",
        "first_name": "Jane", "last_name": "Doe", "is_verified": true,
    });
    assert_eq!(done["user"], expected);
    let bearer = format!("Bearer {}", done["token"].as_str().expect("a token"));
    let me = world.stranger().ask(reqwest::Method::GET, "/api/auth/me");
    let me = me.with("authorization", &bearer).send().await.ok(200);
    assert_eq!(me["full_name"], "Jane Doe");
    assert_eq!(me["role"], "CLIENT");
    assert_eq!(me["whatsapp_number"], NUMBER);
    assert_eq!(me["whatsapp_verified_by"], "CODE");
    let verified = "SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL";
    assert_eq!(world.count(verified).await, 0, "the e-mail was not asked");
    enters(world, "jane@example.com", &code).await.refused(422, "wrong_code");
    let flaws = begins(world, &json!({ "otp_method": "whatsapp", "role": "ADMIN" })).await.flaws();
    assert_eq!(flaws.len(), 1, "what is unknown is told first");
    assert_eq!(begins(world, &json!({ "otp_method": "sms" })).await.flaws().len(), 6);
}

async fn each_request_is_a_registration_of_its_own(world: &mut World) {
    let email = "jane@example.com";
    let hers = begins(world, &registration("jane", email, "the password of Jane")).await.ok(200);
    let mut other = registration("mallory", email, "mallory's password");
    other["mobile"] = json!("+447700900555");
    let other = begins(world, &other).await;
    let other = debug_otp(&other.ok(200));
    if other == debug_otp(&hers) {
        return;
    }
    let done = enters(world, email, &debug_otp(&hers)).await.ok(200);
    assert_eq!(done["user"]["username"], "jane");
    let credentials = json!({ "username": email, "password": "the password of Jane" });
    world.stranger().post("/api/auth/login", &credentials).await.ok(200);
    // The other one finds the e-mail taken.
    enters(world, email, &other).await.refused(409, "email_taken");
    // Five tries count over all that is pending.
    let email = "joe@example.com";
    let mut one = registration("joe", email, "the password of Joe");
    one["mobile"] = json!("+447700900555");
    let one = debug_otp(&begins(world, &one).await.ok(200));
    for _ in 0..3 {
        enters(world, email, &wrong(&one)).await.refused(422, "wrong_code");
    }
    let mut two = registration("joe2", email, "the password of Joe");
    two["mobile"] = json!("+447700900555");
    let two = debug_otp(&begins(world, &two).await.ok(200));
    let neither = wrong(&wrong(if wrong(&one) == two { &two } else { &one }));
    for _ in 0..2 {
        enters(world, email, &neither).await.refused(422, "wrong_code");
    }
    enters(world, email, &one).await.refused(422, "wrong_code");
    enters(world, email, &two).await.refused(422, "wrong_code");
}

async fn of_fifty_who_open_one_account_one_does(world: &mut World) {
    let email = "jane@example.com";
    let asked = begins(world, &registration("jane", email, "correct horse battery")).await.ok(200);
    let code = debug_otp(&asked);
    let answers = join_all((0..50).map(|_| enters(world, email, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(world.count("SELECT count(*) FROM users WHERE username = 'jane'").await, 1);
}

async fn nobody_is_told_whether_there_is_an_account(world: &mut World) {
    let client = world.client();
    let mut known = registration(&client.username, "client@example.com", "correct horse battery");
    let unknown = registration("jane", "jane@example.com", "correct horse battery");
    known["mobile"] = json!("+447700900555");
    let (one, two) = (begins(world, &known).await, begins(world, &unknown).await);
    let plain = |answer: &Answer| {
        let mut body = answer.json();
        body["debug_otp"] = json!("");
        (answer.status, body)
    };
    assert_eq!(plain(&one), plain(&two));
    let resend = json!({ "email": "nobody@example.com", "otp_method": "whatsapp" });
    let none = world.stranger().post("/api/accounts/resend-otp", &resend).await.ok(200);
    assert_eq!(none["message"], one.json()["message"]);
    let email = json!({ "login": "client@example.com", "channel": "whatsapp" });
    let nobody = json!({ "login": "nobody@example.com", "channel": "whatsapp" });
    let path = "/api/auth/password-reset/request";
    let one = world.stranger().post(path, &email).await.ok(202);
    let two = world.stranger().post(path, &nobody).await.ok(202);
    assert_eq!(one["message"], two["message"]);
    assert_eq!(one.as_object().map(|it| it.len()), two.as_object().map(|it| it.len()));
}

async fn a_code_is_sent_once_more_and_lengthens_nothing(world: &mut World) {
    let email = "jane@example.com";
    let first = begins(world, &registration("jane", email, "correct horse battery")).await.ok(200);
    let resend = json!({ "email": email, "otp_method": "whatsapp" });
    let path = "/api/accounts/resend-otp";
    world.stranger().post(path, &resend).await.refused(429, "code_too_soon");
    world.passes(TimeDelta::minutes(9));
    let second = debug_otp(&world.stranger().post(path, &resend).await.ok(200));
    if second != debug_otp(&first) {
        enters(world, email, &debug_otp(&first)).await.refused(422, "wrong_code");
    }
    world.passes(TimeDelta::minutes(1));
    enters(world, email, &second).await.refused(422, "wrong_code");
}

async fn asks_the_other_way_round(world: &World, person: &super::world::Person) -> Value {
    let body = json!({ "phone_number": NUMBER, "method": "reverse" });
    let shown = person.post("/api/user/request-phone-verify", &body).await.ok(200);
    let link = format!("https://wa.me/15550001111?text={}", shown["code"].as_str().expect("code"));
    assert_eq!(shown["wa_link"], link.as_str());
    assert!(world.log("event=CODE_REQUESTED").await.is_empty(), "nothing is sent");
    shown
}

async fn a_number_is_confirmed_by_writing_to_us(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let shown = asks_the_other_way_round(world, &jane).await;
    writes(world, NUMBER, shown["code"].as_str().expect("a code")).await;
    world
        .until("the number is confirmed", async || {
            jane.sees("/api/auth/me").await["whatsapp_verified_by"] == "REVERSE_CODE"
        })
        .await;
    world.settle().await;
    let me = jane.sees("/api/auth/me").await;
    assert_eq!(me["whatsapp_number"], NUMBER);
    let log = world.log("event=NUMBER_CONFIRMED").await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["status"], "SENT");
}

async fn from_another_number_a_code_does_nothing(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let shown = asks_the_other_way_round(world, &jane).await;
    let code = shown["code"].as_str().expect("a code").to_owned();
    writes(world, "+447700900555", &code).await;
    writes(world, NUMBER, &wrong(&code)).await;
    let read = "SELECT count(*) FROM webhook_events WHERE state = 'RECEIVED'";
    world.until("both were read", async || world.count(read).await == 0).await;
    world.settle().await;
    assert_eq!(jane.sees("/api/auth/me").await["whatsapp_number"], Value::Null);
    // Nor does a code of this kind confirm anything by being entered.
    let enter = json!({ "code": code });
    jane.post("/api/user/verify-phone-code", &enter).await.refused(422, "wrong_code");
    world.passes(TimeDelta::minutes(10));
    writes(world, NUMBER, &code).await;
    world.until("it was read", async || world.count(read).await == 0).await;
    world.settle().await;
    assert_eq!(jane.sees("/api/auth/me").await["whatsapp_number"], Value::Null);
}

async fn whoever_was_switched_off_confirms_nothing_any_more(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let shown = asks_the_other_way_round(world, &jane).await;
    let place = format!("/api/users/{}", jane.id);
    let admin = world.admin();
    admin.patch(&place, &json!({ "is_active": false })).await.ok(200);
    writes(world, NUMBER, shown["code"].as_str().expect("a code")).await;
    // It was read once and for all: nothing is tried again.
    let read = "SELECT count(*) FROM webhook_events WHERE state = 'RECEIVED'";
    world.until("it was read", async || world.count(read).await == 0).await;
    world.settle().await;
    assert_eq!(admin.sees(&place).await["whatsapp_number"], Value::Null);
}

async fn who_did_not_ask_is_left_alone(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let ask = json!({ "phone_number": NUMBER });
    let path = "/api/user/request-phone-verify";
    let code = debug_otp(&jane.post(path, &ask).await.ok(200));
    writes(world, NUMBER, "I didn’t request a code").await;
    world
        .until("admins know", async || !world.log("event=CODE_NOT_REQUESTED").await.is_empty())
        .await;
    world.settle().await;
    let told = world.log("event=CODE_NOT_REQUESTED").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["recipient"]["id"], world.admin().id);
    assert!(!told[0]["body"].as_str().expect("a body").contains(NUMBER));
    let enter = json!({ "code": code });
    jane.post("/api/user/verify-phone-code", &enter).await.refused(422, "wrong_code");
    world.passes(TimeDelta::hours(23));
    jane.post(path, &ask).await.refused(429, "codes_used_up");
    world.passes(TimeDelta::hours(2));
    jane.post(path, &ask).await.ok(200);
}

async fn a_number_that_was_changed_hears_of_it(world: &mut World) {
    let client = world.client();
    client.patch("/api/auth/me", &json!({ "whatsapp_number": NUMBER })).await.ok(200);
    let log = world.log("event=NUMBER_CHANGED").await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["to"], client.number());
    client.patch("/api/auth/me", &json!({ "whatsapp_number": null })).await.ok(200);
    assert_eq!(world.log("event=NUMBER_CHANGED").await.len(), 1, "it was not confirmed");
}
