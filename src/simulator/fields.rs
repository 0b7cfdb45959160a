//! Reading one parameter of a request, refused in Meta's words where it is missing or too long.

use serde_json::Value;

use super::refusal::Refusal;

/// The text at a JSON pointer, if it is there; refused where it is no text or over `max`
/// characters. Meta does not say what a character is: here it is a Unicode scalar value.
pub(super) fn optional<'a>(
    root: &'a Value,
    pointer: &str,
    max: usize,
) -> Result<Option<&'a str>, Refusal> {
    let text = match root.pointer(pointer) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.as_str(),
        Some(_) => {
            return Err(Refusal::invalid(format!("Param {} must be a string.", name(pointer))));
        }
    };
    // A text has at least as many bytes as characters, so most need not be counted.
    if text.len() > max && text.chars().count() > max {
        let name = name(pointer);
        let details = format!("Param {name} must be at most {max} characters long.");
        return Err(Refusal::invalid(details));
    }
    Ok(Some(text))
}

/// The text at a JSON pointer, which has to be there and to say something.
pub(super) fn needed<'a>(root: &'a Value, pointer: &str, max: usize) -> Result<&'a str, Refusal> {
    match optional(root, pointer, max)? {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(Refusal::missing(&name(pointer))),
    }
}

/// The list at a JSON pointer, which has to be there with 1 to `max` entries.
pub(super) fn list<'a>(root: &'a Value, pointer: &str, max: usize) -> Result<&'a [Value], Refusal> {
    let Some(Value::Array(items)) = root.pointer(pointer) else {
        return Err(Refusal::missing(&name(pointer)));
    };
    if items.is_empty() || items.len() > max {
        let details = format!("Param {} must have 1 to {max} entries.", name(pointer));
        return Err(Refusal::invalid(details));
    }
    Ok(items)
}

/// `/text/body` as Meta writes it: `text['body']`.
fn name(pointer: &str) -> String {
    let mut parts = pointer.trim_start_matches('/').split('/');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.parse::<usize>() {
            Ok(index) => name += &format!("[{index}]"),
            Err(_) => name += &format!("['{part}']"),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_is_named_as_meta_names_it() {
        let rows = [
            ("/to", "to"),
            ("/text/body", "text['body']"),
            ("/interactive/action/buttons/0/reply", "interactive['action']['buttons'][0]['reply']"),
        ];
        for (pointer, expected) in rows {
            assert_eq!(name(pointer), expected);
        }
    }

    #[test]
    fn a_length_is_counted_in_characters() {
        let root = json!({ "a": "éé", "n": 1 });
        assert_eq!(optional(&root, "/a", 2), Ok(Some("éé")));
        assert_eq!(optional(&root, "/a", 1).unwrap_err().code, 100);
        assert_eq!(optional(&root, "/n", 1).unwrap_err().code, 100);
        assert_eq!(needed(&root, "/b", 1).unwrap_err().code, 131008);
    }
}
