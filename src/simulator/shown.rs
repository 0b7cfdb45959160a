//! What a person sees of a message: its text, and the buttons under it.

use serde_json::Value;

/// The text that the person reads.
pub(super) fn text(request: &Value) -> String {
    let at = |pointer: &str| request.pointer(pointer).and_then(Value::as_str);
    match request.get("type").and_then(Value::as_str).unwrap_or("text") {
        "text" => at("/text/body").unwrap_or_default().to_owned(),
        "interactive" => at("/interactive/body/text").unwrap_or_default().to_owned(),
        "template" => template(request),
        "reaction" => at("/reaction/emoji").unwrap_or_default().to_owned(),
        kind => {
            let said = ["caption", "filename", "name", "link", "id"]
                .into_iter()
                .find_map(|field| at(&format!("/{kind}/{field}")));
            format!("[{kind}] {}", said.unwrap_or_default()).trim_end().to_owned()
        }
    }
}

/// The titles of the buttons under the text.
pub(super) fn buttons(request: &Value) -> Vec<String> {
    let buttons = request.pointer("/interactive/action/buttons").and_then(Value::as_array);
    let title = |button: &Value| button.pointer("/reply/title")?.as_str().map(str::to_owned);
    buttons.into_iter().flatten().filter_map(title).collect()
}

/// A template's own words are kept at Meta, so its name stands for them, with what fills it.
fn template(request: &Value) -> String {
    let name = request.pointer("/template/name").and_then(Value::as_str).unwrap_or_default();
    let components = request.pointer("/template/components").and_then(Value::as_array);
    let values: Vec<_> = components
        .into_iter()
        .flatten()
        .filter(|component| {
            let kind = component.get("type").and_then(Value::as_str);
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("body"))
        })
        .filter_map(|component| component.get("parameters")?.as_array())
        .flatten()
        .filter_map(|parameter| parameter.get("text")?.as_str())
        .collect();
    if is_code(request) {
        // Meta's own words, which no business can change.
        let code = values.first().copied().unwrap_or_default();
        return format!("*{code}* is your verification code. For your security, do not share it.");
    }
    format!("[{name}] {}", values.join(" · ")).trim_end().to_owned()
}

/// Only templates for codes have a button that copies, which is filled as one that opens an address
/// with what the body says.
fn is_code(request: &Value) -> bool {
    let text = |at: &str| request.pointer(&format!("/template/components/{at}/parameters/0/text"));
    let button = request.pointer("/template/components/1/sub_type").and_then(Value::as_str);
    button == Some("url") && text("0").is_some() && text("0") == text("1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_reads_the_words_and_not_the_wire() {
        let template = json!({ "type": "template", "template": { "name": "ticket_update",
            "components": [
                { "type": "body", "parameters": [{ "text": "#4711" }, { "text": "Pending" }] },
                { "type": "button", "parameters": [{ "text": "t/1" }] },
            ] } });
        let question = json!({ "type": "interactive", "interactive": {
            "body": { "text": "Solved?" },
            "action": { "buttons": [{ "reply": { "id": "y", "title": "Yes" } }] } } });
        let file = json!({ "type": "document", "document": { "filename": "a.pdf", "link": "x" } });
        let parameters = json!([{ "type": "text", "text": "123456" }]);
        let code = json!({ "type": "template", "template": { "name": "login", "components": [
            { "type": "body", "parameters": parameters },
            { "type": "button", "sub_type": "url", "index": "0", "parameters": parameters },
        ] } });
        let said = "*123456* is your verification code. For your security, do not share it.";
        let rows = [
            (code, said),
            (json!({ "text": { "body": "*Hi*" } }), "*Hi*"),
            (template, "[ticket_update] #4711 · Pending"),
            (question.clone(), "Solved?"),
            (file, "[document] a.pdf"),
        ];
        for (request, expected) in rows {
            assert_eq!(text(&request), expected);
        }
        assert_eq!(buttons(&question), ["Yes"]);
    }
}
