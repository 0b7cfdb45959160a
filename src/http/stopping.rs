//! A program that stops takes no more requests, while it finishes those under way.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONNECTION, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::problem::{Problem, UNAVAILABLE};

/// Whether the program is stopping.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on it is.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is.
    pub fn begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Turns requests away while the program stops, but for those of its own simulator, which has to
/// answer the sends in hand, and the question whether it lives.
///
/// # Errors
/// Those of the request.
pub async fn turn_away(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let stopping = request.app_data::<Data<Stopping>>().is_some_and(|stopping| stopping.begun());
    let path = request.path();
    let kept =
        path.starts_with("/simulator") || matches!(path, "/healthz" | "/readyz" | "/metrics");
    if !stopping || kept {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let problem = Problem::new(&UNAVAILABLE, "the program is stopping; ask again in a moment");
    let mut answer = request.error_response(problem);
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(answer)
}
