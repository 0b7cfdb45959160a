//! HTTP as every provider is spoken to: once, without following anybody elsewhere; what is known of
//! a request's fate afterwards is said exactly.
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::header::{HeaderValue, RETRY_AFTER};

use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that the other side closes while a message is written on it leaves nobody knowing
/// whether it went: we are the first to close. Balancers wait a minute and more.
const IDLE: Duration = Duration::from_secs(30);
/// Small servers, our simulator among them, give a new connection 5 s for its first request.
const PLAIN_IDLE: Duration = Duration::from_secs(2);
/// Answers have some hundred bytes; what is longer is not the provider's.
const LONGEST_ANSWER: usize = 256 * 1024;

/// A client for addresses that begin like this one.
///
/// # Errors
/// Where the system has no certificates to go by.
pub(super) fn client(url: &str) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder();
    // Without TLS nobody's certificates are needed, and reading them all takes long.
    let plain = url.starts_with("http://");
    let builder = if plain { builder.tls_certs_only([]) } else { builder };
    builder
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        // A POST that may have arrived is never repeated, and never follows anybody elsewhere.
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .pool_idle_timeout(if plain { PLAIN_IDLE } else { IDLE })
        .build()
}

/// Sends a message, once; `read` says what its status and its body prove.
pub(super) async fn once(
    request: reqwest::RequestBuilder,
    read: impl FnOnce(reqwest::StatusCode, &[u8]) -> Outcome,
) -> Answer {
    let begun = Instant::now();
    let mut answer = match request.send().await {
        Ok(response) => {
            let status = response.status();
            let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
            let outcome = match body(response).await {
                Ok(body) => read(status, &body),
                Err(reason) => Outcome::Unknown { reason },
            };
            Answer { http_status: Some(status.as_u16()), retry_after, ..Answer::of(outcome) }
        }
        Err(error) => Answer::of(without_answer(&error)),
    };
    answer.took = TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
    answer
}

impl Answer {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self { outcome, http_status: None, took: TimeDelta::zero(), retry_after: None }
    }

    /// It was not even tried.
    pub(super) fn not_sent(failure: Failure) -> Self {
        Self::of(Outcome::NotSent(failure))
    }
}

/// The body of an answer.
///
/// # Errors
/// Why it is none.
pub(super) async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = vec![];
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => body.extend(chunk),
            Ok(Some(_)) => return Err("the answer was too long to be the provider's".to_owned()),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the answer was cut off ({})", kind(&error))),
        }
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
pub(super) fn kind(error: &reqwest::Error) -> &'static str {
    match error {
        e if e.is_connect() && e.is_timeout() => "no connection within 3 s",
        e if e.is_connect() => "no connection",
        e if e.is_timeout() => "timeout after 10 s",
        e if e.is_body() || e.is_decode() => "the connection broke in the middle",
        _ => "the connection broke",
    }
}

/// Fields as a form writes them.
pub(super) fn form<'a>(fields: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> String {
    let mut url = reqwest::Url::parse("form:").expect("an address without a place is one");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

fn seconds(header: &HeaderValue) -> Option<TimeDelta> {
    let seconds: u32 = header.to_str().ok()?.trim().parse().ok()?;
    Some(TimeDelta::seconds(seconds.into()))
}
