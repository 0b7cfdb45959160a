//! One POST to Meta, once: what is known of its fate afterwards is said exactly.
use anyhow::Context;
use reqwest::header::AUTHORIZATION;

use super::errors;
use super::token::Token;
use super::wire::{Message, Refused, Taken};
use crate::channels::http;
use crate::domain::attempt::{Answer, Outcome};

pub(super) struct Client {
    pub(super) http: reqwest::Client,
    messages: reqwest::Url,
    /// Where questions go.
    pub(super) graph: reqwest::Url,
    pub(super) token: Token,
}

impl Client {
    pub(super) fn new(settings: &super::Settings) -> anyhow::Result<Self> {
        let base = settings.api_url.trim_end_matches('/');
        let graph = format!("{base}/{}", settings.api_version);
        let messages = format!("{graph}/{}/messages", settings.phone_number_id);
        let token = Token::new(settings.access_token.clone(), settings.access_token_file.clone())?;
        let http = http::client(&settings.api_url);
        let http = http.context("the HTTP client for WhatsApp cannot be made")?;
        let messages = messages.parse().context("WHATSAPP_API_URL is no address")?;
        let graph = graph.parse().context("WHATSAPP_API_URL is no address")?;
        Ok(Self { http, messages, graph, token })
    }

    /// Asks the Graph API for something.
    pub(super) async fn get(&self, url: reqwest::Url) -> reqwest::Result<reqwest::Response> {
        let bearer = self.token.now().await.bearer.clone();
        self.http.get(url).header(AUTHORIZATION, bearer).send().await
    }

    /// Has the Graph API do something that may be done twice.
    pub(super) async fn post(
        &self,
        url: reqwest::Url,
        body: &serde_json::Value,
    ) -> reqwest::Result<reqwest::Response> {
        let bearer = self.token.now().await.bearer.clone();
        self.http.post(url).header(AUTHORIZATION, bearer).json(body).send().await
    }

    pub(super) async fn send(&self, message: &Message<'_>) -> Answer {
        let bearer = self.token.now().await.bearer.clone();
        let post = self.http.post(self.messages.clone()).header(AUTHORIZATION, bearer);
        http::once(post.json(message), outcome).await
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
        Ok(refused) => Outcome::Rejected(errors::failure_with(status, &refused.error)),
        Err(_) => Outcome::Unknown {
            reason: format!("something other than Meta answered with {}", status.as_u16()),
        },
    }
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
