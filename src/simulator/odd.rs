//! What comes beside the statuses of our own messages: another system's, and what is new.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Settings, address::Address, faults::Fault, kind::Kind, wamid, webhook::Notice};

/// What this fault puts beside the statuses of a message to this person.
pub(super) fn beside(
    fault: Option<&Fault>,
    business_digits: &str,
    settings: &Settings,
    to: &Address,
    at: DateTime<Utc>,
) -> Vec<Notice> {
    let id = || wamid::new(to, wamid::Way::Out);
    let timestamp = at.timestamp().to_string();
    let change = |name: &str, items: Value| {
        Notice::Odd(json!({ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": business_digits,
                "phone_number_id": settings.phone_number_id },
            name: items,
        } }))
    };
    let status = |status: &str, callback_data: Option<&str>| {
        let mut told = json!({ "id": id(), "status": status, "timestamp": timestamp,
            "recipient_id": to.whatsapp_id(), "recipient_user_id": to.user_id() });
        if let Some(callback_data) = callback_data {
            told["biz_opaque_callback_data"] = json!(callback_data);
        }
        told
    };
    match fault.map(|fault| fault.kind) {
        Some(Kind::OtherSystem) => vec![
            change("statuses", json!([status("sent", Some("crm:4711"))])),
            change("statuses", json!([status("delivered", None)])),
        ],
        Some(Kind::Unheard) => vec![
            change("statuses", json!([status("teleported", None)])),
            change(
                "messages",
                json!([{ "from": to.whatsapp_id(), "from_user_id": to.user_id(), "id": id(),
                    "timestamp": timestamp, "type": "hologram", "hologram": { "id": "1" } }]),
            ),
            Notice::Odd(json!({ "field": "a_field_of_the_future", "value": { "anything": 1 } })),
        ],
        _ => vec![],
    }
}
