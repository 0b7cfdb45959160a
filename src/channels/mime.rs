//! A message as an e-mail (RFC 5322): HTML and plain text, from one of us to one person. Headers are
//! written by a builder that encodes whatever stands in them, so that nothing can begin another one.
use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{From, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::domain::attempt::{Failure, Remedy};
use crate::domain::medium;
use crate::messages::mail::{self, Mail};
use crate::ports::channel::{Form, Outgoing};

/// From whom our e-mails come.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The mailbox; whoever carries the mail knows it where there is none.
    mailbox: Option<Mailbox>,
    /// As what we speak of ourselves.
    product: String,
}

impl Sender {
    /// A sender that is known to whoever carries the mail.
    pub fn known(product: &str) -> Self {
        Self { mailbox: None, product: shown(product) }
    }

    /// Reads `desk@example.com` or `Desk <desk@example.com>`; one without a name gets the product's.
    pub fn parse(raw: &str, product: &str) -> Option<Self> {
        let mailbox: Mailbox = raw.trim().parse().ok()?;
        let product = shown(product);
        let name = mailbox.name.or_else(|| Some(product.clone()));
        let mailbox = Mailbox { name, email: mailbox.email };
        Some(Self { mailbox: Some(mailbox), product })
    }

    /// Its address.
    pub fn address(&self) -> Option<&str> {
        self.mailbox.as_ref().map(|mailbox| mailbox.email.as_ref())
    }

    /// The e-mail that this message is.
    pub(super) fn write(&self, outgoing: &Outgoing) -> Result<Message, Failure> {
        let to = match &outgoing.to {
            medium::Address::Email(to) => to.as_str().parse::<Address>(),
            medium::Address::Phone(_) => return Err(never("a phone has no mailbox")),
        };
        let to = to.map_err(|_| never("the address is none that mail can be sent to"))?;
        let way_out = outgoing.opt_out.as_ref().map(|it| (it.url.as_str(), it.words));
        let Mail { subject, text, html } = match &outgoing.form {
            Form::Text(words) => mail::letter(words, way_out),
            Form::Code(code) => mail::code(&self.product, &code.text, &code.code),
            Form::Template(_) => return Err(never("an e-mail has no template")),
        };
        let nobody = || Mailbox::new(None, Address::new("desk", "localhost").expect("an address"));
        let from = self.mailbox.clone().unwrap_or_else(nobody);
        let (id, attempt) = (outgoing.notification.0, outgoing.attempt);
        let random = hex::encode(rand::random::<[u8; 8]>());
        let id = format!("<deskbell.{id}.{attempt}.{random}@{}>", from.email.domain());
        // Whoever is away is not to answer a machine.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        // A mail program may show a button of its own; RFC 8058 wants HTTPS for it.
        let one_click = way_out.filter(|(url, _)| url.starts_with("https://"));
        let message = one_click.into_iter().fold(message, |message, (url, _)| {
            let header =
                |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
            message.raw_header(header("List-Unsubscribe", format!("<{url}>"))).raw_header(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ))
        });
        let message = message.multipart(MultiPart::alternative_plain_html(text, html));
        let mut message = message.map_err(|error| never(&format!("no mail: {error}")))?;
        if self.mailbox.is_none() {
            message.headers_mut().remove::<From>();
        }
        Ok(message)
    }
}

/// No name holds a sign that ends a line.
fn shown(name: &str) -> String {
    name.chars().filter(|sign| !sign.is_control()).collect()
}

fn never(message: &str) -> Failure {
    Failure { code: None, message: message.to_owned(), remedy: Remedy::Never }
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;
    use crate::domain::medium::Medium;
    use crate::domain::notification::NotificationId;
    use crate::ports::channel::CodeForm;

    fn outgoing(form: Form) -> Outgoing {
        let to = medium::Address::parse(Medium::Email, "Jane@Example.com").expect("an address");
        Outgoing { notification: NotificationId(7), attempt: 2, to, form, opt_out: None }
    }

    fn written(sender: &Sender, form: Form) -> Vec<u8> {
        sender.write(&outgoing(form)).expect("a mail").formatted()
    }

    #[test]
    fn a_code_comes_as_html_and_as_plain_text() {
        let sender = Sender::parse("Desk & Söhne <desk@example.com>", "Deskbell").unwrap();
        assert_eq!(sender.address(), Some("desk@example.com"));
        let (code, text) = ("123456".to_owned(), "Your code: 123456.".to_owned());
        let raw = written(
            &sender,
            Form::Code(CodeForm { code, text, minutes: 10, language: "en".to_owned() }),
        );
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        let from = mail.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!(from.name(), Some("Desk & Söhne"));
        assert_eq!(from.address(), Some("desk@example.com"));
        assert_eq!(mail.subject(), Some("Your Deskbell verification code"));
        assert_eq!(mail.body_text(0).as_deref().map(str::trim), Some("Your code: 123456."));
        assert!(mail.body_html(0).is_some_and(|html| html.contains("123456")));
        assert!(mail.message_id().is_some_and(|id| id.starts_with("deskbell.7.2.")));
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    }

    #[test]
    fn no_header_can_be_smuggled_in() {
        let sender = Sender::parse("desk@example.com", "Deskbell\r\nBcc: eve@example.com").unwrap();
        let words = "*Title\u{2028}Bcc: eve@example.com*\r\nBcc: eve@example.com\r\n\r\nx";
        let raw = written(&sender, Form::Text(words.to_owned()));
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        assert!(mail.bcc().is_none(), "{}", String::from_utf8_lossy(&raw));
        assert_eq!(
            mail.to().and_then(|to| to.first()).and_then(|to| to.address()),
            Some("jane@example.com")
        );
        assert_eq!(
            mail.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case("bcc")).count(),
            0
        );
    }

    #[test]
    fn a_sender_who_is_known_elsewhere_is_left_out() {
        let raw = written(&Sender::known("Deskbell"), Form::Text("Hello".to_owned()));
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        assert!(mail.from().is_none() && mail.to().is_some());
        for wrong in ["", "desk", "desk@", "a@b.c\r\nBcc: x@y.z", "a@b.c, d@e.f"] {
            assert!(Sender::parse(wrong, "Deskbell").is_none(), "{wrong:?}");
        }
    }
}
