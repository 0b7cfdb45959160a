//! What a business asks of `POST /{number id}/messages`, checked as Meta checks it at once.

use serde_json::Value;

use super::{
    address::Address,
    fields::{needed, optional},
    interactive, one_time_code,
    refusal::Refusal,
    template,
};

/// A request that Meta would take.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Request {
    /// A message for somebody.
    Message(Draft),
    /// "The business has read this", with or without a typing indicator.
    MarkRead,
}

/// A message that nobody has accepted yet.
pub(super) struct Draft {
    /// Whom it reaches.
    pub(super) to: Address,
    /// The recipient to the letter, which the answer repeats.
    pub(super) input: String,
    /// The `type` of the message.
    pub(super) kind: &'static str,
    /// What comes back in each status of this message.
    pub(super) callback_data: Option<String>,
    /// What the person reads, where the request does not say it: a template's words are at Meta.
    pub(super) words: Option<String>,
    /// The category of the template.
    pub(super) category: Option<String>,
}

/// Every type that Meta's documentation of the messages endpoint names.
const TYPES: [&str; 11] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
];

/// Reads the body of a request; the digits are those of the business's own number.
pub(super) fn read(body: &[u8], business_digits: &str) -> Result<Request, Refusal> {
    let Ok(root @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
        return Err(Refusal::invalid("The body of the request must be a JSON object."));
    };
    if root.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
        return Err(Refusal::invalid("Param messaging_product must be one of {WHATSAPP}."));
    }
    if optional(&root, "/status", 20)? == Some("read") {
        needed(&root, "/message_id", 512)?;
        return Ok(Request::MarkRead);
    }
    let (to, input) = recipient(&root, business_digits)?;
    let kind = kind(&root)?;
    content(kind, &root)?;
    if to.wa_id().is_none() && one_time_code::is_in(&root) {
        return Err(Refusal::of(400, 131062));
    }
    let callback_data = optional(&root, "/biz_opaque_callback_data", 512)?.map(str::to_owned);
    Ok(Request::Message(Draft { to, input, kind, callback_data, words: None, category: None }))
}

/// Meta takes a number in `to` and a business-scoped id in `recipient`; with both, `to` wins.
fn recipient(root: &Value, business_digits: &str) -> Result<(Address, String), Refusal> {
    let to = optional(root, "/to", 256)?.filter(|to| !to.is_empty());
    let recipient = optional(root, "/recipient", 256)?.filter(|id| !id.is_empty());
    let (address, input) = match (to, recipient) {
        (Some(to), _) => (Address::dialled(to, business_digits), to),
        (None, Some(id)) => (Address::user(id), id),
        (None, None) => return Err(Refusal::missing("'to' or 'recipient'")),
    };
    let Some(address) = address else {
        return Err(Refusal::bad_value("The recipient is neither a phone number nor a user id."));
    };
    if address.wa_id() == Some(business_digits) {
        return Err(Refusal::of(400, 131021));
    }
    Ok((address, input.to_owned()))
}

fn kind(root: &Value) -> Result<&'static str, Refusal> {
    match optional(root, "/recipient_type", 20)? {
        None | Some("individual" | "group") => {}
        Some(_) => {
            let details = "Param recipient_type must be one of {individual, group}.";
            return Err(Refusal::invalid(details));
        }
    }
    let given = optional(root, "/type", 64)?.unwrap_or("text");
    TYPES.into_iter().find(|known| *known == given).ok_or_else(|| {
        Refusal::invalid(format!("Param type must be one of {{{}}}.", TYPES.join(", ")))
    })
}

fn content(kind: &str, root: &Value) -> Result<(), Refusal> {
    match kind {
        "text" => needed(root, "/text/body", 4096).map(drop),
        "interactive" => interactive::check(root),
        "template" => template::check(root),
        "reaction" => needed(root, "/reaction/message_id", 512).map(drop),
        "audio" | "document" | "image" | "sticker" | "video" => media(kind, root),
        kind if root.get(kind).is_some_and(|it| it.is_object() || it.is_array()) => Ok(()),
        kind => Err(Refusal::missing(kind)),
    }
}

fn media(kind: &str, root: &Value) -> Result<(), Refusal> {
    optional(root, &format!("/{kind}/caption"), 1024)?;
    let id = optional(root, &format!("/{kind}/id"), 256)?;
    let link = optional(root, &format!("/{kind}/link"), 2048)?;
    match id.or(link) {
        Some(_) => Ok(()),
        None => Err(Refusal::missing(&format!("{kind}['id'] or {kind}['link']"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    impl std::fmt::Debug for Draft {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} to {}", self.kind, self.to)
        }
    }

    const BUSINESS: &str = "15550001111";

    fn with(changes: Value) -> Value {
        let mut root = json!({
            "messaging_product": "whatsapp", "to": "+447700900123", "type": "text",
            "text": { "body": "Hello" },
        });
        for (key, value) in changes.as_object().unwrap() {
            root[key] = value.clone();
        }
        root
    }

    #[test]
    fn what_meta_refuses_at_once_is_refused_by_its_code() {
        let rows = [
            (json!({ "messaging_product": "sms" }), 100),
            (json!({ "messaging_product": null }), 100),
            (json!({ "to": null }), 131008),
            (json!({ "to": "" }), 131008),
            (json!({ "to": 447700900123_u64 }), 100),
            (json!({ "to": "John" }), 131009),
            (json!({ "to": null, "recipient": "+447700900123" }), 131009),
            (json!({ "to": "+1 555 000 1111" }), 131021),
            (json!({ "recipient_type": "person" }), 100),
            (json!({ "type": "letter" }), 100),
            (json!({ "text": null }), 131008),
            (json!({ "text": { "body": "" } }), 131008),
            (json!({ "text": { "body": "é".repeat(4097) } }), 100),
            (json!({ "biz_opaque_callback_data": "x".repeat(513) }), 100),
            (json!({ "type": "image", "image": {} }), 131008),
            (json!({ "type": "location" }), 131008),
            (json!({ "status": "read" }), 131008),
        ];
        for (changes, code) in rows {
            let body = with(changes.clone()).to_string();
            let refusal = read(body.as_bytes(), BUSINESS).expect_err(&changes.to_string());
            assert_eq!(refusal.code, code, "{changes}");
        }
        assert_eq!(read(b"{", BUSINESS).unwrap_err().code, 100);
    }

    #[test]
    fn what_meta_takes_is_taken() {
        let rows = [
            (json!({}), "text to +447700900123"),
            (json!({ "type": null }), "text to +447700900123"),
            (json!({ "text": { "body": "é".repeat(4096) } }), "text to +447700900123"),
            (json!({ "recipient": "GB.12" }), "text to +447700900123"),
            (json!({ "to": null, "recipient": "GB.12" }), "text to GB.12"),
            (json!({ "to": "7700900123" }), "text to +17700900123"),
            (json!({ "type": "image", "image": { "id": "1" } }), "image to +447700900123"),
        ];
        for (changes, expected) in rows {
            let read = read(with(changes).to_string().as_bytes(), BUSINESS).unwrap();
            let Request::Message(draft) = read else { panic!("no message") };
            assert_eq!(format!("{draft:?}"), expected);
        }
    }

    #[test]
    fn a_message_can_be_marked_as_read() {
        let body = r#"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.1"}"#;
        assert!(matches!(read(body.as_bytes(), BUSINESS), Ok(Request::MarkRead)));
    }
}
