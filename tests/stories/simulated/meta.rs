//! Meta: limits, lists, files, what people say, and webhooks that go wrong.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::alone::{Alone, Heard, Listener, told};
use crate::stories::world::signed;

const ANN: &str = "+447700900123";
const SEND: &str = "/v25.0/100000000000001/messages";

fn text(to: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text",
        "text": { "body": "Hello" }, "biz_opaque_callback_data": "n:1" })
}

fn posts(meta: &Alone, message: &Value) -> RequestBuilder {
    meta.ask(Method::POST, SEND).bearer_auth("simulated").json(message)
}

async fn code(meta: &Alone, message: &Value) -> i64 {
    let (status, said) = told(posts(meta, message)).await;
    match status {
        200 => 0,
        _ => said["error"]["code"].as_i64().unwrap_or_else(|| panic!("{status} {said}")),
    }
}

async fn set(meta: &Alone, rules: Value) {
    let (status, said) = told(meta.ask(Method::PATCH, "/api/settings").json(&rules)).await;
    assert_eq!(status, 200, "{said}");
}

async fn listened() -> (Alone, Listener) {
    let listener = Listener::answers(&[]).await;
    let base = listener.base.clone();
    let meta = Alone::with(|settings| settings.webhook_url = Some(format!("{base}/hook"))).await;
    (meta, listener)
}

fn is_genuine(heard: &Heard) -> bool {
    heard.header("x-hub-signature-256") == Some(signed(&heard.body, b"simulated").as_str())
}

/// Every change of every body that came.
fn changes(heard: &[Heard]) -> Vec<Value> {
    let bodies = heard.iter().map(|it| serde_json::from_slice::<Value>(&it.body).expect("JSON"));
    let entries = bodies.map(|body| body["entry"][0]["changes"].as_array().cloned());
    entries.flatten().flatten().collect()
}

fn all(changes: &[Value], what: &str) -> Vec<Value> {
    let items = changes.iter().filter_map(|change| change["value"][what].as_array().cloned());
    items.flatten().collect()
}

fn statuses(heard: &[Heard]) -> Vec<String> {
    let statuses = all(&changes(heard), "statuses");
    statuses.iter().map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

/// So many statuses, in however many bodies.
async fn heard_statuses(listener: &Listener, many: usize) -> Vec<String> {
    let mut bodies = 1;
    loop {
        let heard = listener.heard(bodies).await;
        let statuses = statuses(&heard);
        if statuses.len() >= many {
            return statuses;
        }
        bodies = heard.len() + 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_and_a_pair_have_metas_limits() {
    let meta = Alone::with(|settings| {
        // A clock that stands still makes the limit exact.
        settings.now = std::sync::Arc::new(chrono::DateTime::default);
    })
    .await;
    meta.hears_from(ANN).await;
    for _ in 0..45 {
        assert_eq!(code(&meta, &text(ANN)).await, 0);
    }
    assert_eq!(code(&meta, &text(ANN)).await, 131_056);
    for person in 0..35 {
        let person = format!("+44770091{person:04}");
        meta.hears_from(&person).await;
        assert_eq!(code(&meta, &text(&person)).await, 0);
    }
    meta.hears_from("+447700920000").await;
    assert_eq!(code(&meta, &text("+447700920000")).await, 130_429);
    set(&meta, json!({ "messages_per_second": 0, "pair_limit": false })).await;
    assert_eq!(code(&meta, &text(ANN)).await, 0);
    let (status, said) =
        told(meta.ask(Method::PATCH, "/api/settings").json(&json!({ "x": 1 }))).await;
    assert_eq!(status, 422, "{said}");
    let reset = meta.ask(Method::POST, "/api/reset").send().await.expect("an answer");
    assert_eq!(reset.status(), 204);
    assert_eq!(meta.get("/api/phones").await, json!({ "items": [] }));
    assert_eq!(meta.get("/api/settings").await["messages_per_second"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_spellings_are_metas() {
    let meta = Alone::usual().await;
    for person in [ANN, "+5511987654321"] {
        meta.hears_from(person).await;
    }
    set(&meta, json!({ "allowed_recipients": [ANN], "blocked": [] })).await;
    assert_eq!(code(&meta, &text(ANN)).await, 0);
    assert_eq!(code(&meta, &text("+447700900124")).await, 131_030);
    set(&meta, json!({ "allowed_recipients": null, "blocked": [ANN] })).await;
    assert_eq!(code(&meta, &text(ANN)).await, 130_403);
    let (_, said) = told(posts(&meta, &text("+5511987654321"))).await;
    assert_eq!(said["contacts"][0], json!({ "input": "+5511987654321", "wa_id": "551187654321" }));
    assert_eq!(meta.phone("551187654321").await.len(), 1, "one person, two spellings");
    let parameter = json!([{ "type": "text", "text": "123456" }]);
    let code_to_user = json!({ "messaging_product": "whatsapp", "recipient": "GB.77",
        "type": "template", "template": { "name": "code", "language": { "code": "en" },
            "components": [{ "type": "body", "parameters": parameter },
                { "type": "button", "sub_type": "url", "index": "0", "parameters": parameter }] } });
    assert_eq!(code(&meta, &code_to_user).await, 131_062);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_code_is_told_with_its_usual_status() {
    let meta = Alone::usual().await;
    meta.hears_from(ANN).await;
    for (asked, status) in [(190, 401), (368, 403), (132_001, 404), (131_000, 500), (131_064, 400)]
    {
        let fault = json!({ "number": "*", "kind": "ERROR", "code": asked });
        meta.faults(json!([fault])).await;
        let (found, said) = told(posts(&meta, &text(ANN))).await;
        assert_eq!((found, &said["error"]["code"]), (status, &json!(asked)), "{said}");
    }
    let held = json!({ "number": "*", "kind": "HELD", "code": 132_015, "ms": 1 });
    meta.faults(json!([held])).await;
    let (_, said) = told(posts(&meta, &text(ANN))).await;
    assert_eq!(said["messages"][0]["message_status"], "held_for_quality_assessment");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_wrong_as_they_are_told_to() {
    let rows = [
        ("DUPLICATED", vec!["sent", "sent", "delivered", "delivered"]),
        ("SHUFFLED", vec!["delivered", "delivered", "sent", "sent"]),
        ("STATUS_LATE", vec!["sent", "delivered"]),
        ("OTHER_SYSTEM", vec!["sent", "delivered", "sent", "delivered"]),
        ("UNHEARD", vec!["teleported", "sent", "delivered"]),
        ("WRONG_SIGNATURE", vec!["sent", "delivered"]),
        ("EARLY", vec!["sent", "delivered"]),
    ];
    for (kind, expected) in rows {
        let (meta, listener) = listened().await;
        meta.hears_from(ANN).await;
        listener.heard(1).await;
        meta.faults(json!([{ "number": ANN, "kind": kind, "ms": 50 }])).await;
        assert_eq!(code(&meta, &text(ANN)).await, 0, "{kind}");
        assert_eq!(heard_statuses(&listener, expected.len()).await, expected, "{kind}");
        let heard = listener.so_far().split_off(1);
        assert!(heard.iter().all(|it| is_genuine(it) == (kind != "WRONG_SIGNATURE")), "{kind}");
        let fields = changes(&heard);
        let is_new = fields.iter().any(|change| change["field"] == "a_field_of_the_future");
        assert_eq!(is_new, kind == "UNHEARD");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_webhook_carries_a_thousand_updates() {
    let (meta, listener) = listened().await;
    meta.hears_from(ANN).await;
    listener.heard(1).await;
    let rules = json!({ "webhook_batch": 1_000, "webhook_wait_ms": 3_000,
        "messages_per_second": 0, "pair_limit": false });
    set(&meta, rules).await;
    for _ in 0..20 {
        assert_eq!(code(&meta, &text(ANN)).await, 0);
    }
    let heard = statuses(&listener.heard(2).await[1..2]);
    assert!(heard.len() >= 20, "{heard:?}");
}

async fn says(meta: &Alone, said: &Value) -> (u16, Value) {
    told(meta.ask(Method::POST, &format!("/api/phones/{ANN}/replies")).json(said)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_whatever_a_phone_can_say() {
    let (meta, listener) = listened().await;
    let tap = json!({ "id": "open:1", "title": "Open" });
    let place = json!({ "latitude": 30.04, "longitude": 31.23, "name": "Cairo" });
    let card = json!([{ "name": { "formatted_name": "Ann" }, "origin": "contact_request",
        "phones": [{ "phone": ANN, "wa_id": "447700900123" }] }]);
    let moved = json!({ "type": "user_changed_number", "body": "Ann changed from 1 to 2",
        "wa_id": "447700900999" });
    let rows = [
        (json!({ "text": "Hi", "quote": "wamid.1" }), "text", "/context/id", json!("wamid.1")),
        (json!({ "button_reply": tap }), "interactive", "/interactive/button_reply", tap.clone()),
        (json!({ "list_reply": tap }), "interactive", "/interactive/type", json!("list_reply")),
        (
            json!({ "button": { "payload": "p", "text": "Yes" } }),
            "button",
            "/button/payload",
            json!("p"),
        ),
        (
            json!({ "reaction": { "message_id": "wamid.1", "emoji": "👍" } }),
            "reaction",
            "/reaction/emoji",
            json!("👍"),
        ),
        (json!({ "location": place }), "location", "/location/name", json!("Cairo")),
        (json!({ "contacts": card }), "contacts", "/contacts/0/origin", json!("contact_request")),
        (json!({ "system": moved }), "system", "/system/wa_id", json!("447700900999")),
        (
            json!({ "unsupported": { "type": "poll" } }),
            "unsupported",
            "/errors/0/code",
            json!(131_051),
        ),
        (json!({ "type": "hologram" }), "hologram", "/hologram", json!({})),
        (json!({ "text": "Hi", "hide_number": true }), "text", "/from", Value::Null),
    ];
    let many = rows.len();
    for (said, _, _, _) in &rows {
        let (status, answer) = says(&meta, said).await;
        assert_eq!(status, 200, "{said}: {answer}");
    }
    assert_eq!(says(&meta, &json!({ "hum": 1 })).await.0, 422);
    let mut bodies = 1;
    let messages = loop {
        let heard = listener.heard(bodies).await;
        let messages = all(&changes(&heard), "messages");
        if messages.len() == many {
            break messages;
        }
        bodies = heard.len() + 1;
    };
    for ((_, kind, pointer, expected), message) in rows.iter().zip(messages) {
        assert_eq!(message["type"], *kind, "{message}");
        assert_eq!(message.pointer(pointer).unwrap_or(&Value::Null), expected, "{message}");
        assert!(message["from_user_id"].is_string(), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_in_and_comes_out() {
    let (meta, listener) = listened().await;
    let image = json!({ "image": { "data": STANDARD.encode("a picture"), "caption": "Look" } });
    assert_eq!(says(&meta, &image).await.0, 200);
    let message = all(&changes(&listener.heard(1).await), "messages").remove(0);
    let sent = message["image"]["id"].as_str().expect("an id").to_owned();
    let form = "--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
                --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\
                Content-Type: application/pdf\r\n\r\na document\r\n--x--\r\n";
    let upload = meta.ask(Method::POST, "/v25.0/100000000000001/media").bearer_auth("simulated");
    let upload = upload.header("content-type", "multipart/form-data; boundary=x").body(form);
    let (status, said) = told(upload).await;
    assert_eq!(status, 200, "{said}");
    let uploaded = said["id"].as_str().expect("an id").to_owned();
    for (id, mime, bytes) in
        [(&sent, "image/jpeg", "a picture"), (&uploaded, "application/pdf", "a document")]
    {
        let look = meta.ask(Method::GET, &format!("/v25.0/{id}")).bearer_auth("simulated");
        let (status, said) = told(look).await;
        assert_eq!((status, &said["mime_type"]), (200, &json!(mime)), "{said}");
        let url = said["url"].as_str().expect("an address");
        let path = url.split("/simulator").nth(1).expect("a path");
        let stranger = meta.ask(Method::GET, path).send().await.expect("an answer");
        assert_eq!(stranger.status(), 401);
        let file = meta.ask(Method::GET, path).bearer_auth("simulated").send().await;
        assert_eq!(file.expect("an answer").text().await.expect("a file"), bytes);
        let late = path.split("?ext=").next().expect("a path").to_owned() + "?ext=1";
        let late = meta.ask(Method::GET, &late).bearer_auth("simulated").send().await;
        assert_eq!(late.expect("an answer").status(), 404, "an address ends");
        let delete = || meta.ask(Method::DELETE, &format!("/v25.0/{id}")).bearer_auth("simulated");
        assert_eq!(told(delete()).await, (200, json!({ "success": true })));
        assert_eq!(told(delete()).await.0, 400);
    }
}
