//! Reading what a request brings: a JSON body with known fields only, and a query likewise.
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut, Query};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures::future::{LocalBoxFuture, Ready, ready};
use futures::{FutureExt, StreamExt};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::auth::still;
use super::misread::misread;
use super::problem::{BAD_JSON, BAD_QUERY, NOT_JSON, Problem, SLOW_BODY, TOO_LARGE};
use crate::domain::text::FieldError;

/// The largest body of a request.
pub const LONGEST_BODY: usize = 256 * 1024;
/// The slowest one.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body, with its raw bytes.
#[derive(Debug)]
pub struct Json<T> {
    /// What it says, or the field that cannot be what it is. Whether the caller may do what they
    /// ask is decided before anybody looks at that.
    pub value: Result<T, Vec<FieldError>>,
    /// The bytes, to tell two requests apart.
    pub raw: Bytes,
}

impl<T> Json<T> {
    /// What it says, where nothing is decided before.
    ///
    /// # Errors
    /// 422 with the field that cannot be what it is.
    pub fn checked(self) -> Result<T, Problem> {
        self.value.map_err(Problem::invalid)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(request);
        let payload = payload.take();
        let request = request.clone();
        async move {
            let raw = collect(payload, LONGEST_BODY).await?;
            still(&request).await?;
            if !json && !raw.is_empty() {
                return Err(Problem::new(&NOT_JSON, "send `Content-Type: application/json`"));
            }
            let value = read(if raw.is_empty() { b"{}" } else { &raw })?;
            Ok(Self { value, raw })
        }
        .boxed_local()
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
}

/// Every byte of a body, if it is not too long and comes in time.
///
/// # Errors
/// 413, 408, or 400 where the connection breaks.
pub async fn collect(mut payload: Payload, most: usize) -> Result<Bytes, Problem> {
    let all = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| broken(&error))?;
            if body.len() + chunk.len() > most {
                return Err(Problem::new(&TOO_LARGE, format!("{most} bytes at most")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    let slow = |_| Problem::new(&SLOW_BODY, "a body has ten seconds to arrive");
    tokio::time::timeout(BODY_TIMEOUT, all).await.map_err(slow)?
}

fn broken(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::new(&TOO_LARGE, "the body is too large"),
        _ => Problem::new(&BAD_JSON, "the body broke off"),
    }
}

fn read<T: DeserializeOwned>(raw: &[u8]) -> Result<Result<T, Vec<FieldError>>, Problem> {
    let bad = |error: &serde_json::Error| {
        Problem::new(&BAD_JSON, format!("the body is not JSON: {error}"))
    };
    if let Err(error) = std::str::from_utf8(raw) {
        return Err(Problem::new(&BAD_JSON, format!("the body is not UTF-8: {error}")));
    }
    // A list would pass for an object whose fields come in their order.
    if raw.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<serde::de::IgnoredAny>(raw).map_err(|error| bad(&error))?;
        let say = "the body is a JSON object: `{…}`";
        return Ok(Err(vec![FieldError::new(".", "wrong_type", say)]));
    }
    let mut from = serde_json::Deserializer::from_slice(raw);
    let read = serde_path_to_error::deserialize(&mut from);
    let value = match read {
        Ok(value) => Ok(value),
        Err(error) => {
            let field = error.path().to_string();
            let error = error.into_inner();
            if error.classify() != serde_json::error::Category::Data {
                return Err(bad(&error));
            }
            // A field is wrong; the rest has to be JSON all the same.
            serde_json::from_slice::<serde::de::IgnoredAny>(raw).map_err(|error| bad(&error))?;
            return Ok(Err(vec![misread(&field, &error.to_string())]));
        }
    };
    from.end().map_err(|error| bad(&error))?;
    Ok(value)
}

/// One field as it was typed, of a body that could not be read as a whole.
pub fn typed(raw: &[u8], field: &str) -> Option<Value> {
    serde_json::from_slice::<Map<String, Value>>(raw).ok()?.remove(field)
}

/// A query with known parameters only.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if percent_decode_str(request.query_string()).decode_utf8().is_err() {
            let say = "the query cannot be read: what is behind its `%` is not UTF-8";
            return ready(Err(Problem::new(&BAD_QUERY, say)));
        }
        let read = Query::<T>::from_query(request.query_string());
        ready(read.map(|query| Self(query.into_inner())).map_err(|error| {
            let error = error.to_string();
            let error = error.strip_prefix("Query deserialize error: ").unwrap_or(&error);
            let said = misread("", error).message;
            Problem::new(&BAD_QUERY, format!("the query cannot be read: {said}"))
        }))
    }
}

/// Nothing at all.
#[derive(Debug, schemars::JsonSchema, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A field that may be left out, or be `null`: what is left out stays, what is `null` was meant to
/// be taken away.
///
/// # Errors
/// Where it is neither.
pub fn maybe_null<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(from).map(Some)
}
