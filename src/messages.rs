//! The words we send: one askama file for each event, audience and language. Filled with typed
//! values it is free text, with placeholders it is the template that tells the same.
pub mod alert;
pub mod code;
pub mod digest;
pub mod language;
pub mod letter;
pub mod mail;
pub mod mail_opt_out;
pub mod template;
mod words;

use crate::domain::comment::Visibility;
use crate::domain::event::{Audience, Event};
use crate::domain::text::cut;
use crate::domain::ticket::Ticket;
use language::Language;
use letter::Letter;
use words::Words;

/// Meta takes 4,096 characters of text in one message.
pub const LONGEST_BODY: usize = 4096;

/// What a message tells of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What happened.
    pub event: Event,
    /// The ticket after it.
    pub ticket: &'a Ticket,
    /// The developer whom the message names, where the ticket no longer does.
    pub developer: Option<&'a str>,
    /// The reason or the resolution that was given, or what a comment says.
    pub note: Option<&'a str>,
    /// Who wrote the comment.
    pub author: Option<&'a str>,
    /// For whom the comment is.
    pub visibility: Visibility,
}

/// A message for one reader, in both forms.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it says as free text.
    pub body: String,
    /// The template that tells the same.
    pub letter: Letter,
    /// In which language.
    pub language: Language,
    /// What fills the template, in no language where it is a word of ours.
    pub values: Vec<(String, String)>,
}

/// The message for one reader. Where it would be too long, the description gives way, then what
/// somebody wrote besides; all else stays whole.
pub fn write(told: Told<'_>, audience: Audience, reader: &str, language: Language) -> Written {
    let letter = Letter::of(told.event, audience);
    let mut words = Words::new(told, language, reader);
    let values = letter.places().iter().filter_map(|name| {
        // No template takes more of one value.
        let value = cut(&words.neutral(name, told)?, template::LONGEST);
        Some((name.clone(), value))
    });
    let values = values.collect();
    Written { body: body(letter, language, &mut words), letter, language, values }
}

/// A letter about no single ticket.
fn about_no_ticket(letter: Letter, language: Language, values: Vec<(String, String)>) -> Written {
    let of = |name: &str| {
        let value = values.iter().find(|(known, _)| known == name);
        value.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    Written { body: letter.fill(language, &Words::each(of)), letter, language, values }
}

fn body(letter: Letter, language: Language, words: &mut Words) -> String {
    let mut body = letter.fill(language, words);
    for which in [Words::description, Words::note, Words::resolution] {
        let over = body.chars().count().saturating_sub(LONGEST_BODY);
        if over == 0 {
            return body;
        }
        if let Some(text) = which(words) {
            *text = cut(text, text.chars().count().saturating_sub(over));
            body = letter.fill(language, words);
        }
    }
    cut(&body, LONGEST_BODY)
}

#[cfg(test)]
mod tests;
