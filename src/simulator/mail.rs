//! A mail that was sent, read as a mail reader reads it.

use chrono::{DateTime, Utc};
use mail_parser::{Address, Message, MessageParser, PartType};

use super::provider::Provider;

/// A mail.
pub(super) struct Mail {
    /// The name that whoever took it gave it.
    pub(super) id: String,
    /// Who took it.
    pub(super) provider: Provider,
    /// When.
    pub(super) at: DateTime<Utc>,
    /// Whom it is from.
    pub(super) from: String,
    /// Whom it is for, the hidden ones too.
    pub(super) to: Vec<String>,
    /// What it says.
    pub(super) letter: Letter,
}

/// What a mail says, whoever takes it.
pub(super) struct Letter {
    /// Whom it says that it is from.
    pub(super) from: Option<String>,
    /// Whom its headers name.
    pub(super) to: Vec<String>,
    /// Its subject.
    pub(super) subject: String,
    /// Its plain text.
    pub(super) text: Option<String>,
    /// Its HTML.
    pub(super) html: Option<String>,
    /// Its headers, unfolded, in their order; Bcc is not among them.
    pub(super) headers: Vec<(String, String)>,
}

impl Letter {
    /// Reads the bytes of RFC 5322; `None` where they are no mail.
    pub(super) fn read(raw: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(raw)?;
        let headers: Vec<_> = message
            .headers_raw()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("bcc"))
            .map(|(name, value)| (name.to_owned(), unfolded(value)))
            .collect();
        if headers.is_empty() {
            return None;
        }
        let to = [message.to(), message.cc(), message.bcc()];
        Some(Self {
            from: message.from().and_then(|from| addresses(from).pop()),
            to: to.into_iter().flatten().flat_map(addresses).collect(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: text(&message),
            html: html(&message),
            headers,
        })
    }

    /// A header, by its name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Says that it is from this address, whatever it said before.
    pub(super) fn is_from(&mut self, address: &str) {
        if self.from.as_deref().is_some_and(|from| from.eq_ignore_ascii_case(address)) {
            return;
        }
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("from"));
        self.headers.push(("From".to_owned(), address.to_owned()));
        self.from = Some(address.to_owned());
    }

    /// The mail that it is once somebody has taken it.
    pub(super) fn taken(
        self,
        provider: Provider,
        from: String,
        to: Vec<String>,
        at: DateTime<Utc>,
    ) -> Mail {
        let id = format!("{:016x}", rand::random::<u64>() >> 3);
        Mail { id, provider, at, from, to, letter: self }
    }
}

fn text(message: &Message<'_>) -> Option<String> {
    message.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

fn html(message: &Message<'_>) -> Option<String> {
    message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    })
}

/// Every address of a header, in lower case, as mailboxes are known by it.
fn addresses(header: &Address<'_>) -> Vec<String> {
    header.iter().filter_map(|one| one.address()).map(str::to_lowercase).collect()
}

fn unfolded(value: &str) -> String {
    value.replace("\r\n", "").replace('\n', "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_as_a_reader_reads_it() {
        let raw = "From: Desk <desk@example.com>\r\nTo: Ann <Ann@Example.org>,\r\n bob@x.org\r\n\
                   Bcc: eve@x.org\r\nSubject: =?utf-8?B?w6k=?= and\r\n more\r\n\
                   Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n\
                   Content-Type: multipart/alternative; boundary=b\r\n\r\n\
                   --b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                   Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9\r\n\
                   --b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n";
        let letter = Letter::read(raw.as_bytes()).unwrap();
        assert_eq!(letter.from.as_deref(), Some("desk@example.com"));
        assert_eq!(letter.to, ["ann@example.org", "bob@x.org", "eve@x.org"]);
        assert_eq!(letter.subject, "é and more");
        assert_eq!(letter.text.as_deref(), Some("café"));
        assert_eq!(letter.html.as_deref(), Some("<p>x</p>"));
        assert_eq!(letter.header("message-id"), Some("<1@example.com>"));
        assert_eq!(letter.header("to"), Some("Ann <Ann@Example.org>, bob@x.org"));
        assert_eq!(letter.header("bcc"), None);
        assert!(Letter::read(b"").is_none());
        let mut letter = letter;
        letter.is_from("other@example.com");
        assert_eq!(letter.header("from"), Some("other@example.com"));
    }
}
