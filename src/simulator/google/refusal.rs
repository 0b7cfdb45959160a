//! Refusals in the two shapes that Google gives them: OAuth's, and that of its APIs.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::json;

/// Why the token endpoint gives no token.
pub struct Denied {
    status: u16,
    error: String,
    description: String,
}

impl Denied {
    /// A denial in OAuth's words.
    pub fn of(status: u16, error: &str, description: &str) -> Self {
        Self { status, error: error.to_owned(), description: description.to_owned() }
    }

    /// The answer.
    pub fn answer(&self) -> HttpResponse {
        let told = json!({ "error": self.error, "error_description": self.description });
        build(self.status).json(told)
    }
}

/// Why one of Google's APIs does not do it.
pub struct Refusal {
    /// The HTTP status of the answer.
    pub status: u16,
    /// The word to decide by.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    pub fn of(status: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { status, reason: reason.to_owned(), message: message.into() }
    }

    /// A request that cannot be meant.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::of(400, "invalidArgument", message)
    }

    /// No access token, or one that has ended.
    pub fn no_token() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access \
                       token, login cookie or other valid authentication credential.";
        Self::of(401, "authError", message)
    }

    /// A token that does not allow it.
    pub fn no_scope() -> Self {
        let message = "Request had insufficient authentication scopes.";
        Self::of(403, "insufficientPermissions", message)
    }

    /// A refusal by its word alone.
    pub fn known(reason: &str, status: Option<u16>) -> Self {
        let (usual, message) = match reason {
            "rateLimitExceeded" => (429, "Rate Limit Exceeded"),
            "userRateLimitExceeded" => (403, "User Rate Limit Exceeded"),
            "dailyLimitExceeded" => (403, "Daily Limit Exceeded"),
            "quotaExceeded" => (403, "The user has exceeded their quota."),
            "insufficientPermissions" => return Self::no_scope(),
            "authError" => return Self::no_token(),
            "domainPolicy" => (403, "The domain administrators have disabled Gmail apps."),
            "failedPrecondition" => (400, "Precondition check failed."),
            "invalidArgument" => (400, "Invalid To header"),
            "badRequest" => (400, "Bad Request"),
            "backendError" => (503, "The service is currently unavailable."),
            "internalError" => (500, "Internal error encountered."),
            other => (400, other),
        };
        Self::of(status.unwrap_or(usual), reason, message)
    }

    /// The answer.
    pub fn answer(&self) -> HttpResponse {
        let domain = match self.reason.as_str() {
            "userRateLimitExceeded" | "dailyLimitExceeded" | "quotaExceeded" => "usageLimits",
            "rateLimitExceeded" if self.status == 403 => "usageLimits",
            _ => "global",
        };
        let error = json!({ "message": self.message, "domain": domain, "reason": self.reason });
        let status = match self.status {
            400 if self.reason == "failedPrecondition" => "FAILED_PRECONDITION",
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            _ => "INTERNAL",
        };
        build(self.status).json(json!({ "error": { "code": self.status, "message": self.message,
            "errors": [error], "status": status } }))
    }
}

fn build(status: u16) -> actix_web::HttpResponseBuilder {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST))
}
