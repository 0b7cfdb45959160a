//! Every request has an id: the caller's own where it is sane. It goes with the answer, the logs,
//! and every refusal; nothing else of the request is logged but its route.
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::ResponseError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use futures::FutureExt;
use tracing::Instrument;

use super::problem::{DEFECT, Problem, UNAVAILABLE};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing here takes longer than this but for a part of the world that has gone silent.
const PATIENCE: Duration = Duration::from_secs(15);

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Goes around every request.
///
/// # Errors
/// A panic or a request past its time, which carry their own answers.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = own(&request).unwrap_or_else(|| ulid::Ulid::generate().to_string());
    let span = tracing::info_span!("request", request.id = %id);
    CURRENT.scope(id.clone(), answer(request, next, id).instrument(span)).await
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    id: String,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let method = request.method().clone();
    // A simulated provider may be told to take its time.
    let deadline = if request.path().starts_with("/simulator") { PATIENCE * 10 } else { PATIENCE };
    let call = AssertUnwindSafe(next.call(request)).catch_unwind();
    let mut answered = match tokio::time::timeout(deadline, call).await {
        Ok(Ok(answered)) => answered?.map_into_boxed_body(),
        Ok(Err(_)) => {
            tracing::error!("a request panicked");
            let say = "it has been written down; tell us the request_id";
            return Err(by_itself(Problem::new(&DEFECT, say), &id));
        }
        Err(_) => {
            tracing::warn!("a request took too long");
            let say = "it took too long; whether it was done is not known";
            return Err(by_itself(Problem::new(&UNAVAILABLE, say), &id));
        }
    };
    let route = answered.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let status = answered.status().as_u16();
    let took = begun.elapsed().as_millis();
    tracing::info!(
        http.status = status,
        http.route = route,
        took,
        "{method} {route} {status} in {took} ms"
    );
    dress(answered.headers_mut(), &id);
    Ok(answered)
}

/// The request has gone; its answer stands by itself.
fn by_itself(problem: Problem, id: &str) -> actix_web::Error {
    let mut answer = problem.error_response();
    dress(answer.headers_mut(), id);
    InternalError::from_response(problem, answer).into()
}

fn dress(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HEADER, id);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn own(request: &ServiceRequest) -> Option<String> {
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    let sane = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    ((1..=128).contains(&id.len()) && id.chars().all(sane)).then(|| id.to_owned())
}
