//! One mail to Gmail, once.
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use super::errors;
use super::token::Tokens;
use crate::channels::http;
use crate::domain::attempt::{Answer, Failure, Outcome};
use crate::ports::clock::SharedClock;

pub(super) struct Client {
    http: reqwest::Client,
    messages: Url,
    tokens: Tokens,
    clock: SharedClock,
}

/// The good answer to a send.
#[derive(Deserialize)]
struct Taken {
    id: Option<String>,
}

/// The bad answer to anything.
#[derive(Deserialize)]
struct Refused {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    message: Option<String>,
    #[serde(default)]
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    reason: Option<String>,
}

impl Client {
    pub(super) fn new(settings: &super::Settings, clock: SharedClock) -> anyhow::Result<Self> {
        let plain = [&settings.api_url, &settings.token_url].map(|url| url.starts_with("http://"));
        // One client speaks to both; certificates are needed where either speaks TLS.
        let url = if plain == [true, true] { "http://" } else { "https://" };
        let http = http::client(url).context("the HTTP client for Gmail cannot be made")?;
        let base = settings.api_url.trim_end_matches('/');
        let messages = format!("{base}/gmail/v1/users/me/messages/send");
        let messages = messages.parse().context("GMAIL_API_URL is no address")?;
        let token_url = settings.token_url.parse().context("GOOGLE_TOKEN_URL is no address")?;
        Ok(Self { http, messages, tokens: Tokens::new(settings, token_url, clock.clone()), clock })
    }

    /// Sends a mail; where the access token was taken back meanwhile, once more with another one.
    pub(super) async fn send(&self, mail: &[u8]) -> Answer {
        let bearer = match self.tokens.bearer(&self.http).await {
            Ok(bearer) => bearer,
            Err(failure) => return Answer::not_sent(failure),
        };
        let answer = self.send_with(bearer.clone(), mail).await;
        if answer.http_status != Some(401) {
            return answer;
        }
        self.tokens.is_spent(&bearer).await;
        match self.tokens.bearer(&self.http).await {
            Ok(bearer) => self.send_with(bearer, mail).await,
            Err(failure) => Answer::not_sent(failure),
        }
    }

    /// Whether Google still grants access tokens.
    pub(super) async fn probe(&self) -> Result<(), Failure> {
        self.tokens.forget().await;
        self.tokens.bearer(&self.http).await.map(drop)
    }

    async fn send_with(&self, bearer: HeaderValue, mail: &[u8]) -> Answer {
        let raw = json!({ "raw": URL_SAFE_NO_PAD.encode(mail) });
        let post = self.http.post(self.messages.clone()).header(AUTHORIZATION, bearer).json(&raw);
        let mut answer = http::once(post, outcome).await;
        if let Outcome::Rejected(failure) = &answer.outcome
            && let Some(until) = wait_until(&failure.message)
        {
            let wait = (until - self.clock.now()).max(TimeDelta::zero());
            answer.retry_after = answer.retry_after.max(Some(wait));
        }
        answer
    }
}

/// Gmail says in words until when it wants to be left alone: `Retry after <instant>`.
fn wait_until(message: &str) -> Option<DateTime<Utc>> {
    let (_, rest) = message.split_once("Retry after ")?;
    let instant = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ')']);
    DateTime::parse_from_rfc3339(instant).ok().map(|at| at.to_utc())
}

/// A parseable error is a refusal, whatever its status; a page of HTML proves nothing.
fn outcome(status: StatusCode, body: &[u8]) -> Outcome {
    if status.is_success() {
        let taken = serde_json::from_slice::<Taken>(body).ok();
        return match taken.and_then(|taken| taken.id).filter(|id| !id.is_empty()) {
            Some(provider_message_id) => Outcome::Accepted { provider_message_id },
            None => Outcome::Unknown { reason: "the answer held no message id".to_owned() },
        };
    }
    match serde_json::from_slice::<Refused>(body) {
        Ok(Refused { error }) => {
            let reason = error.errors.into_iter().find_map(|it| it.reason).unwrap_or_default();
            let message = error.message.unwrap_or_default();
            Outcome::Rejected(errors::of_api(status.as_u16(), &reason, &message))
        }
        Err(_) => Outcome::Unknown {
            reason: format!("something other than Gmail answered with {}", status.as_u16()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_no_more_than_it_proves() {
        let refused =
            r#"{"error":{"code":400,"message":"m","errors":[{"reason":"invalidArgument"}]}}"#;
        for (status, body, expected) in [
            (200, r#"{"id":"19a","threadId":"19a","labelIds":["SENT"]}"#, "ACCEPTED"),
            (200, "{}", "UNKNOWN"),
            (200, "", "UNKNOWN"),
            (400, refused, "REJECTED"),
            (429, r#"{"error":{"code":429,"message":"m"}}"#, "REJECTED"),
            (502, "<html>", "UNKNOWN"),
            (302, "", "UNKNOWN"),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(outcome(status, body.as_bytes()).as_str(), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_wait_is_read_from_the_words() {
        let message = "User-rate limit exceeded.  Retry after 2026-11-21T10:15:00.000Z";
        let until = wait_until(message).expect("an instant");
        assert_eq!(until.to_rfc3339(), "2026-11-21T10:15:00+00:00");
        assert_eq!(wait_until("Retry after lunch"), None);
        assert_eq!(wait_until("Rate Limit Exceeded"), None);
    }
}
