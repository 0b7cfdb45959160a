//! A message as Twilio shows it, as JSON or, where a path does not say `.json`, as XML.

use actix_web::{HttpResponse, http::StatusCode};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::text::{Status, Text};
use super::{refusal, segments};

/// In which form an answer was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// The path ends with `.json`.
    Json,
    /// It does not.
    Xml,
}

impl As {
    /// The message, in this form.
    pub fn message(self, status: StatusCode, shape: &Value) -> HttpResponse {
        match self {
            Self::Json => HttpResponse::build(status).json(shape),
            Self::Xml => xml(status, "Message", shape),
        }
    }

    /// The refusal, in this form.
    pub fn refusal(self, refusal: &Refusal) -> HttpResponse {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = match self {
            Self::Json => HttpResponse::build(status).json(refusal.shape()),
            Self::Xml => xml(status, "RestException", &refusal.shape()),
        };
        let headers = answer.headers_mut();
        if let Some(wait) = refusal.retry_after {
            headers.insert(actix_web::http::header::RETRY_AFTER, wait.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let realm =
                actix_web::http::header::HeaderValue::from_static("Basic realm=\"Twilio API\"");
            headers.insert(actix_web::http::header::WWW_AUTHENTICATE, realm);
        }
        answer
    }
}

/// The message of this account.
pub fn message(text: &Text, account: &str) -> Value {
    let state = text.state();
    let unchosen = text.service.is_some() && state.status == Status::Accepted;
    let from = (!unchosen).then(|| text.spelt(&text.from));
    let parts = if unchosen { 0 } else { segments::count(&text.body) };
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", text.sid);
    let was_sent = state.sent_at.is_some();
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": date(text.at),
        "date_sent": state.sent_at.map(date),
        "date_updated": date(state.updated_at),
        "direction": "outbound-api",
        "error_code": state.code,
        "error_message": state.code.map(refusal::title),
        "from": from,
        "messaging_service_sid": text.service,
        "num_media": text.media.to_string(),
        "num_segments": parts.to_string(),
        "price": Value::Null,
        "price_unit": was_sent.then_some("USD"),
        "sid": text.sid,
        "status": state.status.word(),
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": text.spelt(text.to.as_str()),
        "uri": format!("{uri}.json"),
    })
}

/// An instant as RFC 2822 writes it.
fn date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn xml(status: StatusCode, name: &str, shape: &Value) -> HttpResponse {
    let inside = shape.as_object().map(elements).unwrap_or_default();
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><{name}>{inside}</{name}></TwilioResponse>"
    );
    HttpResponse::build(status).content_type("application/xml; charset=utf-8").body(body)
}

fn elements(object: &Map<String, Value>) -> String {
    let element = |(key, value): (&String, &Value)| {
        let name: String = key.split('_').map(capital).collect();
        let inside = match value {
            Value::Null => return format!("<{name}/>"),
            Value::String(text) => escaped(text),
            Value::Object(object) => elements(object),
            other => other.to_string(),
        };
        format!("<{name}>{inside}</{name}>")
    };
    object.iter().map(element).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_says_the_same() {
        let shape = json!({ "num_media": "0", "price": null, "uris": { "media": "a&b" } });
        let expected = "<NumMedia>0</NumMedia><Price/><Uris><Media>a&amp;b</Media></Uris>";
        assert_eq!(elements(shape.as_object().unwrap()), expected);
        assert_eq!(date(DateTime::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 +0000");
    }
}
