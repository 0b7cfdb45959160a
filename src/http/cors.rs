//! Which pages of other origins a browser may let ask here: those that are named, exactly, and never
//! with cookies.
use actix_cors::{Cors, CorsError};
use actix_web::ResponseError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
    VARY,
};
use actix_web::middleware::{Condition, Next};

use super::problem::{PREFLIGHT_REFUSED, Problem};
use super::request_id;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// A browser may remember for this long what it was allowed.
const REMEMBERED_S: usize = 3600;

/// Lets pages of these origins ask; with none of them it stands aside.
pub fn cors(origins: &[String]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .allowed_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IDEMPOTENCY_KEY,
            request_id::HEADER,
        ])
        .expose_headers([ETAG, LOCATION, RETRY_AFTER, request_id::HEADER])
        .max_age(REMEMBERED_S);
    let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
    Condition::new(!origins.is_empty(), cors)
}

/// Says in our words what a browser may not ask.
///
/// # Errors
/// Those of the request.
pub async fn speak(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answered = next.call(request).await?.map_into_boxed_body();
    let refused = answered.response().error().and_then(|error| error.as_error::<CorsError>());
    let Some(refused) = refused else { return Ok(answered) };
    let mut answer = Problem::new(&PREFLIGHT_REFUSED, advice(refused)).error_response();
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    Ok(answered.into_response(answer))
}

fn advice(refused: &CorsError) -> &'static str {
    match refused {
        CorsError::OriginNotAllowed | CorsError::MissingOrigin => {
            "pages of this origin may not ask; an operator can name it in CORS_ALLOWED_ORIGINS"
        }
        CorsError::MethodNotAllowed | CorsError::BadRequestMethod => {
            "pages may ask with GET, POST, PATCH, PUT and DELETE"
        }
        _ => {
            "pages may send Authorization, Content-Type, Idempotency-Key, If-Match and X-Request-Id"
        }
    }
}
