//! What goes over the wire to Meta and back; whatever Meta adds or leaves out does no harm.
use serde::{Deserialize, Serialize};

/// `POST /{version}/{phone_number_id}/messages`.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    /// With its `+`: without it Meta puts our own country code before it.
    to: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    text: Text<'a>,
    /// Meta gives it back with every report about this message.
    biz_opaque_callback_data: &'a str,
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    preview_url: bool,
    body: &'a str,
}

impl<'a> Message<'a> {
    /// A message of free text.
    pub(super) fn text(to: &'a str, body: &'a str, callback: &'a str) -> Self {
        Self {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            to,
            kind: "text",
            text: Text { preview_url: false, body },
            biz_opaque_callback_data: callback,
        }
    }
}

/// The good answer to a send.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    #[serde(default)]
    messages: Vec<TakenMessage>,
}

#[derive(Debug, Deserialize)]
struct TakenMessage {
    id: Option<String>,
}

impl Taken {
    /// Meta's id of the message.
    pub(super) fn id(self) -> Option<String> {
        self.messages.into_iter().next()?.id.filter(|id| !id.is_empty())
    }
}

/// The bad answer to anything.
#[derive(Debug, Deserialize)]
pub(super) struct Refused {
    pub(super) error: GraphError,
}

/// An error of the Graph API, from an answer or a status webhook.
#[derive(Debug, Deserialize)]
pub(super) struct GraphError {
    pub(super) code: i64,
    pub(super) error_subcode: Option<i64>,
    message: Option<String>,
    title: Option<String>,
    #[serde(default)]
    pub(super) is_transient: Option<bool>,
    /// An object with `details`, or (seen in the wild) a string.
    error_data: Option<serde_json::Value>,
}

impl GraphError {
    /// Meta's words: the details where there are any, they say more than the message.
    pub(super) fn words(&self) -> String {
        let details = match &self.error_data {
            Some(serde_json::Value::String(details)) => Some(details.as_str()),
            Some(data) => data.get("details").and_then(serde_json::Value::as_str),
            None => None,
        };
        let title = self.message.as_deref().or(self.title.as_deref()).unwrap_or("no message");
        match details.filter(|details| *details != title && !details.is_empty()) {
            Some(details) => format!("{title}: {details}"),
            None => title.to_owned(),
        }
    }
}
