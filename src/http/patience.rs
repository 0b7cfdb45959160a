//! A request that panics or never ends has an answer all the same.
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use futures::FutureExt;

use super::problem::{DEFECT, Problem, UNAVAILABLE};

/// Nothing here takes longer than this but for a part of the world that has gone silent.
const PATIENCE: Duration = Duration::from_secs(15);

/// Waits for an answer, so long.
///
/// # Errors
/// A panic or a request past its time, which carry their own answers, and those of the request.
pub async fn wait(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // A simulated provider may be told to take its time.
    let deadline = if request.path().starts_with("/simulator") { PATIENCE * 10 } else { PATIENCE };
    let call = AssertUnwindSafe(next.call(request)).catch_unwind();
    match tokio::time::timeout(deadline, call).await {
        Ok(Ok(answered)) => Ok(answered?.map_into_boxed_body()),
        Ok(Err(_)) => {
            tracing::error!("a request panicked");
            let say = "it has been written down; tell us the request_id";
            Err(by_itself(Problem::new(&DEFECT, say)))
        }
        Err(_) => {
            tracing::warn!("a request took too long");
            let say = "it took too long; whether it was done is not known";
            Err(by_itself(Problem::new(&UNAVAILABLE, say)))
        }
    }
}

/// The request has gone; its answer stands by itself.
fn by_itself(problem: Problem) -> actix_web::Error {
    let answer = problem.error_response();
    InternalError::from_response(problem, answer).into()
}
