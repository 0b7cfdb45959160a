//! What Meta's webhooks say: the envelope, statuses, and what people write.

use std::{borrow::Cow, fmt::Write, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    address::Address,
    inbound::Inbound,
    message::{Message, Progress},
    phones::Said,
    status::Status,
};

/// The business whose webhooks these are.
pub(super) struct Business {
    /// The id of its WhatsApp Business Account.
    pub(super) account_id: String,
    /// The id of its number.
    pub(super) number_id: String,
    /// The digits of its number.
    pub(super) digits: String,
}

/// One piece of news for the business.
pub(super) enum Notice {
    /// A message came a step further.
    Status {
        /// Which one.
        message: Arc<Message>,
        /// How far.
        progress: Progress,
        /// Why it failed, if it did.
        code: Option<i64>,
        /// When.
        at: DateTime<Utc>,
    },
    /// A person wrote.
    Said(Arc<Said>),
    /// A template stands otherwise.
    Template {
        /// Meta's word for what it is about.
        field: &'static str,
        /// What it says.
        value: serde_json::Value,
    },
    /// A change as it stands, of which we know nothing.
    Odd(serde_json::Value),
}

/// The body of one webhook with all this news. Failures stand in a change of their own, as they
/// come without `contacts`.
pub(super) fn body(business: &Business, notices: &[Notice]) -> Vec<u8> {
    let (mut arrived, mut failed, mut said) =
        (Value::of(business), Value::of(business), Value::of(business));
    let mut templates = vec![];
    let mut odd = vec![];
    for notice in notices {
        match notice {
            Notice::Odd(change) => odd.push(AnyChange::Odd(change)),
            Notice::Said(words) => {
                // A system message comes without anybody.
                if words.content.kind != "system" {
                    said.contact(&words.from, words.hides_number);
                }
                said.messages.push(Inbound::of(words, &business.digits));
            }
            Notice::Status { message, progress, code, at } => {
                let value = if code.is_some() { &mut failed } else { &mut arrived };
                if code.is_none() {
                    value.contact(&message.to, false);
                }
                value.statuses.push(Status::of(message, *progress, *code, *at));
            }
            Notice::Template { field, value } => {
                templates.push(Change { value: Told::Template(value), field });
            }
        }
    }
    let changes = [arrived, failed, said]
        .into_iter()
        .filter(|value| !(value.statuses.is_empty() && value.messages.is_empty()))
        .map(|value| Change { value: Told::Messages(Box::new(value)), field: "messages" })
        .chain(templates)
        .map(AnyChange::Ours);
    let changes: Vec<_> = odd.into_iter().chain(changes).collect();
    let entry = [Entry { id: &business.account_id, changes }];
    let envelope = Envelope { object: "whatsapp_business_account", entry };
    escaped(&serde_json::to_string(&envelope).expect("plain structs of text and numbers"))
}

/// Meta's raw bodies are ASCII with escaped slashes, and its signature is over those bytes: who
/// verifies JSON that was written anew gets another one.
fn escaped(json: &str) -> Vec<u8> {
    let mut out = String::with_capacity(json.len() + json.len() / 8);
    for c in json.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("a String takes all that is written");
                }
            }
        }
    }
    out.into_bytes()
}

#[derive(Serialize)]
struct Envelope<'a> {
    object: &'a str,
    entry: [Entry<'a>; 1],
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    changes: Vec<AnyChange<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnyChange<'a> {
    Ours(Change<'a>),
    Odd(&'a serde_json::Value),
}

#[derive(Serialize)]
struct Change<'a> {
    value: Told<'a>,
    field: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Messages(Box<Value<'a>>),
    Template(&'a serde_json::Value),
}

#[derive(Serialize)]
struct Value<'a> {
    messaging_product: &'a str,
    metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<Contact<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Inbound<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<Status<'a>>,
}

impl<'a> Value<'a> {
    fn of(business: &'a Business) -> Self {
        let metadata = Metadata {
            display_phone_number: &business.digits,
            phone_number_id: &business.number_id,
        };
        let (contacts, messages, statuses) = (vec![], vec![], vec![]);
        Self { messaging_product: "whatsapp", metadata, contacts, messages, statuses }
    }

    fn contact(&mut self, address: &'a Address, hides_number: bool) {
        let user_id = address.user_id();
        if !self.contacts.iter().any(|contact| contact.user_id == user_id) {
            let name = name(address);
            let wa_id = address.whatsapp_id().filter(|_| !hides_number);
            self.contacts.push(Contact { profile: Profile { name }, wa_id, user_id });
        }
    }
}

/// A name for a person of whom only the number is known.
fn name(address: &Address) -> String {
    let address = address.as_str();
    format!("Phone …{}", &address[address.len().saturating_sub(4)..])
}

#[derive(Serialize)]
struct Metadata<'a> {
    display_phone_number: &'a str,
    phone_number_id: &'a str,
}

#[derive(Serialize)]
struct Contact<'a> {
    profile: Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<Cow<'a, str>>,
    user_id: String,
}

#[derive(Serialize)]
struct Profile {
    name: String,
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{super::request::Draft, *};

    fn business() -> Business {
        let [account_id, number_id, digits] =
            ["102290129340398", "106540352242922", "15550783881"].map(str::to_owned);
        Business { account_id, number_id, digits }
    }

    fn status(progress: Progress, code: Option<i64>) -> Notice {
        let to = Address::named("+16505551234").unwrap();
        let callback_data = Some("dbl:ntf/1".to_owned());
        let draft = Draft {
            to,
            input: String::new(),
            kind: "text",
            callback_data,
            words: None,
            category: None,
        };
        let at = DateTime::from_timestamp(1_795_219_201, 0).unwrap();
        let message = Arc::new(Message::accept(draft, b"{}", at));
        Notice::Status { message, progress, code, at }
    }

    #[test]
    fn a_batch_has_metas_envelope() {
        let delivered = status(Progress::Delivered, None);
        let failed = status(Progress::Failed, Some(131049));
        let notices = [status(Progress::Sent, None), failed, delivered];
        let body: serde_json::Value = serde_json::from_slice(&body(&business(), &notices)).unwrap();
        let at = |pointer: &str| body.pointer(pointer).unwrap_or(&serde_json::Value::Null);
        let rows = [
            ("/object", "whatsapp_business_account"),
            ("/entry/0/id", "102290129340398"),
            ("/entry/0/changes/0/field", "messages"),
            ("/entry/0/changes/0/value/metadata/display_phone_number", "15550783881"),
            ("/entry/0/changes/0/value/contacts/0/wa_id", "16505551234"),
            ("/entry/0/changes/0/value/statuses/0/status", "sent"),
            ("/entry/0/changes/0/value/statuses/0/timestamp", "1795219201"),
            ("/entry/0/changes/0/value/statuses/0/recipient_id", "16505551234"),
            ("/entry/0/changes/0/value/statuses/0/biz_opaque_callback_data", "dbl:ntf/1"),
            ("/entry/0/changes/0/value/statuses/0/pricing/category", "service"),
            ("/entry/0/changes/0/value/statuses/1/status", "delivered"),
            ("/entry/0/changes/1/value/statuses/0/status", "failed"),
        ];
        for (pointer, expected) in rows {
            assert_eq!(at(pointer), expected, "{pointer}");
        }
        assert_eq!(at("/entry/0/changes/1/value/statuses/0/errors/0/code"), 131049);
        for absent in ["/entry/0/changes/1/value/contacts", "/entry/0/changes/0/value/contacts/1"] {
            assert!(at(absent).is_null(), "{absent}");
        }
    }

    #[test]
    fn a_raw_body_is_ascii_with_escaped_slashes() {
        let expected = br#"{"body":"caf\u00e9 \ud83d\ude15 \/ <b>"}"#;
        assert_eq!(escaped(r#"{"body":"café 😕 / <b>"}"#), expected);
    }
}
