//! `messages[]` of the `messages` field: what people write to us.
use serde_json::Value;

use super::Reader;
use super::field::{instant, list, text};
use crate::domain::medium::Medium;
use crate::domain::phone::PhoneNumber;
use crate::ports::webhook::{Incoming, Left, Read, Writer};

impl Reader<'_> {
    /// Reads every message; what was not written to our number, or to a group, is set aside.
    pub(super) fn messages(self, value: &Value, read: &mut Read) {
        let to = value.get("metadata").and_then(|metadata| text(metadata, "phone_number_id"));
        let is_ours = to.is_some_and(|to| to == self.phone_number_id);
        for message in list(value, "messages") {
            if text(message, "type").is_some_and(|kind| kind == "system") {
                match left(message) {
                    Some(left) => read.left.push(left),
                    None => read.people += 1,
                }
            } else if !is_ours || text(message, "group_id").is_some() {
                read.set_aside += 1;
            } else if let Some(incoming) = incoming(message, value) {
                read.incoming.push(incoming);
            } else {
                read.unreadable += 1;
            }
        }
    }
}

/// What Meta says when somebody moves to another number, or when it cannot tell any more that whoever
/// has a number is who had it before.
const CHANGES: [&str; 3] =
    ["user_changed_number", "customer_changed_number", "customer_identity_changed"];

fn left(message: &Value) -> Option<Left> {
    let change = text(message.get("system")?, "type")?;
    let number = text(message, "from").filter(|from| is_number(from))?;
    let at = instant(message.get("timestamp")?)?;
    let number = PhoneNumber::parse(&format!("+{number}")).ok()?;
    CHANGES.contains(&change.as_str()).then_some(Left { number, at })
}

fn incoming(message: &Value, value: &Value) -> Option<Incoming> {
    let context = message.get("context").unwrap_or(&Value::Null);
    let kind = text(message, "type").unwrap_or_else(|| "unknown".to_owned());
    let content = message.get(&kind).unwrap_or(&Value::Null);
    let (words, button) = match kind.as_str() {
        "text" => (text(content, "body"), None),
        // A quick reply of a template, and a button or a line of a list of a message.
        "button" => (text(content, "text"), text(content, "payload")),
        "interactive" => {
            let reply = ["button_reply", "list_reply"].into_iter().find_map(|it| content.get(it));
            let reply = reply.unwrap_or(&Value::Null);
            (text(reply, "title"), text(reply, "id"))
        }
        _ => (text(content, "caption"), None),
    };
    Some(Incoming {
        message_id: text(message, "id")?,
        from: writer(message, value)?,
        over: Medium::WhatsApp,
        opens_window: true,
        taken_for: None,
        kind,
        text: words,
        button,
        quoted: text(context, "id"),
        at: instant(message.get("timestamp")?)?,
    })
}

/// A number and an id of one person are told apart by their form: an id has a country's letters and
/// a point in front, and Meta has put either in either place.
fn writer(message: &Value, value: &Value) -> Option<Writer> {
    let (from, user_id) = (text(message, "from"), text(message, "from_user_id"));
    let (number, id) = match from {
        Some(from) if is_number(&from) => (Some(from), None),
        other => (None, other),
    };
    let user_id = user_id.or(id);
    // By what they hold, never by their place in the list.
    let contact = list(value, "contacts").find(|contact| {
        let same = |key: &str, own: &Option<String>| own.is_some() && text(contact, key) == *own;
        same("wa_id", &number) || same("user_id", &user_id)
    });
    let contact = contact.unwrap_or(&Value::Null);
    let number = number.or_else(|| text(contact, "wa_id").filter(|id| is_number(id)));
    let number = number.and_then(|digits| PhoneNumber::parse(&format!("+{digits}")).ok());
    let user_id = user_id.or_else(|| text(contact, "user_id"));
    let name = contact.get("profile").and_then(|profile| text(profile, "name"));
    (number.is_some() || user_id.is_some()).then_some(Writer { number, user_id, name })
}

fn is_number(id: &str) -> bool {
    id.bytes().all(|sign| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::callback::Callbacks;

    fn read(value: Value) -> Read {
        let mut read = Read::default();
        let callbacks = Callbacks::new(b"key");
        Reader { callbacks: &callbacks, phone_number_id: "7" }.messages(&value, &mut read);
        read
    }

    fn one(message: Value, contacts: Value) -> Incoming {
        let (at, id) = (json!("1795219400"), json!("wamid.in"));
        let mut message = message;
        message["timestamp"] = at;
        message["id"] = id;
        let value = json!({ "metadata": { "phone_number_id": "7" }, "contacts": contacts,
            "messages": [message] });
        let mut read = read(value);
        read.incoming.pop().expect("one message")
    }

    fn told(of: &Incoming) -> (Option<&str>, Option<&str>, Option<&str>) {
        (of.text.as_deref(), of.button.as_deref(), of.quoted.as_deref())
    }

    #[test]
    fn every_kind_of_message_is_read_or_kept() {
        for (message, expected) in [
            (json!({ "type": "text", "text": { "body": "Hello" } }), (Some("Hello"), None, None)),
            (
                json!({ "type": "button", "button": { "payload": "stop", "text": "Stop" },
                    "context": { "from": "1", "id": "wamid.out" } }),
                (Some("Stop"), Some("stop"), Some("wamid.out")),
            ),
            (
                json!({ "type": "interactive", "interactive": { "type": "list_reply",
                    "list_reply": { "id": "close", "title": "Close" } } }),
                (Some("Close"), Some("close"), None),
            ),
            (
                json!({ "type": "image", "image": { "id": "1", "caption": "Look" } }),
                (Some("Look"), None, None),
            ),
            (json!({ "type": "document", "document": { "id": "1" } }), (None, None, None)),
            (json!({ "type": "interactive" }), (None, None, None)),
            (
                json!({ "type": "hologram", "hologram": 5, "context": { "forwarded": true } }),
                (None, None, None),
            ),
            (json!({ "errors": [{ "code": 131_051 }] }), (None, None, None)),
        ] {
            let mut message = message;
            message["from"] = json!("16505551234");
            let incoming = one(message.clone(), json!([]));
            assert_eq!(told(&incoming), expected, "{message}");
        }
    }

    #[test]
    fn whoever_writes_is_known_by_number_by_id_or_by_both() {
        let contacts = json!([{ "wa_id": "12125550100", "user_id": "US.222", "profile": { "name": "Bo" } },
            { "wa_id": "16505551234", "user_id": "US.1", "profile": { "name": "Ada" } },
            { "user_id": "US.3" }, null]);
        let (ada, bo) = (Some("+16505551234"), Some("+12125550100"));
        for (message, number, id, name) in [
            (
                json!({ "from": "16505551234", "from_user_id": "US.1" }),
                ada,
                Some("US.1"),
                Some("Ada"),
            ),
            (json!({ "from": "16505551234" }), ada, Some("US.1"), Some("Ada")),
            (json!({ "from": 16_505_551_234_u64 }), ada, Some("US.1"), Some("Ada")),
            (json!({ "from_user_id": "US.222" }), bo, Some("US.222"), Some("Bo")),
            (json!({ "from": "US.3" }), None, Some("US.3"), None),
            (json!({ "from_user_id": "DE.4" }), None, Some("DE.4"), None),
            (json!({ "from": "447700900123" }), Some("+447700900123"), None, None),
        ] {
            let from = one(message.clone(), contacts.clone()).from;
            let is = (from.number.as_ref().map(PhoneNumber::as_str), from.user_id, from.name);
            let expected = (number, id.map(str::to_owned), name.map(str::to_owned));
            assert_eq!(is, expected, "{message}");
        }
    }

    #[test]
    fn what_is_not_for_us_is_set_aside_and_what_is_broken_loses_no_other() {
        let good = json!({ "from": "16505551234", "id": "a", "timestamp": 1, "type": "text" });
        let mut of_group = good.clone();
        of_group["group_id"] = json!("Y2FwaV9n");
        let system = json!({ "id": "s", "timestamp": "1", "type": "system", "system": {} });
        let broken = [json!(null), json!({ "from": "1" }), json!({ "id": "x", "timestamp": "1" })];
        let messages = [vec![of_group, system, good.clone()], broken.to_vec()].concat();
        let ours = json!({ "metadata": { "phone_number_id": 7 }, "messages": messages });
        let read_ours = read(ours);
        let counts = (read_ours.incoming.len(), read_ours.set_aside, read_ours.people);
        assert_eq!((counts, read_ours.unreadable), ((1, 1, 1), 3));
        // The dashboard's test has ids of its own; another number of the account is another desk's.
        for metadata in [json!({ "phone_number_id": "123456123" }), json!({}), json!(null)] {
            let theirs = read(json!({ "metadata": metadata, "messages": [good.clone()] }));
            assert_eq!((theirs.incoming.len(), theirs.set_aside), (0, 1));
        }
    }
}
