//! The shape of a template message, from Meta's reference.

use serde_json::Value;

use super::{
    fields::{list, needed, optional},
    refusal::Refusal,
};

const COMPONENTS: &str = "/template/components";

/// Checks the object `template` of a request.
pub(super) fn check(root: &Value) -> Result<(), Refusal> {
    needed(root, "/template/name", 512)?;
    needed(root, "/template/language/code", 20)?;
    if matches!(root.pointer(COMPONENTS), None | Some(Value::Null)) {
        return Ok(());
    }
    let Some(Value::Array(components)) = root.pointer(COMPONENTS) else {
        return Err(Refusal::invalid("Param template['components'] must be an array."));
    };
    (0..components.len()).try_for_each(|index| component(root, &format!("{COMPONENTS}/{index}")))
}

fn component(root: &Value, base: &str) -> Result<(), Refusal> {
    let kind = needed(root, &format!("{base}/type"), 64)?.to_ascii_lowercase();
    match kind.as_str() {
        "button" => needed(root, &format!("{base}/sub_type"), 64).map(drop)?,
        "header" | "body" => {}
        // The rarer ones (carousel, limited-time offer …) have a shape of their own.
        _ => return Ok(()),
    }
    let parameters = format!("{base}/parameters");
    if root.pointer(&parameters).is_none() {
        return Ok(());
    }
    for (index, parameter) in list(root, &parameters, 100)?.iter().enumerate() {
        needed(root, &format!("{parameters}/{index}/type"), 64)?;
        optional(root, &format!("{parameters}/{index}/text"), 32_768)?;
        one_line(parameter.get("text").and_then(Value::as_str).unwrap_or_default())?;
    }
    Ok(())
}

fn one_line(text: &str) -> Result<(), Refusal> {
    if text.contains(['\n', '\r', '\t']) || text.contains("     ") {
        let details = "Param text cannot have new-line/tab characters or more than 4 consecutive \
                       spaces";
        return Err(Refusal::bad_template(details));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_text(text: &str) -> Value {
        json!({ "template": { "name": "ticket_update", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": [{ "type": "text", "text": text }] }],
        } })
    }

    #[test]
    fn a_template_has_metas_shape() {
        let bare = json!({ "template": { "name": "hello", "language": { "code": "en" } } });
        let button = json!({ "template": { "name": "hello", "language": { "code": "en" },
            "components": [{ "type": "button", "index": "0" }] } });
        let rows = [
            (json!({}), Some(131008)),
            (json!({ "template": { "name": "hello" } }), Some(131008)),
            (bare, None),
            (button, Some(131008)),
            (with_text("#4711"), None),
            (with_text("four    spaces"), None),
            (with_text("five     spaces"), Some(132018)),
            (with_text("two\nlines"), Some(132018)),
        ];
        for (root, expected) in rows {
            assert_eq!(check(&root).err().map(|refusal| refusal.code), expected, "{root}");
        }
    }
}
