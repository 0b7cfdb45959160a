//! What a person writes: words, a tap on a button, a picture, a place, or what nobody knows yet.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::media::{Media, MediaStore};

/// What can be said besides words; each stands under its own name.
const KINDS: [&str; 12] = [
    "audio",
    "button",
    "contacts",
    "document",
    "image",
    "location",
    "order",
    "reaction",
    "sticker",
    "system",
    "unsupported",
    "video",
];
const FILES: [&str; 5] = ["audio", "document", "image", "sticker", "video"];

/// The content of a message, as a webhook tells it.
pub(super) struct Content {
    /// Its `type`.
    pub(super) kind: String,
    /// What stands under the name of its type.
    pub(super) value: Value,
}

impl Content {
    /// Plain words.
    pub(super) fn text(words: &str) -> Self {
        Self { kind: "text".to_owned(), value: json!({ "body": words }) }
    }

    /// Reads what a tester wants a person to say; a file that comes with it is kept.
    pub(super) fn read(
        wanted: &Map<String, Value>,
        files: &mut MediaStore,
    ) -> Result<Self, String> {
        if let Some(words) = wanted.get("text") {
            let words = words.as_str().filter(|words| !words.trim().is_empty());
            return words.map(Self::text).ok_or_else(|| "text says something".to_owned());
        }
        for (name, kind) in [("button_reply", "button_reply"), ("list_reply", "list_reply")] {
            if let Some(value) = wanted.get(name) {
                needs(value, name, &["id", "title"])?;
                let value = json!({ "type": kind, kind: value });
                return Ok(Self { kind: "interactive".to_owned(), value });
            }
        }
        if let Some(kind) = KINDS.into_iter().find(|kind| wanted.contains_key(*kind)) {
            let value = wanted.get(kind).cloned().unwrap_or_default();
            let value = if FILES.contains(&kind) { file(kind, value, files)? } else { value };
            match kind {
                "button" => needs(&value, kind, &["payload", "text"])?,
                "reaction" => needs(&value, kind, &["message_id"])?,
                "location" => needs(&value, kind, &["latitude", "longitude"])?,
                "system" => needs(&value, kind, &["type"])?,
                _ => {}
            }
            return Ok(Self { kind: kind.to_owned(), value });
        }
        match (wanted.get("type").and_then(Value::as_str), wanted.get("content")) {
            (Some(kind), content) => {
                let value = content.cloned().unwrap_or_else(|| json!({}));
                Ok(Self { kind: kind.to_owned(), value })
            }
            (None, _) => Err(format!(
                "say one of text, button_reply, list_reply, {}, or type with content",
                KINDS.join(", ")
            )),
        }
    }

    /// What the chat on the page shows of it.
    pub(super) fn shown(&self) -> String {
        let at = |pointer: &str| self.value.pointer(pointer).and_then(Value::as_str);
        match self.kind.as_str() {
            "text" => at("/body").unwrap_or_default().to_owned(),
            "button" => format!("[button] {}", at("/text").unwrap_or_default()),
            "interactive" => {
                let title = at("/button_reply/title").or_else(|| at("/list_reply/title"));
                format!("[button] {}", title.unwrap_or_default())
            }
            "reaction" => at("/emoji").unwrap_or("[no reaction any more]").to_owned(),
            kind => {
                let words = ["/caption", "/filename", "/name", "/body", "/type"];
                let words = words.into_iter().find_map(at).unwrap_or_default();
                format!("[{kind}] {words}").trim_end().to_owned()
            }
        }
    }
}

fn needs(value: &Value, kind: &str, names: &[&str]) -> Result<(), String> {
    match names.iter().find(|name| value.get(**name).is_none_or(Value::is_null)) {
        Some(missing) => Err(format!("{kind} needs {missing}")),
        None => Ok(()),
    }
}

/// A file is given as its bytes in base64, or as the id of one that is there.
fn file(kind: &str, mut value: Value, files: &mut MediaStore) -> Result<Value, String> {
    let Some(object) = value.as_object_mut() else { return Err(format!("{kind} is an object")) };
    let data = object.remove("data");
    if object.contains_key("id") && data.is_none() {
        return Ok(value);
    }
    let data = data.as_ref().and_then(Value::as_str).unwrap_or_default();
    let bytes = STANDARD.decode(data).map_err(|_| format!("{kind}.data is base64"))?;
    let usual = match kind {
        "audio" => "audio/ogg; codecs=opus",
        "document" => "application/pdf",
        "image" => "image/jpeg",
        "sticker" => "image/webp",
        _ => "video/mp4",
    };
    let mime = object.get("mime_type").and_then(Value::as_str).unwrap_or(usual).to_owned();
    let media = Media::of(mime.clone(), bytes);
    object.insert("mime_type".to_owned(), json!(mime));
    object.insert("sha256".to_owned(), json!(media.sha256));
    object.insert("id".to_owned(), json!(files.keep(media)));
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wanted: Value) -> Result<(String, Value), String> {
        let content = Content::read(wanted.as_object().unwrap(), &mut MediaStore::default())?;
        Ok((content.kind, content.value))
    }

    #[test]
    fn a_person_says_what_a_phone_can_say() {
        let tap = json!({ "id": "open:1", "title": "Open" });
        let place = json!({ "latitude": 30.0, "longitude": 31.2 });
        let rows = [
            (json!({ "text": "Hi" }), "text", json!({ "body": "Hi" })),
            (
                json!({ "button_reply": tap }),
                "interactive",
                json!({ "type": "button_reply", "button_reply": tap }),
            ),
            (json!({ "location": place }), "location", place.clone()),
            (json!({ "type": "poll", "content": { "x": 1 } }), "poll", json!({ "x": 1 })),
        ];
        for (wanted, kind, value) in rows {
            assert_eq!(read(wanted), Ok((kind.to_owned(), value)));
        }
        let (kind, value) = read(json!({ "image": { "data": "aGk=" } })).unwrap();
        assert_eq!((kind.as_str(), &value["mime_type"]), ("image", &json!("image/jpeg")));
        assert!(value["id"].is_string() && value.get("data").is_none(), "{value}");
    }

    #[test]
    fn what_nobody_can_say_is_told() {
        let rows = [
            (json!({ "text": " " }), "says something"),
            (json!({}), "one of text"),
            (json!({ "button_reply": { "id": "x" } }), "needs title"),
            (json!({ "image": { "data": "?" } }), "base64"),
        ];
        for (wanted, expected) in rows {
            let said = read(wanted.clone()).unwrap_err();
            assert!(said.contains(expected), "{wanted}: {said}");
        }
    }
}
