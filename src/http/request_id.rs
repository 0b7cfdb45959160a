//! Every request has an id: the caller's own where it is sane. It goes with the answer, the logs,
//! and every refusal; nothing else of the request is logged but its route.
use std::time::Instant;

use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument;

use crate::desk::Desk;

/// Where a request and its answer carry it.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

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
/// Those of the request, which carry the id too.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = own(&request).unwrap_or_else(|| ulid::Ulid::generate().to_string());
    let span = tracing::info_span!("request", request.id = %id);
    CURRENT.scope(id.clone(), answer(request, next, id).instrument(span)).await
}

async fn answer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    id: String,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let method = word(request.method());
    let head = *request.method() == Method::HEAD;
    if head {
        // It is answered as a GET; whoever writes the answer leaves the body out.
        request.head_mut().method = Method::GET;
    }
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    // `/api/v1` is `/api`.
    let route = route.replacen("/api/v1", "/api", 1);
    let desk = request.app_data::<Data<Desk>>().cloned();
    let mut answered = next.call(request).await;
    let status = match &answered {
        Ok(answered) => answered.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let (status, took) = (status.as_u16(), begun.elapsed());
    if let Some(desk) = desk {
        desk.metrics().request(method, &route, status, took);
    }
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        http.status = status,
        http.route = route,
        took,
        "{method} {route} {status} in {took} ms"
    );
    match &mut answered {
        Ok(answered) => dress(answered.headers_mut(), &id),
        Err(error) => error.add_response_mapper(move |mut answer| {
            dress(answer.headers_mut(), &id);
            answer
        }),
    }
    let answered = answered?.map_into_boxed_body();
    Ok(if head { answered.map_body(|_, body| without_stream(body)) } else { answered })
}

/// A file that nobody will get need not be read to its end.
fn without_stream(body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Stream => BoxBody::new(body::None::new()),
        BodySize::None | BodySize::Sized(_) => body,
    }
}

/// The method, as far as it is one of HTTP's own: anybody can make up more.
fn word(method: &Method) -> &'static str {
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
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
