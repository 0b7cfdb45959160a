//! What people answer to a text message: enough, again, or that they asked for no code.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::codes::{NUMBER, debug_otp};
use super::fallback::{OWN, puts, sms, texts, ways};
use super::sms::{posts, signed};
use super::world::{Person, World, stories};

stories![
    a_word_to_a_text_message_counts_for_text_messages_alone,
    what_waits_as_a_text_message_goes_another_way,
    a_messaging_service_may_have_words_of_its_own,
    what_was_said_later_stands,
    a_code_comes_whatever_was_said_unless_twilio_refuses,
    who_did_not_ask_for_a_code_says_so_by_text_message,
];

const ASK: &str = "/api/user/request-phone-verify";

/// They send a text message to our number at Twilio, and it is read.
async fn texts_us(world: &World, number: &str, text: &str) {
    let read =
        "SELECT count(*) FROM webhook_events WHERE provider = 'twilio' AND state = 'PROCESSED'";
    world.settle().await;
    let before = world.count(read).await;
    let path = format!("/simulator/api/phones/{number}/replies");
    let said = json!({ "text": text, "provider": "twilio_sms" });
    world.stranger().ask(Method::POST, &path).json(&said).send().await.plain();
    world.until("it was read", async || world.count(read).await > before).await;
}

/// Files a ticket and says which ways its admin was told.
async fn told(world: &World, title: &str) -> Vec<String> {
    let ticket = world.client().files(title).await;
    world.settle().await;
    ways(world, &world.admin(), &ticket).await
}

async fn sms_way(admin: &Person) -> Value {
    admin.sees(OWN).await["ways"][0]["unusable_because"].clone()
}

async fn prefers_sms(world: &World) -> Person {
    let admin = world.admin();
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    admin
}

async fn a_word_to_a_text_message_counts_for_text_messages_alone(world: &mut World) {
    let admin = prefers_sms(world).await;
    for word in ["Stop", "cancel", "Baja."] {
        texts_us(world, admin.number(), word).await;
        assert_eq!(sms_way(&admin).await, "opted_out", "{word}");
        assert_eq!(told(world, word).await, ["WHATSAPP SENT"], "{word}");
        world.passes(TimeDelta::minutes(1));
        // An ordinary word takes nothing back.
        texts_us(world, admin.number(), "Is it ready?").await;
        assert_eq!(told(world, word).await, ["WHATSAPP SENT"], "{word}");
        texts_us(world, admin.number(), "START").await;
        assert_eq!(sms_way(&admin).await, Value::Null, "{word}");
        assert_eq!(told(world, word).await, ["SMS SENT"], "{word}");
        world.passes(TimeDelta::minutes(1));
    }
    let heard = format!(
        "SELECT count(*) FROM users WHERE id = {} AND whatsapp_heard_at IS NULL \
        AND opted_out_at IS NULL AND whatsapp_opt_in_at IS NOT NULL",
        admin.id
    );
    assert_eq!(world.count(&heard).await, 1, "nothing of it concerns WhatsApp");
    // A word on WhatsApp is about the number, and none to a text message takes that back.
    world.writes(&admin, "STOP").await;
    world.settle().await;
    world.passes(TimeDelta::minutes(1));
    texts_us(world, admin.number(), "START").await;
    assert_eq!(told(world, "Neither").await, ["SMS SKIPPED"]);
}

async fn what_waits_as_a_text_message_goes_another_way(world: &mut World) {
    let admin = prefers_sms(world).await;
    world.faults(json!([sms(&admin, "UNAVAILABLE", json!({ "times": 1 }))])).await;
    let ticket = world.client().files("Waits").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS QUEUED"]);
    texts_us(world, admin.number(), "stopall").await;
    world.later(TimeDelta::minutes(1)).await;
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS SKIPPED", "WHATSAPP SENT"]);
    assert_eq!(texts(world, &admin).await.len(), 0);
}

/// A message from somebody, as Twilio posts it.
async fn comes(world: &World, id: &str, from: &str, more: &[(&str, &str)]) {
    let mut fields = vec![("MessageSid", id), ("SmsStatus", "received"), ("From", from)];
    fields.extend(more);
    let mut url = reqwest::Url::parse("x:").expect("an address");
    url.query_pairs_mut().extend_pairs(&fields);
    let signature = signed(world, "", &fields);
    posts(world, "", Some(&signature), url.query().expect("fields")).await.taken();
    world.settle().await;
}

async fn a_messaging_service_may_have_words_of_its_own(world: &mut World) {
    let admin = prefers_sms(world).await;
    let number = admin.number().to_owned();
    for (minute, (kind, words, expected)) in [
        ("STOP", "Arrêt", json!("opted_out")),
        ("HELP", "START", json!("opted_out")),
        ("START", "Encore", Value::Null),
        ("HELP", "STOP", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        world.passes(TimeDelta::minutes(1));
        let more = [("OptOutType", kind), ("Body", words)];
        comes(world, &format!("SM{minute}"), &number, &more).await;
        assert_eq!(sms_way(&admin).await, expected, "{kind}");
    }
    // Nothing that a stranger says is about an account.
    comes(world, "SM5", "+447700900999", &[("Body", "STOP")]).await;
    comes(world, "SM6", "12345", &[("Body", "STOP")]).await;
    assert_eq!(sms_way(&admin).await, Value::Null);
}

async fn what_was_said_later_stands(world: &mut World) {
    let admin = prefers_sms(world).await;
    let number = admin.number().to_owned();
    comes(world, "SM1", &number, &[("Body", "STOP")]).await;
    world.passes(TimeDelta::minutes(1));
    comes(world, "SM2", &number, &[("Body", "START")]).await;
    world.passes(TimeDelta::minutes(1));
    // Posted again, perhaps with a field more, it is the message that is known.
    comes(world, "SM1", &number, &[("Body", "STOP"), ("New", "1")]).await;
    assert_eq!(world.count("SELECT count(*) FROM webhook_events").await, 2);
    let first = "SELECT min(id) FROM webhook_events";
    let again = format!("/api/webhooks/{}/replay", world.count(first).await);
    admin.post(&again, &json!({})).await.ok(202);
    world.settle().await;
    assert_eq!(sms_way(&admin).await, Value::Null);
    // So does what was chosen later.
    comes(world, "SM3", &number, &[("Body", "STOP")]).await;
    world.passes(TimeDelta::minutes(1));
    puts(&admin, json!({ "channels": ["SMS"] })).await;
    let last =
        format!("/api/webhooks/{}/replay", world.count("SELECT max(id) FROM webhook_events").await);
    admin.post(&last, &json!({})).await.ok(202);
    world.settle().await;
    assert_eq!(sms_way(&admin).await, Value::Null);
}

async fn a_code_comes_whatever_was_said_unless_twilio_refuses(world: &mut World) {
    let client = world.client();
    let number = client.number().to_owned();
    let ask = json!({ "phone_number": number, "channel": "sms" });
    // Twilio does not know this word, and sends on.
    texts_us(world, &number, "PARAR").await;
    client.post(ASK, &ask).await.ok(200);
    assert_eq!(texts(world, &client).await.len(), 1);
    world.passes(TimeDelta::minutes(2));
    texts_us(world, &number, "STOP").await;
    let problem = client.post(ASK, &ask).await.refused(502, "send_failed");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("#code-21610")), "{problem}");
}

async fn who_did_not_ask_for_a_code_says_so_by_text_message(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let ask = json!({ "phone_number": NUMBER, "channel": "sms" });
    let code = debug_otp(&jane.post(ASK, &ask).await.ok(200));
    texts_us(world, NUMBER, "I didn't request a code.").await;
    assert_eq!(world.log("event=CODE_NOT_REQUESTED").await.len(), 1);
    let entered = json!({ "code": code });
    jane.post("/api/user/verify-phone-code", &entered).await.refused(422, "wrong_code");
    world.passes(TimeDelta::minutes(2));
    jane.post(ASK, &ask).await.refused(429, "codes_used_up");
}
