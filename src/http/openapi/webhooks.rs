//! What providers sent us, as admins read it.
use serde_json::{Value, json};

use super::super::api::webhooks::WebhookShown;
use super::super::body::Nothing;
use super::super::page::Listed;
use super::super::problem::{BAD_CURSOR, INVALID};
use super::examples;
use super::operation::{About, Operation};
use super::parameters::{page, several_of, words};
use super::schemas::Schemas;
use crate::domain::webhook::State;

const WEBHOOKS: About = About("Webhooks");

/// Every call about it; they are the admins'.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    let provider = json!({ "type": "string" });
    let list = WEBHOOKS
        .get("/api/webhooks", "listWebhooks", "Show what providers sent us")
        .about("For admins. Newest first, for the 30 days that it is kept. `FAILED`: something in it could not be read, or came to nothing; all else in it did its work.")
        .only()
        .parameters([
            words::<State>(schemas, "state", "What became of them."),
            several_of(&provider, "provider", "Who sent them, such as `meta`."),
        ])
        .parameters(page())
        .answers::<Listed<WebhookShown>>(schemas, 200, "A page.", examples::page(&webhook()))
        .refuses(&[&INVALID, &BAD_CURSOR]);
    let show = WEBHOOKS
        .get("/api/webhooks/{id}", "getWebhook", "Show one with the whole of its body")
        .about("For admins.")
        .only()
        .answers::<WebhookShown>(schemas, 200, "The webhook.", webhook());
    let replay = WEBHOOKS
        .post("/api/webhooks/{id}/replay", "replayWebhook", "Have one read again")
        .about("For admins. It does no harm: what it tells is merged as if it came once more.")
        .only()
        .keyed()
        .may_take::<Nothing>(schemas, json!({}))
        .answers::<WebhookShown>(schemas, 202, "It will be read.", replayed());
    vec![list, show, replay]
}

fn webhook() -> Value {
    json!({
        "id": 1, "provider": "meta", "state": "PROCESSED", "note": null, "tries": 1,
        "received_at": "2026-01-31T09:30:01.120Z", "processed_at": "2026-01-31T09:30:01.160Z",
        "size": 52, "raw": "{\"object\":\"whatsapp_business_account\",\"entry\":[]}",
    })
}

fn replayed() -> Value {
    let mut webhook = webhook();
    webhook["state"] = json!("RECEIVED");
    webhook
}
