//! The words of a message as an e-mail: a subject, plain text, and the same as HTML. What is bold on
//! a phone is bold here; what a person typed is text and never markup.
use askama::Template;

/// An e-mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// For those who read no HTML.
    pub text: String,
    /// For all others.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/message.html")]
struct Page<'a> {
    language: &'a str,
    subject: &'a str,
    lines: Vec<Vec<Piece<'a>>>,
    code: Option<&'a str>,
    way_out: Option<(&'a str, &'a str)>,
}

/// A part of a line.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Bold(&'a str),
    Leaning(&'a str),
}

/// The longest subject that mailboxes show.
const LONGEST_SUBJECT: usize = 120;

/// A message of ours; its first line is what it is about. At its end stands where its reader says that
/// they want no more of them: an address and its words.
pub fn letter(words: &str, way_out: Option<(&str, &str)>) -> Mail {
    let first = words.lines().next().unwrap_or_default();
    let subject: String = pieces(first).iter().map(Piece::words).collect();
    let shown = subject.trim().chars().filter(|sign| !sign.is_control());
    let subject: String = shown.take(LONGEST_SUBJECT).collect();
    write(subject, words, None, way_out)
}

/// The message that carries a code, which stands in it once more, large.
pub fn code(product: &str, words: &str, code: &str) -> Mail {
    write(format!("Your {product} verification code"), words, Some(code), None)
}

fn write(subject: String, words: &str, code: Option<&str>, way_out: Option<(&str, &str)>) -> Mail {
    let lines: Vec<Vec<Piece>> = words.lines().map(pieces).collect();
    let told = lines.iter().map(|line| line.iter().map(Piece::words).collect::<String>());
    let mut text = told.collect::<Vec<_>>().join("\n");
    if let Some((url, words)) = way_out {
        text.push_str(&format!("\n\n{words}: {url}"));
    }
    let page = Page { language: "en", subject: &subject, lines, code, way_out };
    let html = page.render().expect("writing into a string cannot fail");
    Mail { subject, text, html }
}

impl<'a> Piece<'a> {
    fn words(&self) -> &'a str {
        match self {
            Self::Plain(words) | Self::Bold(words) | Self::Leaning(words) => words,
        }
    }
}

/// What stands between two `*` is bold, between two `_` around words leans. Whatever a person typed
/// has none of these signs any more, but for a `_` inside a word.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut found = vec![];
    let mut rest = line;
    while let Some((before, inside, after)) = marked(rest, '*') {
        found.extend(plain(before));
        found.push(Piece::Bold(inside));
        rest = after;
    }
    let whole = rest.strip_prefix('_').and_then(|rest| rest.strip_suffix('_'));
    match whole.filter(|inside| found.is_empty() && !inside.is_empty()) {
        Some(inside) => found.push(Piece::Leaning(inside)),
        None => found.extend(plain(rest)),
    }
    found
}

fn marked(line: &str, sign: char) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once(sign)?;
    let (inside, after) = rest.split_once(sign)?;
    (!inside.is_empty()).then_some((before, inside, after))
}

fn plain(words: &str) -> Option<Piece<'_>> {
    (!words.is_empty()).then_some(Piece::Plain(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_on_a_phone_without_its_signs() {
        let words = "🎫 *New Ticket Created*\n\n*Title:* <b>1 < 2</b> file_name\n\n_Team_";
        let mail = letter(words, None);
        assert_eq!(mail.subject, "🎫 New Ticket Created");
        assert_eq!(mail.text, "🎫 New Ticket Created\n\nTitle: <b>1 < 2</b> file_name\n\nTeam");
        for part in ["<strong>Title:</strong> ", "<em>Team</em>", "file_name"] {
            assert!(mail.html.contains(part), "{part} in {}", mail.html);
        }
        assert!(!mail.html.contains("<b>"), "what a person typed is text: {}", mail.html);
        let mail = letter(words, Some(("https://desk.example.com/x", "No more & such")));
        assert!(mail.text.ends_with("Team\n\nNo more & such: https://desk.example.com/x"));
        let link = "<a href=\"https://desk.example.com/x\">No more &#38; such</a>";
        assert!(mail.html.contains(link), "{}", mail.html);
    }

    #[test]
    fn a_code_stands_in_the_words_and_once_more() {
        let mail = code("Desk & Co", "Your code is: 123456.", "123456");
        assert_eq!(mail.subject, "Your Desk & Co verification code");
        assert_eq!(mail.text, "Your code is: 123456.");
        assert_eq!(mail.html.matches("123456").count(), 2);
    }

    #[test]
    fn a_subject_is_one_line_and_not_long() {
        let mail = letter(&format!("*{}*\nBcc: x@example.com", "é".repeat(500)), None);
        assert_eq!(mail.subject.chars().count(), 120);
        assert_eq!(letter("", None).subject, "");
    }
}
