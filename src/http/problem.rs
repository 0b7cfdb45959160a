//! Refusals, each from the catalogue: `application/problem+json` (RFC 9457). The only file that
//! knows status codes of refusals.
mod codes;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Serialize;

use super::request_id;
use crate::desk::error::{Conflict, DeskError, Limited};
use crate::domain::delivery::NotNow;
use crate::domain::text::FieldError;
use crate::domain::workflow::Verb;
use crate::store::error::StoreError;

/// A kind of refusal; its title never varies.
#[derive(Debug)]
pub struct Kind {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence that never varies.
    pub title: &'static str,
    /// The status of the answer.
    pub status: u16,
}

macro_rules! catalogue {
    ($($name:ident = $status:literal $code:literal $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Kind = Kind { code: $code, title: $title, status: $status };)*
        /// Every kind.
        pub const ALL: &[&Kind] = &[$(&$name),*];
    };
}

catalogue! {
    BAD_JSON = 400 "bad_json" "The body is not JSON that can be read";
    BAD_QUERY = 400 "bad_query" "The query cannot be read";
    BAD_IDEMPOTENCY_KEY = 400 "bad_idempotency_key" "The Idempotency-Key cannot be read";
    UNAUTHENTICATED = 401 "unauthenticated" "Log in first";
    WRONG_CREDENTIALS = 401 "wrong_credentials" "The name or the password is wrong";
    BAD_REFRESH_TOKEN = 401 "bad_refresh_token" "The refresh token is not good any more";
    BAD_SIGNATURE = 401 "bad_signature" "The signature is missing or wrong";
    FORBIDDEN = 403 "forbidden" "This is not yours to do";
    LOG_IN_AGAIN = 403 "log_in_again" "That takes a log-in of a moment ago";
    REGISTRATION_CLOSED = 403 "registration_closed" "Nobody may open an account by themselves";
    BAD_VERIFY_TOKEN = 403 "bad_verify_token" "The verify token is missing or wrong";
    PREFLIGHT_REFUSED = 403 "preflight_refused" "A browser may not ask that from there";
    NOT_FOUND = 404 "not_found" "There is no such thing";
    METHOD_NOT_ALLOWED = 405 "method_not_allowed" "The method does not exist here";
    SLOW_BODY = 408 "slow_body" "The body did not come in time";
    ILLEGAL_TRANSITION = 409 "illegal_transition" "The ticket cannot do that now";
    CHANGED_MEANWHILE = 409 "changed_meanwhile" "Somebody else was faster";
    ALREADY_ASSIGNED = 409 "already_assigned" "The ticket is that developer's already";
    NO_LONGER_NEW = 409 "no_longer_new" "The ticket is no longer new";
    USERNAME_TAKEN = 409 "username_taken" "The username is taken";
    EMAIL_TAKEN = 409 "email_taken" "The e-mail is taken";
    NUMBER_TAKEN = 409 "number_taken" "The number is confirmed for another account";
    LAST_ADMIN = 409 "last_admin" "Nobody would be left to administer";
    ERASED = 409 "erased" "Nothing is left of the person";
    REQUEST_RUNNING = 409 "request_running" "The first request with this key still runs";
    NOT_RETRYABLE = 409 "not_retryable" "The notification cannot be sent anew";
    MAY_HAVE_ARRIVED = 409 "may_have_arrived" "The notification may have arrived";
    STALE = 412 "stale" "It has changed since";
    TOO_LARGE = 413 "too_large" "The body is too large";
    NOT_JSON = 415 "not_json" "The body is not JSON";
    INVALID = 422 "invalid" "The request has flaws";
    BAD_CURSOR = 422 "bad_cursor" "The cursor is not one of ours";
    WRONG_CODE = 422 "wrong_code" "The code is wrong, used or too old";
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency_key_reused" "The key was used for another request";
    RATE_LIMITED = 429 "rate_limited" "Too many requests, wait a moment";
    QUOTA_EXCEEDED = 429 "quota_exceeded" "The allowance is used up for now";
    TOO_MANY_ATTEMPTS = 429 "too_many_attempts" "Too many attempts, wait a moment";
    REGISTRATIONS_USED_UP = 429 "registrations_used_up" "The address has opened its share of accounts";
    CODE_TOO_SOON = 429 "code_too_soon" "A code was sent a moment ago";
    CODES_USED_UP = 429 "codes_used_up" "No more codes for now";
    DEFECT = 500 "internal" "Something went wrong here";
    SEND_FAILED = 502 "send_failed" "The provider refused to send it";
    CHANNEL_NOT_CONFIGURED = 503 "channel_not_configured" "This way to people is not set up";
    UNAVAILABLE = 503 "unavailable" "Not now, ask again";
    NO_APP_SECRET = 503 "no_app_secret" "Webhooks cannot be checked yet";
}

/// A refusal of this request.
#[derive(Debug)]
pub struct Problem {
    kind: &'static Kind,
    detail: String,
    errors: Vec<FieldError>,
    allow: Option<String>,
    hint: Option<String>,
    retry_after: Option<i64>,
}

/// After this many seconds it is worth asking again.
const RETRY_AFTER_S: i64 = 2;

impl Problem {
    /// A refusal of this kind, with a sentence about this case.
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: vec![],
            allow: None,
            hint: None,
            retry_after: None,
        }
    }

    /// The flaws of a request, all at once.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let named: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        Self { errors: errors.clone(), ..Self::new(&INVALID, named.join("; ")) }
    }

    /// What is wrong with the values of a query, all at once: it cannot be read, unless all that can
    /// be said against it is that it asks for too much.
    pub fn of_query(errors: Vec<FieldError>) -> Self {
        let readable =
            |flaw: &FieldError| matches!(flaw.code, "out_of_range" | "too_many" | "too_long");
        let kind = if errors.iter().all(readable) { &INVALID } else { &BAD_QUERY };
        Self { kind, ..Self::invalid(errors) }
    }

    /// It is worth asking again after this many seconds.
    pub fn after(self, seconds: u64) -> Self {
        Self { retry_after: i64::try_from(seconds).ok(), ..self }
    }

    /// The method does not exist here; these do.
    pub fn method_not_allowed(allow: &str) -> Self {
        let detail = format!("this address knows {allow}");
        Self { allow: Some(allow.to_owned()), ..Self::new(&METHOD_NOT_ALLOWED, detail) }
    }

    /// Too much in too short a time; after `wait` there is room again.
    pub fn too_soon(kind: &'static Kind, what: &str, wait: TimeDelta) -> Self {
        // Whoever comes back after this many seconds is not too early.
        let seconds = (wait.num_milliseconds() + 999).div_euclid(1000).max(1);
        let detail = format!("{what}; ask again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(kind, detail) }
    }

    /// The body, with the request that it answers.
    pub fn body(&self) -> String {
        let errors = self.errors.iter().map(|error| Flaw {
            field: &error.field,
            code: error.code,
            message: &error.message,
        });
        let body = Body {
            kind: format!("urn:deskbell:problem:{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status,
            detail: &self.detail,
            code: self.kind.code,
            request_id: request_id::current(),
            hint: self.hint.as_deref(),
            errors: errors.collect(),
        };
        serde_json::to_string(&body).expect("a problem is plain data")
    }
}

/// A refusal, as RFC 9457 has them.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(super) struct Body<'a> {
    /// Names the kind of refusal: `urn:deskbell:problem:` and its code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in a sentence; it never varies.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What is wrong in this case, and how to do it right.
    detail: &'a str,
    /// The kind as a stable word for programs.
    code: &'static str,
    /// Names the request; it stands in our logs, too.
    request_id: String,
    /// What can be done about it and by whom, where the code is `send_failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// Every flaw of the request, where the code is `invalid` or `bad_query`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Flaw<'a>>,
}

/// One flaw of one field.
#[derive(JsonSchema, Serialize)]
struct Flaw<'a> {
    /// The field or parameter, as the caller named it.
    field: &'a str,
    /// The flaw as a stable word for programs.
    code: &'a str,
    /// The flaw in a sentence for people.
    message: &'a str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((CONTENT_TYPE, "application/problem+json"));
        if self.kind.status == 401 {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let away = (self.kind.status == 503).then_some(RETRY_AFTER_S);
        if let Some(seconds) = self.retry_after.or(away) {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(allow) = &self.allow {
            answer.insert_header((ALLOW, allow.as_str()));
        }
        answer.body(self.body())
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let kind = match &error {
            DeskError::Invalid(errors) => return Self::invalid(errors.clone()),
            DeskError::IllegalTransition { from, verb, allowed } => {
                let verbs: Vec<&str> = allowed.iter().map(|verb: &Verb| verb.as_str()).collect();
                let instead = match verbs.as_slice() {
                    [] => "nothing can be done to it by you now".to_owned(),
                    some => format!("from here you can {}", some.join(", ")),
                };
                let detail = format!("the ticket is {from} and cannot {verb}; {instead}");
                return Self::new(&ILLEGAL_TRANSITION, detail);
            }
            DeskError::UsedUp { wait, .. } => {
                return Self::too_soon(&QUOTA_EXCEEDED, &error.to_string(), *wait);
            }
            DeskError::Limited { what, seconds } => {
                let kind = match what {
                    Limited::Attempts => &TOO_MANY_ATTEMPTS,
                    Limited::Registrations => &REGISTRATIONS_USED_UP,
                };
                return Self::new(kind, error.to_string()).after(*seconds);
            }
            DeskError::Store(store) => return of_store(store),
            DeskError::Code(code) => return codes::refused(code),
            DeskError::Defect(_) => {
                tracing::error!(%error, "a defect");
                return Self::new(&DEFECT, "it has been written down; tell us the request_id");
            }
            DeskError::NotFound(_) => &NOT_FOUND,
            DeskError::Forbidden => &FORBIDDEN,
            DeskError::LogInAgain => &LOG_IN_AGAIN,
            DeskError::Unknown => &UNAUTHENTICATED,
            DeskError::WrongCredentials => &WRONG_CREDENTIALS,
            DeskError::BadRefreshToken => &BAD_REFRESH_TOKEN,
            DeskError::RegistrationClosed => &REGISTRATION_CLOSED,
            DeskError::Conflict(Conflict::UsernameTaken) => &USERNAME_TAKEN,
            DeskError::Conflict(Conflict::EmailTaken) => &EMAIL_TAKEN,
            DeskError::Conflict(Conflict::NumberTaken) => &NUMBER_TAKEN,
            DeskError::Conflict(Conflict::AlreadyAssigned) => &ALREADY_ASSIGNED,
            DeskError::Conflict(Conflict::NoLongerNew) => &NO_LONGER_NEW,
            DeskError::Conflict(Conflict::ChangedMeanwhile) => &CHANGED_MEANWHILE,
            DeskError::Conflict(Conflict::LastAdmin) => &LAST_ADMIN,
            DeskError::Conflict(Conflict::Erased) => &ERASED,
            DeskError::Stale(_) => &STALE,
            DeskError::NotNow(NotNow::MayHaveArrived) => &MAY_HAVE_ARRIVED,
            DeskError::NotNow(_) => &NOT_RETRYABLE,
            DeskError::KeyReused => &IDEMPOTENCY_KEY_REUSED,
            DeskError::StillRunning => &REQUEST_RUNNING,
            DeskError::Busy => &UNAVAILABLE,
        };
        Self::new(kind, error.to_string())
    }
}

fn of_store(error: &StoreError) -> Problem {
    match error {
        StoreError::Away(_) => {
            tracing::warn!(%error, "a request was turned away");
            Problem::new(&UNAVAILABLE, "the database is away for the moment; nothing was lost")
        }
        StoreError::Taken(_) | StoreError::Unreadable { .. } | StoreError::Refused(_) => {
            tracing::error!(%error, "a defect");
            Problem::new(&DEFECT, "it has been written down; tell us the request_id")
        }
    }
}
