//! What a business asks of `POST …/Messages.json`, checked as Twilio checks it at once.

use actix_web::web::Query;
use reqwest::Url;

use super::super::{address::Address, provider::Provider};
use super::refusal::{Refusal, title};
use super::text::Draft;
use super::{Settings, magic};

/// The longest text.
const LONGEST: usize = 1_600;
const MOST_MEDIA: usize = 10;
const CHANNEL: &str = "whatsapp:";

/// A form as it came, with what stands in it several times.
pub struct Form(pub Vec<(String, String)>);

impl Form {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        Query::<Vec<_>>::from_query(text).ok().map(|form| Self(form.into_inner()))
    }

    /// A field that says something.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, value)| known == name && !value.is_empty()).count()
    }
}

/// Reads a form; `render` says what a template with these variables reads as.
pub fn read(
    form: Form,
    settings: &Settings,
    render: impl Fn(&str, &str) -> String,
) -> Result<Draft, Refusal> {
    let to =
        form.get("To").ok_or_else(|| Refusal::of(21604, "A 'To' phone number is required."))?;
    let (provider, to_number) = channel(to);
    let to = number(to_number)
        .ok_or_else(|| Refusal::of(21211, format!("Invalid 'To' Phone Number: {to_number}")))?;
    if let Some(code) = magic::to(to.as_str()) {
        return Err(Refusal::of(code, about(code, to.as_str())));
    }
    let (from, service) = sender(&form, provider, settings)?;
    if from == to.as_str() {
        return Err(Refusal::of(21266, "'To' and 'From' number cannot be the same"));
    }
    let (body, is_template) = content(&form, provider, render)?;
    let media = form.count("MediaUrl");
    if media > MOST_MEDIA {
        return Err(Refusal::of(21623, "Number of media files exceeds allowed limit"));
    }
    let callback = form.get("StatusCallback").map(str::to_owned);
    if let Some(callback) = &callback
        && !Url::parse(callback).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    {
        let message = format!("The 'StatusCallback' URL {callback} is not a valid URL.");
        return Err(Refusal::of(21609, message));
    }
    Ok(Draft { to, provider, from, service, body, media, is_template, callback, form: form.0 })
}

fn channel(to: &str) -> (Provider, &str) {
    match to.trim().strip_prefix(CHANNEL) {
        Some(number) => (Provider::TwilioWhatsapp, number),
        None => (Provider::TwilioSms, to.trim()),
    }
}

/// Twilio wants a number with its `+` and country code.
fn number(written: &str) -> Option<Address> {
    let plain: String = written.chars().filter(|c| !" -().".contains(*c)).collect();
    let digits = plain.strip_prefix('+')?;
    let fits = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    let fits = fits && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| Address::named(&plain)).flatten()
}

fn sender(
    form: &Form,
    provider: Provider,
    settings: &Settings,
) -> Result<(String, Option<String>), Refusal> {
    let own = match provider {
        Provider::TwilioWhatsapp => &settings.whatsapp_number,
        _ => &settings.number,
    };
    if let Some(service) = form.get("MessagingServiceSid") {
        if service != settings.messaging_service_sid {
            let message = format!("The Messaging Service Sid {service} is invalid");
            return Err(Refusal::of(21705, message));
        }
        return Ok((own.clone(), Some(service.to_owned())));
    }
    let Some(from) = form.get("From") else {
        return Err(Refusal::of(21603, "A 'From' phone number is required."));
    };
    let (sends, from) = channel(from);
    let from = number(from).map_or(from.to_owned(), |number| number.to_string());
    match (provider, sends) {
        (Provider::TwilioWhatsapp, Provider::TwilioWhatsapp) if from == *own => {}
        (Provider::TwilioWhatsapp, Provider::TwilioWhatsapp) => {
            return Err(Refusal::of(63007, title(63007)));
        }
        (to, from) if to != from => {
            let message = "Invalid From and To pair. From and To should be of the same channel";
            return Err(Refusal::of(21910, message));
        }
        _ => match magic::from(&from) {
            Some(Ok(())) => {}
            Some(Err(code)) => return Err(Refusal::of(code, about(code, &from))),
            None if from == *own => {}
            None => return Err(Refusal::of(21606, about(21606, &from))),
        },
    }
    Ok((from, None))
}

fn content(
    form: &Form,
    provider: Provider,
    render: impl Fn(&str, &str) -> String,
) -> Result<(String, bool), Refusal> {
    if let Some(sid) = form.get("ContentSid") {
        let digits = sid.strip_prefix("HX").unwrap_or_default();
        if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'X') {
            return Err(Refusal::of(21655, "The ContentSid is Invalid"));
        }
        let variables = form.get("ContentVariables").unwrap_or("{}");
        let read = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(variables);
        if !read.is_ok_and(|read| read.values().all(serde_json::Value::is_string)) {
            return Err(Refusal::of(21656, "The ContentVariables Parameter is invalid"));
        }
        return Ok((render(sid, variables), true));
    }
    let body = form.get("Body").unwrap_or_default();
    if body.is_empty() && form.count("MediaUrl") == 0 {
        return Err(Refusal::of(21602, "Message body is required."));
    }
    if body.chars().count() > LONGEST {
        return Err(Refusal::of(21617, about(21617, "")));
    }
    // An SMS is a template or free text alike; only WhatsApp makes a difference.
    Ok((body.to_owned(), provider == Provider::TwilioSms))
}

/// What Twilio says where the number is a part of it.
pub fn about(code: i64, number: &str) -> String {
    match code {
        21211 => format!("Invalid 'To' Phone Number: {number}"),
        21212 => format!("Invalid 'From' Phone Number: {number}"),
        21408 => format!(
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' \
             number: {number}"
        ),
        21606 => format!(
            "The 'From' phone number provided ({number}) is not a valid message-capable Twilio \
             phone number for this destination/account."
        ),
        21608 => format!(
            "The number {number} is unverified. Trial accounts cannot send messages to unverified \
             numbers; verify {number} at twilio.com/user/account/phone-numbers/verified, or \
             purchase a Twilio number to send messages to unverified numbers"
        ),
        21617 => "The concatenated message body exceeds the 1600 character limit".to_owned(),
        code => title(code).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i64 {
        let form = Form::read(body.as_bytes()).unwrap();
        let read = read(form, &Settings::default(), |sid, variables| format!("{sid} {variables}"));
        read.map_or_else(|refusal| refusal.code, |_| 0)
    }

    #[test]
    fn what_twilio_refuses_at_once_is_refused_by_its_code() {
        let sid = format!("HX{}", "0".repeat(32));
        let service = "MessagingServiceSid=MG00000000000000000000000000000001";
        let long = "x".repeat(1_601);
        let rows = [
            ("To=%2B447700900123&From=%2B15550002222&Body=Hi".to_owned(), 0),
            (format!("To=%2B447700900123&{service}&Body=Hi"), 0),
            ("From=%2B15550002222&Body=Hi".to_owned(), 21604),
            ("To=%2B1555&From=%2B15550002222&Body=Hi".to_owned(), 21211),
            ("To=447700900123&From=%2B15550002222&Body=Hi".to_owned(), 21211),
            ("To=%2B447700900123&Body=Hi".to_owned(), 21603),
            ("To=%2B447700900123&From=%2B15550009999&Body=Hi".to_owned(), 21606),
            ("To=%2B447700900123&MessagingServiceSid=MG1&Body=Hi".to_owned(), 21705),
            ("To=%2B447700900123&From=%2B15550002222".to_owned(), 21602),
            (format!("To=%2B447700900123&From=%2B15550002222&Body={long}"), 21617),
            ("To=%2B15550002222&From=%2B15550002222&Body=Hi".to_owned(), 21266),
            ("To=%2B15005550009&From=%2B15550002222&Body=Hi".to_owned(), 21614),
            ("To=%2B447700900123&From=%2B15005550008&Body=Hi".to_owned(), 21611),
            ("To=whatsapp:%2B447700900123&From=whatsapp:%2B14155238886&Body=Hi".to_owned(), 0),
            ("To=whatsapp:%2B447700900123&From=whatsapp:%2B1415&Body=Hi".to_owned(), 63007),
            ("To=whatsapp:%2B447700900123&From=%2B15550002222&Body=Hi".to_owned(), 21910),
            (format!("To=whatsapp:%2B447700900123&{service}&ContentSid={sid}"), 0),
            (format!("To=whatsapp:%2B447700900123&{service}&ContentSid=HX1"), 21655),
            (format!("To=%2B447700900123&{service}&ContentSid={sid}&ContentVariables=%7B1"), 21656),
            (
                "To=%2B447700900123&From=%2B15550002222&Body=Hi&StatusCallback=here".to_owned(),
                21609,
            ),
        ];
        for (body, expected) in rows {
            assert_eq!(code(&body), expected, "{body}");
        }
    }
}
