//! One POST to Twilio, once, and questions that send nothing.
use anyhow::Context;
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::errors;
use crate::channels::http;
use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};

pub(super) struct Client {
    http: reqwest::Client,
    account: Url,
    sid: String,
    token: SecretString,
}

/// The good answer to a send.
#[derive(Deserialize)]
struct Taken {
    sid: Option<String>,
    status: Option<String>,
    error_code: Option<i64>,
    error_message: Option<String>,
}

/// The bad answer to anything.
#[derive(Deserialize)]
struct Refused {
    code: i64,
    message: Option<String>,
}

impl Client {
    pub(super) fn new(settings: &super::Settings) -> anyhow::Result<Self> {
        let http = http::client(&settings.api_url);
        let http = http.context("the HTTP client for Twilio cannot be made")?;
        let base = settings.api_url.trim_end_matches('/');
        let account = format!("{base}/2010-04-01/Accounts/{}", settings.account_sid);
        let account = account.parse().context("TWILIO_API_URL is no address")?;
        let (sid, token) = (settings.account_sid.clone(), settings.auth_token.clone());
        Ok(Self { http, account, sid, token })
    }

    /// Sends a message.
    pub(super) async fn send(&self, form: &str) -> Answer {
        let post = self
            .http
            .post(self.at("/Messages.json"))
            .basic_auth(&self.sid, Some(self.token.expose_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        http::once(post, outcome).await
    }

    /// Whether the account is there, is ours and may send.
    pub(super) async fn probe(&self) -> Result<(), Failure> {
        let said = self.ask(".json").await?;
        match said["status"].as_str() {
            None | Some("active") => Ok(()),
            Some(status) => Err(errors::failure(20005, &format!("the account is {status}"))),
        }
    }

    /// The senders of a Messaging Service, which Twilio keeps at another host.
    pub(super) async fn senders(&self, service: &str) -> Result<Value, Failure> {
        let mut url = self.account.clone();
        if url.host_str() == Some("api.twilio.com") {
            // It is a name like the other one.
            url.set_host(Some("messaging.twilio.com")).ok();
        }
        let base = self.account.path().split("/2010-04-01/").next().unwrap_or_default();
        url.set_path(&format!("{base}/v1/Services/{service}/PhoneNumbers"));
        self.ask_at(url).await
    }

    /// Which of the account's numbers is this one.
    pub(super) async fn number(&self, number: &str) -> Result<Value, Failure> {
        let mut url = self.at("/IncomingPhoneNumbers.json");
        url.query_pairs_mut().append_pair("PhoneNumber", number);
        self.ask_at(url).await
    }

    /// What stands under the account at this path.
    ///
    /// # Errors
    /// Why nobody said.
    pub(super) async fn ask(&self, path: &str) -> Result<Value, Failure> {
        self.ask_at(self.at(path)).await
    }

    async fn ask_at(&self, url: Url) -> Result<Value, Failure> {
        let away = |message| Failure { code: None, message, remedy: Remedy::Again };
        let asked = self.http.get(url);
        let asked = asked.basic_auth(&self.sid, Some(self.token.expose_secret())).send().await;
        let answer = asked.map_err(|error| away(http::kind(&error).to_owned()))?;
        let status = answer.status();
        let body = http::body(answer).await.map_err(away)?;
        if status.is_success()
            && let Ok(said) = serde_json::from_slice(&body)
        {
            return Ok(said);
        }
        Err(match serde_json::from_slice::<Refused>(&body) {
            Ok(refused) => refused.failure(),
            Err(_) => away(format!("something other than Twilio answered with {status}")),
        })
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.account.clone();
        url.set_path(&format!("{}{path}", self.account.path()));
        url
    }
}

impl Refused {
    fn failure(&self) -> Failure {
        errors::failure(self.code, self.message.as_deref().unwrap_or("no message"))
    }
}

/// A parseable error is a refusal, whatever its status; a page of HTML proves nothing.
fn outcome(status: StatusCode, body: &[u8]) -> Outcome {
    if !status.is_success() {
        return match serde_json::from_slice::<Refused>(body) {
            Ok(refused) => Outcome::Rejected(refused.failure()),
            Err(_) => Outcome::Unknown {
                reason: format!("something other than Twilio answered with {}", status.as_u16()),
            },
        };
    }
    let Ok(taken) = serde_json::from_slice::<Taken>(body) else {
        return Outcome::Unknown { reason: "the answer could not be read".to_owned() };
    };
    let failed = matches!(taken.status.as_deref(), Some("failed" | "undelivered" | "canceled"));
    match (taken.sid.filter(|sid| !sid.is_empty()), taken.error_code) {
        (_, Some(code)) if failed => {
            let message = taken.error_message.as_deref().unwrap_or("failed at once");
            Outcome::Rejected(errors::failure(code, message))
        }
        (Some(provider_message_id), _) => Outcome::Accepted { provider_message_id },
        (None, _) => Outcome::Unknown { reason: "the answer held no message id".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_no_more_than_it_proves() {
        for (status, body, expected) in [
            (201, r#"{"sid":"SM1","status":"queued","error_code":null,"from":null}"#, "ACCEPTED"),
            (201, r#"{"sid":"SM1","status":"failed","error_code":21610}"#, "REJECTED"),
            (201, r#"{"sid":""}"#, "UNKNOWN"),
            (201, "<TwilioResponse/>", "UNKNOWN"),
            (201, "", "UNKNOWN"),
            (400, r#"{"code":21211,"message":"m","status":400}"#, "REJECTED"),
            (429, r#"{"code":20429,"message":"Too Many Requests","status":429}"#, "REJECTED"),
            (500, "oops", "UNKNOWN"),
            (307, "", "UNKNOWN"),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(outcome(status, body.as_bytes()).as_str(), expected, "{status} {body}");
        }
    }
}
