//! Knowing a template that carries a one-time code: Meta sends none to a business-scoped id.

use serde_json::Value;

/// Whether this message is one: the code stands in its text and, once more, in its button.
pub(super) fn is_in(root: &Value) -> bool {
    let components = root.pointer("/template/components").and_then(Value::as_array);
    let text = |kind: &str| {
        let mut found = components.into_iter().flatten().filter(|component| {
            let named = component.get("type").and_then(Value::as_str);
            named.is_some_and(|named| named.eq_ignore_ascii_case(kind))
        });
        found.find_map(|component| match component.get("sub_type").and_then(Value::as_str) {
            None | Some("url" | "copy_code") => {
                component.pointer("/parameters/0/text")?.as_str().filter(|text| text.len() <= 15)
            }
            Some(_) => None,
        })
    };
    let code = text("button");
    code.is_some() && code == text("body")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(body: &str, button: &str) -> Value {
        let parameter = |text: &str| json!([{ "type": "text", "text": text }]);
        json!({ "template": { "name": "code", "components": [
            { "type": "body", "parameters": parameter(body) },
            { "type": "button", "sub_type": "url", "index": "0", "parameters": parameter(button) },
        ] } })
    }

    #[test]
    fn a_code_is_known_by_its_button() {
        assert!(is_in(&template("123456", "123456")));
        assert!(!is_in(&template("Ann", "t/4711")));
        assert!(!is_in(&json!({ "template": { "name": "hello" } })));
    }
}
