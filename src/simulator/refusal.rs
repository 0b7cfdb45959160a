//! A refusal in the shape that Meta's Graph API gives it.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use super::catalogue;

/// Why a request was not taken. Decide by `code`: Meta says that its HTTP status is not to be
/// relied on.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    /// The HTTP status of the answer.
    pub(super) status: u16,
    /// The code by which Meta names the error.
    pub(super) code: i64,
    subcode: Option<i64>,
    kind: &'static str,
    message: String,
    /// What is wrong with this request.
    pub(super) details: Option<String>,
    user_message: Option<String>,
}

impl Refusal {
    /// A refusal by its code, in Meta's usual words.
    pub(super) fn of(status: u16, code: i64) -> Self {
        Self {
            status,
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {}", catalogue::title(code)),
            details: catalogue::details(code).map(str::to_owned),
            user_message: None,
        }
    }

    /// The same, with what is wrong with this request.
    pub(super) fn because(self, details: String) -> Self {
        Self { details: Some(details), ..self }
    }

    /// The bearer token is missing, or nobody issued it.
    pub(super) fn no_token() -> Self {
        Self {
            message: "Invalid OAuth access token - Cannot parse access token".into(),
            ..Self::of(401, 190)
        }
    }

    /// The bearer token was good once.
    pub(super) fn expired_token() -> Self {
        Self {
            subcode: Some(463),
            message: "Error validating access token: Session has expired.".into(),
            ..Self::of(401, 190)
        }
    }

    /// Meta itself is away for a moment.
    pub(super) fn unavailable() -> Self {
        Self { message: catalogue::title(2).into(), ..Self::of(503, 2) }
    }

    /// The id in the path names nothing that this token may see.
    pub(super) fn no_such_object(id: &str) -> Self {
        Self {
            subcode: Some(33),
            kind: "GraphMethodException",
            message: format!(
                "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded \
                 due to missing permissions, or does not support this operation."
            ),
            ..Self::of(400, 100)
        }
    }

    /// A parameter that Meta does not take so: 100.
    pub(super) fn invalid(details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::of(400, 100) }
    }

    /// A template that Meta does not take: 100 with a subcode, and a sentence for whoever wrote it.
    pub(super) fn of_template(subcode: i64, told: &str) -> Self {
        let message = "Invalid parameter".to_owned();
        let user_message = Some(told.to_owned());
        Self { subcode: Some(subcode), message, user_message, ..Self::of(400, 100) }
    }

    /// What says more than the code.
    #[cfg(test)]
    pub(super) fn subcode(&self) -> Option<i64> {
        self.subcode
    }

    /// A parameter that is not there: 131008.
    pub(super) fn missing(name: &str) -> Self {
        let details = Some(format!("Missing parameter: {name}"));
        Self { details, ..Self::of(400, 131008) }
    }

    /// A value that cannot be meant: 131009.
    pub(super) fn bad_value(details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::of(400, 131009) }
    }

    /// A template parameter with a line break, a tab or a run of spaces: 132018.
    pub(super) fn bad_template(details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::of(400, 132018) }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header(("content-type", "application/json; charset=UTF-8"))
            .json(Body { error: Told::from(self) })
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    message: &'a str,
    r#type: &'a str,
    code: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_data: Option<ErrorData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_subcode: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_transient: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_user_msg: Option<&'a str>,
    fbtrace_id: String,
}

#[derive(Serialize)]
struct ErrorData<'a> {
    messaging_product: &'a str,
    details: &'a str,
}

impl<'a> From<&'a Refusal> for Told<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        let details = refusal.details.as_deref();
        Self {
            message: &refusal.message,
            r#type: refusal.kind,
            code: refusal.code,
            error_data: details.map(|details| ErrorData { messaging_product: "whatsapp", details }),
            error_subcode: refusal.subcode,
            is_transient: catalogue::is_transient(refusal.code),
            error_user_msg: refusal.user_message.as_deref(),
            fbtrace_id: format!("A{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_metas_shape() {
        let long = Refusal::invalid("Param text['body'] must be at most 4096 characters long.");
        let rows = [
            (
                long,
                r##"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,"error_data":{"messaging_product":"whatsapp","details":"Param text['body'] must be at most 4096 characters long."},"fbtrace_id":"#"}}"##,
            ),
            (
                Refusal::unavailable(),
                r##"{"error":{"message":"Service temporarily unavailable","type":"OAuthException","code":2,"is_transient":true,"fbtrace_id":"#"}}"##,
            ),
            (
                Refusal::expired_token(),
                r##"{"error":{"message":"Error validating access token: Session has expired.","type":"OAuthException","code":190,"error_subcode":463,"fbtrace_id":"#"}}"##,
            ),
        ];
        for (refusal, expected) in rows {
            let mut told = Told::from(&refusal);
            told.fbtrace_id = "#".into();
            assert_eq!(serde_json::to_string(&Body { error: told }).unwrap(), expected);
        }
    }

    #[test]
    fn a_refusal_answers_with_its_status() {
        assert_eq!(Refusal::no_token().error_response().status(), 401);
        assert_eq!(Refusal::unavailable().error_response().status(), 503);
        assert_eq!(Refusal::no_such_object("1").error_response().status(), 400);
    }
}
