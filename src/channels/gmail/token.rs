//! The access token: fetched once for all who wait for it, kept until shortly before its end.
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Settings, errors};
use crate::channels::http;
use crate::domain::attempt::{Failure, Remedy};
use crate::ports::clock::SharedClock;

/// Another one is fetched so long before the end of this.
const BEFORE_ITS_END: TimeDelta = TimeDelta::minutes(5);

pub(super) struct Tokens {
    url: Url,
    client_id: String,
    client_secret: SecretString,
    refresh_token: SecretString,
    clock: SharedClock,
    held: Mutex<Option<Held>>,
}

struct Held {
    bearer: HeaderValue,
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<i64>,
}

/// Why the token endpoint gives none, in OAuth's words.
#[derive(Deserialize)]
struct Denied {
    error: String,
    error_description: Option<String>,
}

impl Tokens {
    pub(super) fn new(settings: &Settings, url: Url, clock: SharedClock) -> Self {
        Self {
            url,
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            refresh_token: settings.refresh_token.clone(),
            clock,
            held: Mutex::default(),
        }
    }

    /// The token that is good now.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn bearer(&self, http: &reqwest::Client) -> Result<HeaderValue, Failure> {
        // Whoever comes while one is fetched waits for that one.
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref()
            && self.clock.now() < held.until
        {
            return Ok(held.bearer.clone());
        }
        let fetched = self.fetch(http).await?;
        let bearer = fetched.bearer.clone();
        *held = Some(fetched);
        Ok(bearer)
    }

    /// This one is not good any more, whatever was said of its end.
    pub(super) async fn is_spent(&self, bearer: &HeaderValue) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.bearer == *bearer) {
            *held = None;
        }
    }

    /// Whatever is held is not asked for any more.
    pub(super) async fn forget(&self) {
        *self.held.lock().await = None;
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Held, Failure> {
        let asked = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("refresh_token", self.refresh_token.expose_secret()),
        ];
        let body = exchange(http, &self.url, &asked).await?;
        let strange = || away("the token endpoint answered something else".to_owned());
        let granted: Granted = serde_json::from_slice(&body).map_err(|_| strange())?;
        let bearer = HeaderValue::try_from(format!("Bearer {}", granted.access_token));
        let mut bearer = bearer.map_err(|_| strange())?;
        bearer.set_sensitive(true);
        let lives = TimeDelta::seconds(granted.expires_in.unwrap_or(3600).clamp(0, 86_400));
        // One that lives for less is used while it lives.
        let margin = BEFORE_ITS_END.min(lives / 2);
        Ok(Held { bearer, until: self.clock.now() + lives - margin })
    }
}

/// Asks the token endpoint; the body of its good answer.
///
/// # Errors
/// Why it gives nothing.
pub(super) async fn exchange(
    http: &reqwest::Client,
    url: &Url,
    fields: &[(&str, &str)],
) -> Result<Vec<u8>, Failure> {
    let post = http
        .post(url.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(http::form(fields));
    let answer = post.send().await.map_err(|error| away(http::kind(&error).to_owned()))?;
    let status = answer.status();
    let body = http::body(answer).await.map_err(away)?;
    if status.is_success() {
        return Ok(body);
    }
    Err(match serde_json::from_slice::<Denied>(&body) {
        Ok(denied) => {
            let why = denied.error_description.unwrap_or_default();
            errors::of_oauth(&denied.error, &why)
        }
        Err(_) => away(format!("something other than Google answered with {}", status.as_u16())),
    })
}

fn away(why: String) -> Failure {
    let message = format!("no access token: {why}");
    Failure { code: None, message, remedy: Remedy::Again }
}
