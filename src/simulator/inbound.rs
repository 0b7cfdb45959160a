//! What a person writes, as a webhook tells it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use super::{catalogue, phones::Said};

/// Meta's code for a message of which it says no more than that it was there.
const UNSUPPORTED: i64 = 131051;

/// One message from a person.
#[derive(Serialize)]
pub(super) struct Inbound<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Cow<'a, str>>,
    from_user_id: String,
    id: &'a str,
    timestamp: String,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Value>,
    #[serde(flatten)]
    content: std::collections::BTreeMap<&'a str, &'a Value>,
}

#[derive(Serialize)]
struct Context<'a> {
    from: &'a str,
    id: &'a str,
}

impl<'a> Inbound<'a> {
    /// What this person said to the business with this number.
    pub(super) fn of(said: &'a Said, business_digits: &'a str) -> Self {
        let kind = said.content.kind.as_str();
        let title = catalogue::title(UNSUPPORTED);
        let error = json!([{ "code": UNSUPPORTED, "title": title, "message": title,
            "error_data": { "details": "Message type is not currently supported" } }]);
        Self {
            context: said.quote.as_deref().map(|id| Context { from: business_digits, id }),
            from: said.from.whatsapp_id().filter(|_| !said.hides_number),
            from_user_id: said.from.user_id(),
            id: &said.id,
            timestamp: said.at.timestamp().to_string(),
            r#type: kind,
            errors: (kind == "unsupported").then_some(error),
            content: [(kind, &said.content.value)].into(),
        }
    }
}
