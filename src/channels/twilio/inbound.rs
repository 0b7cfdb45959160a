//! What a person wrote to a number of ours at Twilio, and which words Twilio itself acts on.
use chrono::{DateTime, Utc};

use super::signature;
use crate::domain::consent::Said;
use crate::domain::medium::Medium;
use crate::domain::phone::PhoneNumber;
use crate::ports::webhook::{Incoming, Writer};

/// Twilio's words for an SMS after which it refuses to send to a number (21610), and for taking that
/// back, where nobody has chosen others (Twilio's documentation of opt-out keywords, 2026).
const STOP: [&str; 8] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

/// One message; Twilio does not say when it was written, so it is dated by when it came. `None` where
/// nobody could be known by whatever it came from, such as a short code.
pub(super) fn read(form: &[(String, String)], received_at: DateTime<Utc>) -> Option<Incoming> {
    let field = |name| signature::field(form, name);
    let from = field("From")?;
    let (over, number) = match from.strip_prefix("whatsapp:") {
        Some(number) => (Medium::WhatsApp, number),
        None => (Medium::Sms, from),
    };
    // Twilio may put WhatsApp's id of a person in the place of their number.
    let number = Some(number).filter(|number| number.starts_with('+'));
    let number = number.and_then(|number| PhoneNumber::parse(number).ok());
    let user_id = field("ExternalUserId").map(str::to_owned);
    if number.is_none() && user_id.is_none() {
        return None;
    }
    let text = field("Body");
    Some(Incoming {
        message_id: field("MessageSid").or(field("SmsSid"))?.to_owned(),
        from: Writer { number, user_id, name: field("ProfileName").map(str::to_owned) },
        over,
        opens_window: false,
        taken_for: taken_for(over, field("OptOutType"), text.unwrap_or_default()),
        kind: field("MessageType").unwrap_or("text").to_owned(),
        text: text.map(str::to_owned),
        button: field("ButtonPayload").map(str::to_owned),
        quoted: field("OriginalRepliedMessageSid").map(str::to_owned),
        at: received_at,
    })
}

/// What Twilio took a message for: it says so where a Messaging Service has words of its own, and goes
/// by its usual ones otherwise.
fn taken_for(over: Medium, told: Option<&str>, text: &str) -> Option<Said> {
    let word = text.trim().to_uppercase();
    match told {
        Some("STOP") => Some(Said::Enough),
        Some("START") => Some(Said::Again),
        Some(_) => Some(Said::Else),
        None if over != Medium::Sms => None,
        None if STOP.contains(&word.as_str()) => Some(Said::Enough),
        None if START.contains(&word.as_str()) => Some(Said::Again),
        None => None,
    }
}

/// The id of the message that somebody wrote, by which the webhook is known however often and in
/// whichever words Twilio posts it; `None` where it is about a message of ours.
pub(super) fn id(kept: &[u8]) -> Option<Vec<u8>> {
    let form = signature::pairs(std::str::from_utf8(kept).ok()?);
    let field = |name| signature::field(&form, name);
    let status = field("MessageStatus").or(field("SmsStatus"))?;
    let is_theirs = ["receiving", "received"].contains(&status);
    let id = field("MessageSid").or(field("SmsSid")).filter(|_| is_theirs)?;
    Some(format!("inbound {id}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(rest: &str) -> Option<Incoming> {
        let form = format!("MessageSid=SM1&SmsStatus=received&{rest}");
        read(&signature::pairs(&form), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn twilio_s_own_words_and_what_it_says_of_others() {
        for (rest, expected) in [
            ("Body=Stop", Some(Said::Enough)),
            ("Body=+cancel+", Some(Said::Enough)),
            ("Body=yes", Some(Said::Again)),
            ("Body=Yes+please", None),
            ("Body=BAJA", None),
            ("Body=Arr%C3%AAt&OptOutType=STOP", Some(Said::Enough)),
            ("Body=Oui&OptOutType=START", Some(Said::Again)),
            ("Body=STOP&OptOutType=HELP", Some(Said::Else)),
        ] {
            let read = one(&format!("From=%2B447700900123&{rest}")).expect("a message");
            assert_eq!((read.over, read.taken_for), (Medium::Sms, expected), "{rest}");
        }
        let chat = one("From=whatsapp:%2B447700900123&Body=cancel").expect("a message");
        assert_eq!((chat.over, chat.taken_for), (Medium::WhatsApp, None));
    }

    #[test]
    fn an_id_is_never_read_as_a_number() {
        let chat = one("From=whatsapp:US.13491208655302741918&ExternalUserId=US.1&Body=x");
        let from = chat.expect("a message").from;
        assert_eq!((from.number, from.user_id.as_deref()), (None, Some("US.1")));
        for nobody in ["From=12345", "From=", "Body=x"] {
            assert!(one(nobody).is_none(), "{nobody}");
        }
    }

    #[test]
    fn a_message_is_known_by_its_id_and_a_report_by_all_of_it() {
        let theirs = |kept: &str| id(kept.as_bytes());
        let first = theirs("MessageSid=SM1&SmsStatus=received&Body=STOP");
        assert!(first.is_some());
        assert_eq!(first, theirs("New=1&Body=STOP&SmsStatus=received&MessageSid=SM1"));
        assert_ne!(first, theirs("MessageSid=SM2&SmsStatus=received&Body=STOP"));
        assert_eq!(theirs("n=v1:1:1:0&MessageSid=SM1&MessageStatus=sent"), None);
    }
}
