//! What goes over the wire to Meta and back; whatever Meta adds or leaves out does no harm.
use serde::{Deserialize, Serialize};

use super::code::CodeTemplate;
use crate::ports::channel::{Form, TemplateMessage};

/// `POST /{version}/{phone_number_id}/messages`.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    /// With its `+`: without it Meta puts our own country code before it.
    to: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    content: Content<'a>,
    /// Meta gives it back with every report about this message.
    biz_opaque_callback_data: &'a str,
}

/// Stands under the name of its kind.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Content<'a> {
    Text(Text<'a>),
    Template(Template<'a>),
    #[serde(rename = "template")]
    Code(CodeTemplate<'a>),
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    preview_url: bool,
    body: &'a str,
}

#[derive(Debug, Serialize)]
struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    components: [Component<'a>; 1],
}

#[derive(Debug, Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(Debug, Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    parameters: Vec<Parameter<'a>>,
}

#[derive(Debug, Serialize)]
struct Parameter<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// A template of named parameters needs it with each.
    parameter_name: &'a str,
    text: &'a str,
}

impl<'a> Message<'a> {
    /// A message in this form.
    pub(super) fn of(to: &'a str, form: &'a Form, callback: &'a str) -> Self {
        let (kind, content) = match form {
            Form::Text(body) => ("text", Content::Text(Text { preview_url: false, body })),
            Form::Template(message) => ("template", Content::Template(Template::of(message))),
            Form::Code(form) => {
                ("template", Content::Code(CodeTemplate::new(&form.code, &form.language)))
            }
        };
        Self {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            to,
            kind,
            content,
            biz_opaque_callback_data: callback,
        }
    }
}

impl<'a> Template<'a> {
    fn of(message: &'a TemplateMessage) -> Self {
        let parameters = message.parameters.iter().map(|(parameter_name, text)| Parameter {
            kind: "text",
            parameter_name,
            text,
        });
        let body = Component { kind: "body", parameters: parameters.collect() };
        let language = Language { code: &message.language };
        Self { name: &message.name, language, components: [body] }
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
    /// A sentence for whoever made a template.
    error_user_msg: Option<String>,
}

impl GraphError {
    /// Meta's words: the details where there are any, they say more than the message.
    pub(super) fn words(&self) -> String {
        let details = match &self.error_data {
            Some(serde_json::Value::String(details)) => Some(details.as_str()),
            Some(data) => data.get("details").and_then(serde_json::Value::as_str),
            None => None,
        };
        let details = details.or(self.error_user_msg.as_deref());
        let title = self.message.as_deref().or(self.title.as_deref()).unwrap_or("no message");
        match details.filter(|details| *details != title && !details.is_empty()) {
            Some(details) => format!("{title}: {details}"),
            None => title.to_owned(),
        }
    }
}
