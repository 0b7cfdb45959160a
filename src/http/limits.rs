//! How often one account, or one address without any, may ask in a minute. It is looked at before
//! anything else of a request, so that too many of them cost little and change nothing.
mod allowance;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use chrono::TimeDelta;
use moka::sync::Cache;

use super::address::caller;
use super::auth::bearer;
use super::problem::{Problem, RATE_LIMITED};
use crate::desk::Desk;
use crate::domain::user::UserId;
use allowance::{Allowance, Taken};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const WRITES: Allowance = Allowance { most: 60, within: MINUTE };
const READS: Allowance = Allowance { most: 600, within: MINUTE };
const ANONYMOUS: Allowance = Allowance { most: 60, within: MINUTE };
/// Whoever was not heard of for this long has all of their allowance again.
const FORGOTTEN: Duration = Duration::from_secs(120);
/// More callers than this are not remembered; then those who ask least are forgotten first.
const REMEMBERED: u64 = 50_000;

/// Who asked how often lately.
#[derive(Clone)]
pub struct Limits {
    known: Cache<Key, Arc<Mutex<Taken>>>,
    desk: Desk,
    simulated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Writes(UserId),
    Reads(UserId),
    Address(IpAddr),
}

impl Limits {
    /// Nobody has asked yet. A simulator inside of the program is a part of it, and not limited.
    pub fn new(desk: Desk, simulated: bool) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED).time_to_idle(FORGOTTEN).build();
        Self { known, desk, simulated }
    }

    /// What asks for signs of life must not be kept from them.
    fn passes(&self, path: &str) -> bool {
        matches!(path, "/healthz" | "/readyz" | "/metrics")
            || (self.simulated && (path == "/simulator" || path.starts_with("/simulator/")))
    }

    /// A token that we signed names an account, whatever has become of it; nobody else has one.
    fn key(&self, request: &ServiceRequest) -> Key {
        let named = bearer(request.request()).and_then(|token| self.desk.named(&token));
        match named {
            Some(user) if request.method().is_safe() => Key::Reads(user),
            Some(user) => Key::Writes(user),
            None => Key::Address(caller(request.request())),
        }
    }

    /// Counts one more request, unless it is one too many.
    fn refusal(&self, key: Key) -> Option<Problem> {
        let taken = self.known.get_with(key, Arc::default);
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = key.allowance().take(&mut taken, self.desk.store().now()).err()?;
        self.desk.metrics().limited(key.word());
        Some(Problem::too_soon(&RATE_LIMITED, key.advice(), wait))
    }

    /// Only its signature tells whether a webhook is a provider's, who may send as many as there
    /// are; those of others are counted once that is known.
    fn after(
        &self,
        answered: ServiceResponse<BoxBody>,
        key: Key,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let forged = answered.status() == StatusCode::UNAUTHORIZED;
        match forged.then(|| self.refusal(key)).flatten() {
            Some(refusal) => Ok(answered.into_response(refusal.error_response())),
            None => Ok(answered),
        }
    }
}

impl Key {
    fn allowance(self) -> Allowance {
        match self {
            Self::Writes(_) => WRITES,
            Self::Reads(_) => READS,
            Self::Address(_) => ANONYMOUS,
        }
    }

    /// The word for it in the metrics.
    fn word(self) -> &'static str {
        match self {
            Self::Writes(_) => "WRITES",
            Self::Reads(_) => "READS",
            Self::Address(_) => "ANONYMOUS",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Writes(_) => "an account may change something 60 times a minute",
            Self::Reads(_) => "an account may read 600 times a minute",
            Self::Address(_) => "without a valid token there are 60 requests a minute",
        }
    }
}

/// Refuses who asks too often.
///
/// # Errors
/// Those of the request.
pub async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let limits = request.app_data::<Data<Limits>>().cloned();
    let Some(limits) = limits.filter(|limits| !limits.passes(request.path())) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let key = limits.key(&request);
    if is_webhook(&request) {
        return limits.after(next.call(request).await?.map_into_boxed_body(), key);
    }
    match limits.refusal(key) {
        Some(refusal) => Ok(request.error_response(refusal)),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

fn is_webhook(request: &ServiceRequest) -> bool {
    request.method() == Method::POST && request.path().starts_with("/webhook/")
}
