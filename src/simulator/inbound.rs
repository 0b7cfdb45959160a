//! What a person writes, as a webhook tells it.

use serde::Serialize;

use super::phones::Said;

/// One message from a person.
#[derive(Serialize)]
pub(super) struct Inbound<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    from_user_id: String,
    id: &'a str,
    timestamp: String,
    r#type: &'a str,
    text: Text<'a>,
}

#[derive(Serialize)]
struct Context<'a> {
    from: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    body: &'a str,
}

impl<'a> Inbound<'a> {
    /// What this person said to the business with this number.
    pub(super) fn of(said: &'a Said, business_digits: &'a str) -> Self {
        Self {
            context: said.quote.as_deref().map(|id| Context { from: business_digits, id }),
            from: said.from.wa_id(),
            from_user_id: said.from.user_id(),
            id: &said.id,
            timestamp: said.at.timestamp().to_string(),
            r#type: "text",
            text: Text { body: &said.text },
        }
    }
}
