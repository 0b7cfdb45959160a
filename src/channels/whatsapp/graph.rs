//! Questions to Meta's Graph API: a GET with short patience, its answer read as JSON, its refusal by
//! code. Nothing is sent and nothing is changed.
use std::error::Error;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::client::Client;
use super::hints;
use super::wire::{GraphError, Refused};
use crate::channels::http;
use crate::domain::standing::{Refusal, Told};

/// A question that is not answered by then is left open.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// Meta refused.
    Refused(GraphError),
    /// Nobody answered, or something that is not Meta; says which.
    Unreached(String),
}

impl NoAnswer {
    /// As it is told.
    pub(super) fn told<T>(self) -> Told<T> {
        match self {
            Self::Unreached(why) => Told::Unreached(why),
            Self::Refused(error) => Told::Refused(Refusal {
                code: error.code,
                message: error.words(),
                hint: hints::hint(error.code),
                is_about_token: matches!(error.code, 0 | 102 | 104 | 190),
            }),
        }
    }

    /// The code of a refusal.
    pub(super) fn code(&self) -> Option<i64> {
        match self {
            Self::Refused(error) => Some(error.code),
            Self::Unreached(_) => None,
        }
    }

    /// Whether Meta does not know one of the fields that were asked for: each version has its own.
    pub(super) fn is_about_fields(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == 100 && error.error_subcode != Some(33))
    }
}

impl Client {
    /// Asks for something under an id, in our own name.
    pub(super) async fn ask(&self, path: &str, about: &[(&str, &str)]) -> Result<Value, NoAnswer> {
        let bearer = self.token.now().await.bearer.clone();
        self.ask_as(bearer, path, about).await
    }

    /// As [`Self::ask`], in the name of the app.
    pub(super) async fn ask_as_app(
        &self,
        app: &str,
        secret: &SecretString,
        path: &str,
    ) -> Result<Value, NoAnswer> {
        let bearer = HeaderValue::try_from(format!("Bearer {app}|{}", secret.expose_secret()));
        let Ok(mut bearer) = bearer else {
            return Err(NoAnswer::Unreached("it holds a sign that no app secret has".to_owned()));
        };
        bearer.set_sensitive(true);
        self.ask_as(bearer, path, &[]).await
    }

    async fn ask_as(
        &self,
        bearer: HeaderValue,
        path: &str,
        about: &[(&str, &str)],
    ) -> Result<Value, NoAnswer> {
        let mut url = self.graph.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        if !about.is_empty() {
            url.query_pairs_mut().extend_pairs(about);
        }
        let asked = self.http.get(url).header(AUTHORIZATION, bearer).timeout(PATIENCE);
        let response = asked.send().await.map_err(|error| NoAnswer::Unreached(why(&error)))?;
        let status = response.status();
        let body = http::body(response).await.map_err(NoAnswer::Unreached)?;
        if status.is_success()
            && let Ok(said) = serde_json::from_slice::<Value>(&body)
        {
            return Ok(said);
        }
        match serde_json::from_slice::<Refused>(&body) {
            Ok(refused) => Err(NoAnswer::Refused(refused.error)),
            Err(_) => {
                let status = status.as_u16();
                Err(NoAnswer::Unreached(format!("something other than Meta answered ({status})")))
            }
        }
    }

    /// Asks an address that is not Meta's; nothing of ours goes with it. Its status and its body.
    pub(super) async fn look_at(&self, url: Url) -> Result<(u16, Vec<u8>), String> {
        let response = self.http.get(url).timeout(PATIENCE).send().await;
        let response = response.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        Ok((status, http::body(response).await?))
    }
}

/// Why nobody answered, without the address, which could hold a secret.
fn why(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if words.contains("certificate") {
            return "its certificate is not accepted".to_owned();
        }
        if words.contains("dns error") || words.contains("lookup address") {
            return "its name is not known to DNS".to_owned();
        }
        source = cause.source();
    }
    match error {
        e if e.is_timeout() => "no answer within 5 s".to_owned(),
        e if e.is_connect() => "nobody takes the connection".to_owned(),
        _ => "the connection broke".to_owned(),
    }
}
