//! What providers and operators call: webhooks, signs of life, this document.
use serde_json::json;

use super::super::health::{Alive, Ready};
use super::super::problem::{
    BAD_JSON, BAD_SIGNATURE, BAD_VERIFY_TOKEN, NO_APP_SECRET, SLOW_BODY, TOO_LARGE, UNAVAILABLE,
};
use super::operation::{About, Operation};
use super::schemas::Schemas;

/// Every such call.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        subscribe(),
        receive(),
        receive_twilio(),
        alive(schemas),
        ready(schemas),
        metrics(),
        document(),
    ]
}

const WEBHOOKS: About = About("Webhooks");
const OPERATION: About = About("Operation");

fn subscribe() -> Operation {
    let asked = |name: &str, about: &str, example: &str| {
        json!({
            "name": name, "in": "query", "required": true, "schema": { "type": "string" },
            "description": about, "example": example,
        })
    };
    WEBHOOKS
        .get("/webhook/whatsapp", "subscribeWhatsApp", "Meta asks whether this address is ours")
        .open()
        .any_query()
        .parameters([
            asked("hub.mode", "Always `subscribe`.", "subscribe"),
            asked("hub.verify_token", "`WHATSAPP_VERIFY_TOKEN`.", "a-word-of-yours"),
            asked("hub.challenge", "Comes back as it is.", "1158201444"),
        ])
        .answers_with(
            200,
            "It is: the challenge.",
            "text/plain",
            &json!({ "type": "string" }),
            &json!("1158201444"),
        )
        .refuses(&[&BAD_VERIFY_TOKEN])
}

fn receive() -> Operation {
    let example = json!({ "object": "whatsapp_business_account", "entry": [] });
    WEBHOOKS
        .post("/webhook/whatsapp", "receiveWhatsApp", "Meta reports what became of messages")
        .about("The signature is checked over the raw body, which is stored before the 200 and read by a task. The same report may come again and in any order.")
        .open()
        .any_query()
        .parameter(json!({
            "name": "X-Hub-Signature-256", "in": "header", "required": true,
            "schema": { "type": "string", "pattern": "^sha256=[0-9a-f]{64}$" },
            "description": "`sha256=` and the HMAC of the body by `META_APP_SECRET`, in hex.",
        }))
        .raw(json!({ "type": "object" }), example)
        .answers_nothing(200, "It is stored.")
        .refuses(&[&BAD_SIGNATURE, &NO_APP_SECRET, &BAD_JSON, &SLOW_BODY, &TOO_LARGE])
}

fn receive_twilio() -> Operation {
    let example =
        json!({ "MessageSid": "SM00000000000000000000000000000001", "MessageStatus": "delivered" });
    WEBHOOKS
        .post("/webhook/twilio", "receiveTwilio", "Twilio reports what became of messages, and what people wrote")
        .about("A form. The signature is checked over the address below `PUBLIC_URL` and every field; the form is stored before the 200 and read by a task. The same report may come again and in any order; a message from a person is known by its `MessageSid`.")
        .open()
        .any_query()
        .parameter(json!({
            "name": "X-Twilio-Signature", "in": "header", "required": true,
            "schema": { "type": "string" },
            "description": "The HMAC of address and fields by `TWILIO_AUTH_TOKEN`, in base64: SHA-1, or SHA-256 where `X-Twilio-Webhooks-Signature-Settings` says so.",
        }))
        .parameter(json!({
            "name": "n", "in": "query", "schema": { "type": "string" },
            "description": "Which notification and attempt it is about, as we wrote it into the address.",
        }))
        .raw_as("application/x-www-form-urlencoded", json!({ "type": "object" }), example, true)
        .answers_nothing(200, "It is stored.")
        .refuses(&[&BAD_SIGNATURE, &NO_APP_SECRET, &SLOW_BODY, &TOO_LARGE])
}

fn alive(schemas: &mut Schemas) -> Operation {
    OPERATION
        .get("/healthz", "getHealth", "Whether the process lives")
        .open()
        .any_query()
        .unlimited()
        .answers::<Alive>(schemas, 200, "It does.", json!({ "status": "ok" }))
}

fn ready(schemas: &mut Schemas) -> Operation {
    let parts = |database: &str, queue: &str| json!({ "database": database, "queue": queue, "program": "ok" });
    let good = json!({ "status": "ok", "parts": parts("ok", "ok") });
    let bad = json!({ "status": "unavailable", "parts": parts("away", "away") });
    OPERATION
        .get("/readyz", "getReadiness", "Whether it can do its work")
        .open()
        .any_query()
        .unlimited()
        .answers::<Ready>(schemas, 503, "It cannot: one part is away.", bad)
        .with(&["RetryAfter"])
        .refuses(&[&UNAVAILABLE])
        .answers::<Ready>(schemas, 200, "It can.", good)
}

fn metrics() -> Operation {
    let example = json!("# TYPE deskbell_http_requests_total counter\n");
    OPERATION
        .get("/metrics", "getMetrics", "What the program counts")
        .about("In the text format of Prometheus. Where `METRICS_TOKEN` is set, it is the bearer token; no other one opens this.")
        .security("metrics")
        .any_query()
        .unlimited()
        .answers_with(200, "The counts.", "text/plain", &json!({ "type": "string" }), &example)
}

fn document() -> Operation {
    let example = json!({ "openapi": "3.1.0", "info": { "title": "Deskbell" } });
    OPERATION
        .get("/openapi.json", "getOpenApi", "This document")
        .about("People read it at [/docs](/docs).")
        .open()
        .any_query()
        .answers_with(
            200,
            "The document.",
            "application/json",
            &json!({ "type": "object" }),
            &example,
        )
}
