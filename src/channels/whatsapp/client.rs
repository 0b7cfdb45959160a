//! One POST to Meta, once: what is known of its fate afterwards is said exactly.
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::TimeDelta;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::ExposeSecret;

use super::errors;
use super::wire::{Message, Refused, Taken};
use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Meta's answers have some hundred bytes; what is longer is not Meta's.
const LONGEST_ANSWER: usize = 256 * 1024;

pub(super) struct Client {
    http: reqwest::Client,
    messages: reqwest::Url,
}

impl Client {
    pub(super) fn new(settings: &super::Settings) -> anyhow::Result<Self> {
        let base = settings.api_url.trim_end_matches('/');
        let messages =
            format!("{base}/{}/{}/messages", settings.api_version, settings.phone_number_id);
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", settings.access_token.expose_secret()))
                .context("WHATSAPP_ACCESS_TOKEN holds a sign that no token has")?;
        bearer.set_sensitive(true);
        let http = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A POST that may have arrived is never repeated, and never follows anybody elsewhere.
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .context("the HTTP client for WhatsApp cannot be made")?;
        Ok(Self { http, messages: messages.parse().context("WHATSAPP_API_URL is no address")? })
    }

    pub(super) async fn send(&self, message: &Message<'_>) -> Answer {
        let begun = Instant::now();
        let mut answer = match self.http.post(self.messages.clone()).json(message).send().await {
            Ok(response) => read(response).await,
            Err(error) => Answer::of(without_answer(&error)),
        };
        answer.took = TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
        answer
    }
}

impl Answer {
    fn of(outcome: Outcome) -> Self {
        Self { outcome, http_status: None, took: TimeDelta::zero(), retry_after: None }
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
    let outcome = match body(response).await {
        Ok(body) => outcome(status, &body),
        Err(reason) => Outcome::Unknown { reason },
    };
    Answer { http_status: Some(status.as_u16()), retry_after, ..Answer::of(outcome) }
}

async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = vec![];
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => body.extend(chunk),
            Ok(Some(_)) => return Err("the answer was too long to be Meta's".to_owned()),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the answer was cut off ({})", kind(&error))),
        }
    }
}

/// A parseable Graph error is a refusal, whatever its status; a page of HTML proves nothing.
fn outcome(status: reqwest::StatusCode, body: &[u8]) -> Outcome {
    if status.is_success() {
        let taken: Option<Taken> = serde_json::from_slice(body).ok();
        return match taken.and_then(Taken::id) {
            Some(provider_message_id) => Outcome::Accepted { provider_message_id },
            None => Outcome::Unknown { reason: "the answer held no message id".to_owned() },
        };
    }
    match serde_json::from_slice::<Refused>(body) {
        Ok(refused) => Outcome::Rejected(errors::failure(&refused.error)),
        Err(_) => Outcome::Unknown {
            reason: format!("something other than Meta answered with {}", status.as_u16()),
        },
    }
}

/// Whether the request can have arrived.
fn without_answer(error: &reqwest::Error) -> Outcome {
    let reason = kind(error);
    if error.is_connect() || error.is_builder() {
        let message = format!("the provider could not be reached ({reason})");
        return Outcome::NotSent(Failure { code: None, message, remedy: Remedy::Again });
    }
    Outcome::Unknown { reason: format!("no answer came ({reason})") }
}

/// What went wrong, without the address, which could hold a secret.
fn kind(error: &reqwest::Error) -> &'static str {
    match error {
        e if e.is_connect() && e.is_timeout() => "no connection within 3 s",
        e if e.is_connect() => "no connection",
        e if e.is_timeout() => "timeout after 10 s",
        e if e.is_body() || e.is_decode() => "the connection broke in the middle",
        _ => "the connection broke",
    }
}

fn seconds(header: &HeaderValue) -> Option<TimeDelta> {
    let seconds: u32 = header.to_str().ok()?.trim().parse().ok()?;
    Some(TimeDelta::seconds(seconds.into()))
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn an_answer_says_no_more_than_it_proves() {
        for (status, body, expected) in [
            (200, r#"{"messages":[{"id":"wamid.1"}]}"#, "ACCEPTED"),
            (200, r#"{"messages":[]}"#, "UNKNOWN"),
            (200, "", "UNKNOWN"),
            (200, "<html>", "UNKNOWN"),
            (400, r#"{"error":{"code":130429,"message":"m"}}"#, "REJECTED"),
            (404, r#"{"error":{"code":132001,"message":"m"}}"#, "REJECTED"),
            (502, "<html><body>Bad Gateway</body></html>", "UNKNOWN"),
            (404, "not found", "UNKNOWN"),
            (307, "", "UNKNOWN"),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(outcome(status, body.as_bytes()).as_str(), expected, "{status} {body}");
        }
    }
}
