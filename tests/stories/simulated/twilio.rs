//! Twilio: what it takes, what it refuses, and how it tells of what became of a message.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::alone::{Alone, Heard, Listener, told};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "MG00000000000000000000000000000001";
const ANN: &str = "+447700900123";

fn path(rest: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/{rest}")
}

fn sends(to: &Alone, form: &[(&str, &str)]) -> RequestBuilder {
    let ask = to.ask(Method::POST, &path("Messages.json"));
    ask.basic_auth(ACCOUNT, Some("simulated")).header("content-type", FORM).body(written(form))
}

const FORM: &str = "application/x-www-form-urlencoded";

fn written(form: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("x:").expect("an address");
    url.query_pairs_mut().extend_pairs(form);
    url.query().expect("fields").to_owned()
}

fn text(callback: &str) -> [(&str, &str); 4] {
    [("To", ANN), ("From", "+15550002222"), ("Body", "Hello"), ("StatusCallback", callback)]
}

fn statuses(heard: &[Heard]) -> Vec<String> {
    heard.iter().map(|it| it.field("MessageStatus").expect("a status")).collect()
}

fn sha1(url: &str, heard: &Heard) -> String {
    let mut fields = heard.form();
    fields.sort();
    let said: String = fields.into_iter().flat_map(|(name, value)| [name, value]).collect();
    let mut mac: Hmac<sha1::Sha1> = Hmac::new_from_slice(b"simulated").expect("a key");
    mac.update(format!("{url}{said}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_is_on_its_phone_and_signed_callbacks_tell_of_it() {
    let (twilio, listener) = (Alone::usual().await, Listener::answers(&[]).await);
    let url = format!("{}/hook?n=1", listener.base);
    let (status, said) = told(sends(&twilio, &text(&format!("{url}#rc=2")))).await;
    assert_eq!(status, 201, "{said}");
    assert_eq!((&said["status"], &said["from"]), (&json!("queued"), &json!("+15550002222")));
    assert_eq!((&said["num_segments"], &said["error_code"]), (&json!("1"), &Value::Null));
    let heard = listener.heard(3).await;
    assert_eq!(statuses(&heard), ["sending", "sent", "delivered"]);
    for one in &heard {
        assert_eq!(one.path, "/hook?n=1");
        assert_eq!(one.field("MessageSid").as_deref(), said["sid"].as_str());
        assert_eq!(one.header("x-twilio-signature"), Some(sha1(&url, one).as_str()));
    }
    let item = &twilio.phone(ANN).await[0];
    assert_eq!(
        (&item["body"], &item["channel"], &item["provider"], &item["status"]),
        (&json!("Hello"), &json!("SMS"), &json!("twilio_sms"), &json!("delivered"))
    );
    let sid = said["sid"].as_str().expect("a sid");
    let look = twilio.ask(Method::GET, &path(&format!("Messages/{sid}.json")));
    let (status, said) = told(look.basic_auth(ACCOUNT, Some("simulated"))).await;
    assert_eq!((status, &said["status"]), (200, &json!("delivered")));
    assert!(said["date_sent"].is_string(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messaging_service_chooses_its_number_later() {
    let (twilio, listener) = (Alone::usual().await, Listener::answers(&[]).await);
    let form = [
        ("To", ANN),
        ("MessagingServiceSid", SERVICE),
        ("Body", "Hello"),
        ("StatusCallback", &listener.base),
    ];
    let (status, said) = told(sends(&twilio, &form)).await;
    assert_eq!(status, 201);
    assert_eq!(
        (&said["status"], &said["from"], &said["num_segments"]),
        (&json!("accepted"), &Value::Null, &json!("0"))
    );
    let heard = listener.heard(4).await;
    assert_eq!(statuses(&heard), ["queued", "sending", "sent", "delivered"]);
    assert_eq!(heard[0].field("From").as_deref(), Some("+15550002222"));
    assert_eq!(heard[0].field("MessagingServiceSid").as_deref(), Some(SERVICE));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatsapp_by_twilio_keeps_the_window() {
    let twilio = Alone::with(|settings| {
        settings.twilio.whatsapp_number = "+15550003333".to_owned();
    })
    .await;
    let listener = Listener::answers(&[]).await;
    let (to, from) = (format!("whatsapp:{ANN}"), "whatsapp:+15550003333");
    let free =
        [("To", to.as_str()), ("From", from), ("Body", "Hi"), ("StatusCallback", &listener.base)];
    let (status, said) = told(sends(&twilio, &free)).await;
    assert_eq!((status, &said["status"]), (201, &json!("queued")));
    let heard = listener.heard(1).await;
    assert_eq!(statuses(&heard), ["undelivered"]);
    assert_eq!(heard[0].field("ErrorCode").as_deref(), Some("63016"));
    assert_eq!(heard[0].field("EventType").as_deref(), Some("UNDELIVERED"));
    let sid = format!("HX{}", "1".repeat(32));
    let template = [
        ("To", to.as_str()),
        ("From", from),
        ("ContentSid", &sid),
        ("ContentVariables", r#"{"1":"Ann","2":"4711"}"#),
        ("StatusCallback", &listener.base),
    ];
    assert_eq!(told(sends(&twilio, &template)).await.0, 201);
    assert_eq!(statuses(&listener.heard(3).await)[1..], ["sent", "delivered"]);
    let ask = twilio.ask(Method::POST, &format!("/api/phones/{ANN}/read"));
    assert_eq!(told(ask).await, (200, json!({ "read": 1 })));
    assert_eq!(statuses(&listener.heard(4).await)[3], "read");
    let body = twilio.phone(ANN).await[1]["body"].clone();
    assert_eq!(body, format!("[{sid}] Ann · 4711"));
    let reply = json!({ "text": "Hello", "provider": "twilio_whatsapp" });
    let ask = twilio.ask(Method::POST, &format!("/api/phones/{ANN}/replies"));
    assert_eq!(told(ask.json(&reply)).await.0, 200);
    told(sends(&twilio, &free)).await;
    assert_eq!(statuses(&listener.heard(6).await)[4..], ["sent", "delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_stop_gets_no_more_sms() {
    let twilio = Alone::usual().await;
    let form = text("http://127.0.0.1:9/");
    for (word, status, code) in [("stop", 400, json!(21610)), ("START", 201, Value::Null)] {
        let reply = json!({ "text": word, "provider": "twilio_sms" });
        let ask = twilio.ask(Method::POST, &format!("/api/phones/{ANN}/replies"));
        assert_eq!(told(ask.json(&reply)).await.0, 200);
        let said = told(sends(&twilio, &form)).await;
        assert_eq!((said.0, &said.1["code"]), (status, &code), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_answers_as_twilio_would() {
    let twilio = Alone::usual().await;
    let rows = [
        (json!({ "kind": "TOKEN_EXPIRED" }), 401, json!(20003)),
        (json!({ "kind": "RATE_LIMITED" }), 429, json!(20429)),
        (json!({ "kind": "UNAVAILABLE" }), 503, json!(20503)),
        (json!({ "kind": "ERROR", "code": 21408 }), 400, json!(21408)),
        (json!({ "kind": "ERROR", "code": 20500 }), 500, json!(20500)),
        (json!({ "kind": "HTML" }), 502, Value::Null),
        (json!({ "kind": "GARBLED" }), 201, Value::Null),
    ];
    for (mut fault, status, code) in rows {
        (fault["number"], fault["provider"]) = (json!(ANN), json!("twilio_sms"));
        twilio.faults(json!([fault])).await;
        let answer = sends(&twilio, &text("http://127.0.0.1:9/")).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{fault}");
        let waits = answer.headers().contains_key("retry-after");
        assert_eq!(waits, status == 429, "{fault}");
        let said: Value = answer.json().await.unwrap_or(Value::Null);
        assert_eq!(said["code"], code, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn news_fails_comes_twice_or_comes_first() {
    for (fault, expected) in [
        (json!({ "kind": "FAILED_LATER", "code": 30007 }), vec!["sending", "sent", "undelivered"]),
        (json!({ "kind": "SHUFFLED" }), vec!["delivered", "delivered", "sent", "sent"]),
        (json!({ "kind": "EARLY" }), vec!["sending", "sent", "delivered"]),
    ] {
        let (twilio, listener) = (Alone::usual().await, Listener::answers(&[]).await);
        let mut fault = fault;
        (fault["number"], fault["provider"]) = (json!("*"), json!("twilio_sms"));
        twilio.faults(json!([fault])).await;
        assert_eq!(told(sends(&twilio, &text(&listener.base))).await.0, 201, "{fault}");
        let so_far = listener.so_far().len();
        assert_eq!(so_far == expected.len(), fault["kind"] == "EARLY", "{fault}: {so_far}");
        let heard = listener.heard(expected.len()).await;
        assert_eq!(statuses(&heard), expected, "{fault}");
        let code = heard.last().expect("news").field("ErrorCode");
        assert_eq!(code.as_deref(), fault["code"].is_i64().then_some("30007"), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_is_posted_again_as_its_address_asks() {
    let twilio = Alone::usual().await;
    let listener = Listener::answers(&[503, 503]).await;
    let url = format!("{}/#rc=3&rp=5xx", listener.base);
    told(sends(&twilio, &text(&url))).await;
    let heard = listener.heard(5).await;
    assert_eq!(statuses(&heard), ["sending", "sending", "sending", "sent", "delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_shown_the_door() {
    let twilio = Alone::usual().await;
    let form = text("http://127.0.0.1:9/");
    let other = twilio.ask(Method::POST, &path("Messages.json")).basic_auth(ACCOUNT, Some("x"));
    let (status, said) = told(other.body(written(&form))).await;
    assert_eq!((status, &said["code"]), (401, &json!(20003)));
    let look = twilio.ask(Method::GET, &path("Messages/SM1.json"));
    let (status, said) = told(look.basic_auth(ACCOUNT, Some("simulated"))).await;
    assert_eq!((status, &said["code"]), (404, &json!(20404)));
    let xml = twilio.ask(Method::POST, &path("Messages")).basic_auth(ACCOUNT, Some("simulated"));
    let answer = xml.body(written(&form)).send().await.expect("an answer");
    let body = answer.text().await.expect("a body");
    assert!(body.contains("<TwilioResponse><Message>"), "{body}");
}
