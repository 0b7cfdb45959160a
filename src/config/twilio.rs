//! Settings of Twilio: the account, from which numbers it sends, and the Content of templates.
use std::collections::BTreeMap;

use secrecy::SecretString;

use super::Provider;
use super::reader::Reader;
use crate::channels::twilio;
use crate::domain::phone::PhoneNumber;

const API: &str = "https://api.twilio.com";
/// What says that somebody means Twilio; its address alone does not.
const ANY: [&str; 7] = [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_PHONE_NUMBER",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_WHATSAPP_FROM",
    "TWILIO_CONTENT_SIDS",
    "TWILIO_WEBHOOK_KEY",
];

impl Reader<'_> {
    /// Twilio; where nothing of it is set it is simulated, or absent in production.
    pub(super) fn twilio(&mut self, production: bool) -> Provider<twilio::Settings> {
        let api_url = self.address_or("TWILIO_API_URL", API);
        if ANY.iter().all(|name| self.text(name).is_none()) {
            return if production { Provider::Absent } else { Provider::Simulated };
        }
        let account_sid = self.sid("TWILIO_ACCOUNT_SID", "AC", true).unwrap_or_default();
        let auth_token = self.text("TWILIO_AUTH_TOKEN").unwrap_or_default();
        if auth_token.is_empty() {
            let what = "is needed: Twilio Console > Account Info > Auth Token";
            self.complain("TWILIO_AUTH_TOKEN", what, "0123456789abcdef0123456789abcdef");
        }
        let number = self.own_number("TWILIO_PHONE_NUMBER");
        let messaging_service = self.sid("TWILIO_MESSAGING_SERVICE_SID", "MG", false);
        let whatsapp_from = self.own_number("TWILIO_WHATSAPP_FROM");
        let senders =
            ["TWILIO_PHONE_NUMBER", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_WHATSAPP_FROM"];
        if senders.iter().all(|name| self.text(name).is_none()) {
            let what = "or TWILIO_MESSAGING_SERVICE_SID is needed, else nothing can be sent";
            self.complain("TWILIO_PHONE_NUMBER", what, "+15550002222");
        }
        Provider::Real(Box::new(twilio::Settings {
            api_url,
            account_sid,
            auth_token: auth_token.into(),
            webhook_key: self.text("TWILIO_WEBHOOK_KEY").map(SecretString::from),
            number,
            messaging_service,
            whatsapp_from,
            content_sids: self.content_sids(),
            callback_base: None,
            is_simulated: false,
        }))
    }

    /// An id of Twilio's: two letters that say of what, then letters and digits.
    fn sid(&mut self, name: &str, kind: &str, needed: bool) -> Option<String> {
        let given = self.text(name);
        if given.as_deref().is_some_and(|given| is_sid(given, kind)) {
            return given;
        }
        if given.is_some() || needed {
            let what = format!("is needed: an id that begins with {kind}, from Twilio Console");
            let what = if needed { what } else { what.replace("needed: ", "") };
            self.complain(name, &what, &format!("{kind}{}", "0".repeat(32)));
        }
        None
    }

    fn own_number(&mut self, name: &str) -> Option<String> {
        let given = self.text(name)?;
        // Twilio's own pages write it with the channel in front.
        let bare = given.strip_prefix("whatsapp:").unwrap_or(&given);
        match PhoneNumber::parse(bare) {
            Ok(number) => Some(number.as_str().to_owned()),
            Err(_) => {
                self.complain(name, "is our number with its country code", "+15550002222");
                None
            }
        }
    }

    /// `<name>=HX…` or `<name>.<language>=HX…`, with commas.
    fn content_sids(&mut self) -> BTreeMap<String, String> {
        const NAME: &str = "TWILIO_CONTENT_SIDS";
        let given = self.text(NAME).unwrap_or_default();
        let mut read = BTreeMap::new();
        for word in given.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word.split_once('=') {
                Some((name, sid)) if !name.trim().is_empty() && is_sid(sid.trim(), "HX") => {
                    read.insert(name.trim().to_owned(), sid.trim().to_owned());
                }
                _ => {
                    let what = format!("names a Content for each template, and `{word}` does not");
                    let example = format!("code=HX{}", "0".repeat(32));
                    self.complain(NAME, &what, &example);
                }
            }
        }
        read
    }
}

fn is_sid(given: &str, kind: &str) -> bool {
    let rest = given.strip_prefix(kind).unwrap_or_default();
    !rest.is_empty() && rest.chars().all(|sign| sign.is_ascii_alphanumeric())
}
