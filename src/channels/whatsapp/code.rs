//! A one-time code over the wire: Meta's own words for it, with a button that copies the code. The
//! code stands in it twice, and only the number itself can be written to, no business-scoped id.
use serde::Serialize;

use crate::messages::template::CODE_TEMPLATE;

/// What the template is registered with: the words are Meta's own, and the button copies the code.
pub(super) fn components(minutes: i64) -> serde_json::Value {
    serde_json::json!({ "components": [
        { "type": "BODY", "add_security_recommendation": true },
        { "type": "FOOTER", "code_expiration_minutes": minutes },
        { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE" }] },
    ] })
}

/// What stands under `template`.
#[derive(Debug, Serialize)]
pub(super) struct CodeTemplate<'a> {
    name: &'static str,
    language: Language<'a>,
    components: [Component<'a>; 2],
}

#[derive(Debug, Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(Debug, Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    button: Option<Button>,
    parameters: [Parameter<'a>; 1],
}

/// The button was registered as one that copies; it is filled as one that opens an address.
#[derive(Debug, Serialize)]
struct Button {
    sub_type: &'static str,
    index: &'static str,
}

#[derive(Debug, Serialize)]
struct Parameter<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

impl<'a> CodeTemplate<'a> {
    /// With this code, in this language.
    pub(super) fn new(code: &'a str, language: &'a str) -> Self {
        let of = |kind, button| Component {
            kind,
            button,
            parameters: [Parameter { kind: "text", text: code }],
        };
        let button = Button { sub_type: "url", index: "0" };
        Self {
            name: CODE_TEMPLATE,
            language: Language { code: language },
            components: [of("body", None), of("button", Some(button))],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Meta's reference: authentication templates with a button that copies.
    #[test]
    fn the_code_stands_in_the_words_and_in_the_button() {
        let text = json!([{ "type": "text", "text": "123456" }]);
        assert_eq!(
            serde_json::to_value(CodeTemplate::new("123456", "pt_BR")).unwrap(),
            json!({
                "name": CODE_TEMPLATE, "language": { "code": "pt_BR" },
                "components": [
                    { "type": "body", "parameters": text },
                    { "type": "button", "sub_type": "url", "index": "0", "parameters": text },
                ],
            })
        );
    }
}
