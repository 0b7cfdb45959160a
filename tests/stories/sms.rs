//! One-time codes by SMS over Twilio: on the phone, in the log, and what Twilio tells of them.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use super::world::{Answer, OutsideSimulator, Person, World, stories};

stories![
    a_code_comes_by_sms_and_confirms_the_number,
    an_account_is_opened_by_a_code_by_sms,
    a_code_of_another_system_goes_by_sms,
    news_before_the_answer_finds_its_row,
    a_lost_answer_is_settled_by_news,
    a_forged_callback_is_turned_away,
    what_twilio_refuses_is_told_with_what_to_do,
    what_fails_later_is_told_with_what_to_do,
    an_account_that_twilio_does_not_know_pauses_and_goes_on,
    a_messaging_service_goes_before_a_number,
];

const ASK: &str = "/api/user/request-phone-verify";
const ENTER: &str = "/api/user/verify-phone-code";
const NUMBER: &str = "+447700900123";
const ACCOUNT: &str = "AC00000000000000000000000000000001";

impl Person {
    async fn asks_by_sms(&self) -> Answer {
        self.post(ASK, &json!({ "phone_number": NUMBER, "channel": "sms" })).await
    }
}

async fn jane(world: &World) -> Person {
    world.opens_account("jane", Role::Client, None).await
}

fn debug_otp(answer: &Value) -> String {
    answer["debug_otp"].as_str().expect("a code that is shown").to_owned()
}

/// The SMS on the phone.
async fn texts(world: &World) -> Vec<String> {
    let path = format!("/simulator/api/phones/{NUMBER}/messages");
    let page = world.stranger().get(&path).await.plain();
    let items = page["items"].as_array().expect("messages").iter();
    let texts = items.filter(|it| it["channel"] == "SMS");
    texts.map(|it| it["body"].as_str().expect("words").to_owned()).collect()
}

/// The newest row of the log that went by SMS.
async fn newest(world: &World) -> Value {
    world.log("channel=SMS").await.remove(0)
}

async fn becomes(world: &World, field: &str, expected: &str) -> Value {
    world
        .until(&format!("{field} is {expected}"), async || {
            newest(world).await[field].as_str() == Some(expected)
        })
        .await;
    newest(world).await
}

async fn fault(world: &World, mut fault: Value) {
    (fault["number"], fault["provider"]) = (json!(NUMBER), json!("twilio_sms"));
    world.faults(json!([fault])).await;
}

async fn a_code_comes_by_sms_and_confirms_the_number(world: &mut World) {
    let jane = jane(world).await;
    let asked = jane.asks_by_sms().await.ok(200);
    let code = debug_otp(&asked);
    let words = format!("Your Deskbell verification code is: {code}. Valid for 10 minutes.");
    assert_eq!(texts(world).await, [words]);
    let row = becomes(world, "receipt", "DELIVERED").await;
    assert_eq!((&row["channel"], &row["provider"]), (&json!("SMS"), &json!("twilio")));
    assert_eq!((&row["status"], &row["to"]), (&json!("SENT"), &json!(NUMBER)));
    assert!(row["provider_message_id"].as_str().is_some_and(|sid| sid.starts_with("SM")));
    assert!(!row["body"].as_str().expect("words").contains(&code), "{row}");
    world.stands_nowhere(&code).await;
    jane.post(ENTER, &json!({ "code": code })).await.ok(200);
    assert_eq!(jane.sees("/api/auth/me").await["whatsapp_number"], NUMBER);
    let page = world.admin().sees("/api/channels").await;
    let sms = page["items"].as_array().expect("channels").iter().find(|it| it["channel"] == "SMS");
    let sms = sms.expect("SMS");
    assert_eq!((&sms["provider"], &sms["state"]), (&json!("twilio"), &json!("SIMULATED")));
    for something in ["last_sent_at", "last_receipt_at", "last_webhook_at"] {
        assert!(sms[something].is_string(), "{sms}");
    }
}

async fn an_account_is_opened_by_a_code_by_sms(world: &mut World) {
    let asked = json!({
        "email": "joe@example.com", "otp_method": "sms", "mobile": NUMBER, "username": "joe",
        "first_name": "Joe", "last_name": "Doe", "password": "correct horse battery",
    });
    let asked = world.stranger().post("/api/accounts/request-otp", &asked).await.ok(200);
    let entered = json!({ "email": "joe@example.com", "otp": debug_otp(&asked) });
    let opened = world.stranger().post("/api/accounts/verify-otp", &entered).await.ok(200);
    assert_eq!(opened["user"]["username"], "joe");
}

async fn a_code_of_another_system_goes_by_sms(world: &mut World) {
    world.restarts_with(vec![("PIONEER_FLAG_MOCK_OTP_ENABLED", "false".to_owned())]).await;
    let body = json!({ "to_phone": NUMBER, "otp": "482913" });
    let sent = world.admin().post("/api/v1/external/sms/otp", &body).await.ok(200);
    assert_eq!((&sent["data"]["status"], &sent["data"]["mock"]), (&json!("sent"), &json!(false)));
    assert_eq!(sent["data"]["provider"], "twilio");
    assert!(texts(world).await[0].contains("482913"));
    let id = sent["data"]["message_id"].as_str().expect("an id").to_owned();
    becomes(world, "receipt", "DELIVERED").await;
    let state = world.admin().sees(&format!("/api/v1/external/sms/otp/{id}")).await;
    assert_eq!(state["data"]["status"], "delivered", "{state}");
    world.stands_nowhere("482913").await;
}

async fn news_before_the_answer_finds_its_row(world: &mut World) {
    fault(world, json!({ "kind": "EARLY" })).await;
    jane(world).await.asks_by_sms().await.ok(200);
    let row = becomes(world, "receipt", "DELIVERED").await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(1)));
    assert_eq!(world.count("SELECT count(*) FROM unplaced_reports").await, 0);
}

async fn a_lost_answer_is_settled_by_news(world: &mut World) {
    fault(world, json!({ "kind": "CUT" })).await;
    let asked = jane(world).await.asks_by_sms().await;
    assert!([200, 202].contains(&asked.status), "{}", asked.text());
    let row = becomes(world, "receipt", "DELIVERED").await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(1)));
    assert_eq!(texts(world).await.len(), 1, "a code is never sent blindly");
}

/// As Twilio signs it, by the secret that every process of an installation derives.
pub(super) fn signed(world: &World, query: &str, fields: &[(&str, &str)]) -> String {
    let mac = |key: &[u8], said: &[u8]| {
        let mut mac: Hmac<sha2::Sha256> = Hmac::new_from_slice(key).expect("a key");
        mac.update(said);
        hex::encode(mac.finalize().into_bytes())
    };
    let token = mac(super::world::SECRET_KEY.as_bytes(), b"simulated twilio auth token");
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let said: String = fields.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let url = format!("{}/webhook/twilio{query}", world.stranger().base());
    let mut mac: Hmac<Sha1> = Hmac::new_from_slice(token.as_bytes()).expect("a key");
    mac.update(format!("{url}{said}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(super) async fn posts(
    world: &World,
    query: &str,
    signature: Option<&str>,
    body: &str,
) -> Answer {
    let ask = world.stranger().ask(Method::POST, &format!("/webhook/twilio{query}"));
    let ask = ask.with("content-type", "application/x-www-form-urlencoded");
    let ask = match signature {
        Some(signature) => ask.with("x-twilio-signature", signature),
        None => ask,
    };
    ask.bytes(body.as_bytes().to_vec()).send().await
}

async fn a_forged_callback_is_turned_away(world: &mut World) {
    fault(world, json!({ "kind": "NO_STATUS" })).await;
    jane(world).await.asks_by_sms().await.ok(200);
    let sid = newest(world).await["provider_message_id"].as_str().expect("an id").to_owned();
    let fields = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered")];
    let body = format!("MessageSid={sid}&MessageStatus=delivered");
    let good = signed(world, "", &fields);
    let other = signed(world, "?n=1", &fields);
    for signature in [None, Some(""), Some("AAAA"), Some("not base64 at all"), Some(&*other)] {
        posts(world, "", signature, &body).await.refused(401, "bad_signature");
    }
    let changed = body.replace("delivered", "failed");
    posts(world, "", Some(&good), &changed).await.refused(401, "bad_signature");
    posts(world, "?n=1", Some(&good), &body).await.refused(401, "bad_signature");
    assert_eq!(world.count("SELECT count(*) FROM webhook_events").await, 0);
    assert_eq!(newest(world).await["receipt"], Value::Null);
    for _ in 0..3 {
        posts(world, "", Some(&good), &body).await.taken();
    }
    becomes(world, "receipt", "DELIVERED").await;
    world.settle().await;
    assert_eq!(world.count("SELECT count(*) FROM webhook_events").await, 1);
    let kept = world.admin().sees("/api/webhooks?provider=twilio").await;
    assert_eq!(kept["items"][0]["state"], "PROCESSED", "{kept}");
}

async fn what_twilio_refuses_is_told_with_what_to_do(world: &mut World) {
    for (minute, (code, word)) in
        [(21211, "`+`"), (21408, "Geo permissions"), (21610, "START"), (21614, "mobile number")]
            .into_iter()
            .enumerate()
    {
        let person = world.opens_account(&format!("jane{minute}"), Role::Client, None).await;
        fault(world, json!({ "kind": "ERROR", "code": code })).await;
        let problem = person.asks_by_sms().await.refused(502, "send_failed");
        let hint = problem["hint"].as_str().expect("a hint");
        assert!(hint.contains(word) && hint.contains(&format!("#code-{code}")), "{hint}");
        assert!(problem.get("debug_otp").is_none());
        let row = newest(world).await;
        assert_eq!((&row["status"], &row["error_code"]), (&json!("FAILED"), &json!(code)));
        let said = row["error_message"].as_str().expect("words");
        assert!(!said.contains("447700900123"), "{said}");
        assert_eq!(row["hint"], hint);
    }
}

async fn what_fails_later_is_told_with_what_to_do(world: &mut World) {
    fault(world, json!({ "kind": "FAILED_LATER", "code": 30007 })).await;
    jane(world).await.asks_by_sms().await.ok(200);
    let row = becomes(world, "status", "FAILED").await;
    assert_eq!(row["error_code"], 30007);
    assert!(row["hint"].as_str().is_some_and(|hint| hint.contains("A2P 10DLC")), "{row}");
}

async fn sms(world: &World) -> Value {
    let page = world.admin().sees("/api/channels").await;
    let items = page["items"].as_array().expect("channels").clone();
    items.into_iter().find(|it| it["channel"] == "SMS").expect("SMS")
}

async fn an_account_that_twilio_does_not_know_pauses_and_goes_on(world: &mut World) {
    let jane = jane(world).await;
    fault(world, json!({ "kind": "TOKEN_EXPIRED", "times": 1 })).await;
    let asked = jane.asks_by_sms().await.ok(202);
    assert_eq!(asked["status"], "queued");
    let paused = sms(world).await;
    assert_eq!((&paused["state"], &paused["paused"]["code"]), (&json!("PAUSED"), &json!(20003)));
    let hint = paused["paused"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("TWILIO_AUTH_TOKEN"), "{hint}");
    assert_eq!(texts(world).await, Vec::<String>::new());
    world.later(TimeDelta::seconds(61)).await;
    world
        .until("it goes on", async || {
            world.sweep().await;
            sms(world).await["state"] == "SIMULATED" && !texts(world).await.is_empty()
        })
        .await;
    let code = debug_otp(&asked);
    assert!(texts(world).await[0].contains(&code), "the same code, made again");
    jane.post(ENTER, &json!({ "code": code })).await.ok(200);
}

async fn a_messaging_service_goes_before_a_number(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(deskbell::config::Role::All, &provider).await;
    let url = format!("{}/simulator", provider.address());
    let service = "MG00000000000000000000000000000001";
    world
        .restarts_with(vec![
            ("TWILIO_ACCOUNT_SID", ACCOUNT.to_owned()),
            ("TWILIO_AUTH_TOKEN", "simulated".to_owned()),
            ("TWILIO_PHONE_NUMBER", "+15550009999".to_owned()),
            ("TWILIO_MESSAGING_SERVICE_SID", service.to_owned()),
            ("TWILIO_API_URL", url),
        ])
        .await;
    let jane = jane(world).await;
    let asked = jane.asks_by_sms().await.ok(200);
    assert!(asked.get("debug_otp").is_none(), "Twilio is not simulated here: {asked}");
    becomes(world, "receipt", "DELIVERED").await;
    assert_eq!(sms(world).await["state"], "OK");
    provider.stop().await;
}
