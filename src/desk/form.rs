//! The form in which a message goes out: free text, or the template that tells the same.
use super::templates::Templates;
use crate::domain::markup::unmarked;
use crate::domain::medium::Medium;
use crate::domain::text::cut;
use crate::ports::channel::{Form, OptOut, Outgoing};
use crate::store::deliveries::Claimed;

/// Three parts of a text message hold so much in letters of the GSM alphabet.
const LONGEST_TEXT: usize = 459;

/// The one place that makes the form in which a message goes out. The claim has written down
/// whether it is free text, so that a crash leaves no doubt about it.
pub(super) fn outgoing(
    claimed: Claimed,
    templates: &Templates,
    opt_out: Option<OptOut>,
) -> Outgoing {
    let form = match claimed.template {
        Some(form) => Form::Template(templates.message(form)),
        None if claimed.medium == Medium::Sms => Form::Text(text_message(&claimed.body)),
        None => Form::Text(claimed.body),
    };
    let (notification, attempt) = (claimed.id, claimed.attempt);
    Outgoing { notification, attempt, to: claimed.to, form, opt_out }
}

/// A text message is read as it is written, and billed by its parts: what it begins with says what it
/// is about. A picture in front would make each part half as long.
fn text_message(body: &str) -> String {
    let plain = unmarked(body);
    cut(plain.trim_start_matches(|sign: char| !sign.is_alphanumeric()), LONGEST_TEXT)
}

/// The template that goes, and in which language.
pub(super) fn named(form: &Form) -> Option<(String, String)> {
    match form {
        Form::Template(sent) => Some((sent.name.clone(), sent.language.clone())),
        Form::Text(_) | Form::Code(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_message_is_plain_and_short() {
        let body = format!("🎫 *New Ticket*\n\n*Title:* x\n{}\n\n_Support_", "y".repeat(4000));
        let text = text_message(&body);
        assert!(text.starts_with("New Ticket\n\nTitle: x\nyyy") && text.ends_with('…'), "{text}");
        assert_eq!(text.chars().count(), LONGEST_TEXT);
        assert_eq!(text_message("⚠️ *تذكرة*"), "تذكرة");
    }
}
