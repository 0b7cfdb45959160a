//! Answering, and answering again: a keyed request gets its first answer as often as it is said.
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;

use super::problem::{BAD_IDEMPOTENCY_KEY, Problem};
use super::request_id;
use crate::desk::Desk;
use crate::desk::code_error::CodeError;
use crate::desk::error::DeskError;
use crate::desk::once::{Done, Once};
use crate::domain::user::Actor;
use crate::store::idempotency::{KeptAnswer, RequestKey};

/// A good answer.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    /// With this status and JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).expect("what we show is plain data");
        Self { status, headers: vec![], body }
    }

    /// Done, and nothing to say about it.
    pub fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: vec![], body: String::new() }
    }

    /// With one more header.
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    fn keep(self, fingerprint: &str) -> KeptAnswer {
        KeptAnswer {
            fingerprint: fingerprint.to_owned(),
            status: self.status.as_u16(),
            headers: serde_json::to_string(&self.headers).expect("strings"),
            body: self.body,
        }
    }

    /// On its way.
    pub fn respond(self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if !self.body.is_empty() {
            answer.insert_header((CONTENT_TYPE, "application/json"));
        }
        for (name, value) in &self.headers {
            answer.insert_header((name.as_str(), value.as_str()));
        }
        answer.body(self.body)
    }
}

fn again(kept: KeptAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers: Vec<(String, String)> = serde_json::from_str(&kept.headers).unwrap_or_default();
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut answer = HttpResponse::build(status);
    if !kept.body.is_empty() {
        answer.insert_header((CONTENT_TYPE, kind));
    }
    answer.insert_header(("Idempotency-Replayed", "true"));
    for (name, value) in &headers {
        answer.insert_header((name.as_str(), value.as_str()));
    }
    answer.body(if status.is_success() { kept.body } else { of_this_request(kept.body) })
}

/// A refusal names the request that it answers.
fn of_this_request(body: String) -> String {
    let Ok(mut problem) = serde_json::from_str::<Value>(&body) else { return body };
    match problem.get_mut("request_id") {
        Some(id) => *id = request_id::current().into(),
        None => return body,
    }
    problem.to_string()
}

/// Answers a POST, once where it carries an `Idempotency-Key`.
///
/// # Errors
/// What the verb refused; it is kept as the first answer where it would stay so.
pub async fn answer<T, F>(
    desk: &Desk,
    request: &HttpRequest,
    by: Actor,
    raw: &[u8],
    show: impl Fn(&T) -> Reply + Send + Sync + 'static,
    verb: F,
) -> Result<HttpResponse, Problem>
where
    T: 'static,
    F: AsyncFnOnce(Option<Once<T>>) -> Result<Done<T>, DeskError>,
{
    let show = Arc::new(show);
    let Some(key) = key(request, by)? else {
        return match verb(None).await? {
            Done::Now(done) => Ok(show(&done).respond()),
            Done::Before(kept) => Ok(again(kept)),
        };
    };
    let fingerprint = desk.fingerprint(raw);
    let answer = {
        let (show, fingerprint) = (show.clone(), fingerprint.clone());
        Arc::new(move |done: &T| show(done).keep(&fingerprint))
    };
    let once = Once { key: key.clone(), fingerprint: fingerprint.clone(), answer };
    match verb(Some(once)).await {
        Ok(Done::Now(done)) => Ok(show(&done).respond()),
        Ok(Done::Before(kept)) => Ok(again(kept)),
        Err(error) => refuse(desk, key, fingerprint, error).await,
    }
}

/// A refusal of this request stays its answer; one about the key or the moment does not.
async fn refuse(
    desk: &Desk,
    key: RequestKey,
    fingerprint: String,
    error: DeskError,
) -> Result<HttpResponse, Problem> {
    let passing = matches!(
        error,
        DeskError::KeyReused
            | DeskError::StillRunning
            | DeskError::UsedUp { .. }
            | DeskError::Busy
            | DeskError::Limited { .. }
            | DeskError::Code(
                CodeError::TooSoon { .. }
                    | CodeError::UsedUp { .. }
                    | CodeError::NotConfigured(_)
                    | CodeError::SendFailed { .. }
            )
            | DeskError::Store(_)
            | DeskError::Defect(_)
    );
    let problem = Problem::from(error);
    if !passing {
        let kept = KeptAnswer {
            fingerprint,
            status: problem.status_code().as_u16(),
            headers: "[]".to_owned(),
            body: problem.body(),
        };
        desk.keep_refusal(key, kept).await?;
    }
    Err(problem)
}

/// The key that a request carries.
///
/// # Errors
/// 400 where it cannot be one.
pub fn key(request: &HttpRequest, by: Actor) -> Result<Option<RequestKey>, Problem> {
    let Some(header) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = header.as_bytes();
    if !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        let say = "an Idempotency-Key is 1 to 255 visible ASCII characters";
        return Err(Problem::new(&BAD_IDEMPOTENCY_KEY, say));
    }
    // `/api/v1` is `/api`, and a trailing slash changes nothing.
    let path = request.path().trim_end_matches('/').replacen("/api/v1/", "/api/", 1);
    let route = format!("{} {path}", request.method());
    let key = String::from_utf8_lossy(key).into_owned();
    Ok(Some(RequestKey { user: by.id, route, key }))
}
