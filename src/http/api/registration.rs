//! `/api/accounts`: opening an account by a code.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::address::caller;
use super::super::at;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::Reply;
use super::super::words::Id;
use super::numbers::code_sent;
use crate::desk::{Desk, Registering};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/accounts/request-otp", vec![(Method::POST, web::post().to(begin))]));
    cfg.service(at("/accounts/verify-otp", vec![(Method::POST, web::post().to(end))]));
    cfg.service(at("/accounts/resend-otp", vec![(Method::POST, web::post().to(again))]));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RegistrationByCode {
    #[schemars(required, email, length(max = 254))]
    email: Option<String>,
    #[schemars(required, extend("enum" = ["email", "whatsapp", "sms"]))]
    otp_method: Option<String>,
    /// With its country code; needed for `whatsapp` and `sms`.
    mobile: Option<String>,
    #[schemars(required, length(min = 3, max = 30), regex(pattern = "^[A-Za-z0-9._-]+$"))]
    username: Option<String>,
    #[schemars(required, length(min = 1, max = 49), regex(pattern = r"\S"))]
    first_name: Option<String>,
    #[schemars(required, length(min = 1, max = 49), regex(pattern = r"\S"))]
    last_name: Option<String>,
    #[schemars(required, length(min = 10, max = 128))]
    password: Option<String>,
}

/// `POST /api/accounts/request-otp`
async fn begin(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<RegistrationByCode>,
) -> Result<HttpResponse, Problem> {
    let typed = body.value.map(|typed| Registering {
        email: typed.email,
        otp_method: typed.otp_method,
        mobile: typed.mobile,
        username: typed.username,
        first_name: typed.first_name,
        last_name: typed.last_name,
        password: typed.password,
    });
    let sent = desk.begin_registration(typed, caller(&request)).await?;
    Ok(code_sent(&sent, "OTP").respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CodeAgain {
    #[schemars(required, email, length(max = 254))]
    email: Option<String>,
    #[schemars(required, extend("enum" = ["email", "whatsapp", "sms"]))]
    otp_method: Option<String>,
}

/// `POST /api/accounts/resend-otp`
async fn again(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<CodeAgain>,
) -> Result<HttpResponse, Problem> {
    let typed = body.value.map(|typed| (typed.email, typed.otp_method));
    let sent = desk.resend_registration(typed, caller(&request)).await?;
    Ok(code_sent(&sent, "OTP").respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RegistrationCode {
    #[schemars(required, email, length(max = 254))]
    email: Option<String>,
    /// Six digits.
    #[schemars(required)]
    otp: Option<String>,
}

/// An account that was opened by a code.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Registered")]
pub(in crate::http) struct RegisteredShown {
    #[schemars(extend("const" = true))]
    success: bool,
    message: &'static str,
    user: NewcomerShown,
    /// A JWT, for `Authorization: Bearer …`.
    token: String,
    /// Good once, for `POST /api/auth/refresh`.
    refresh_token: String,
}

/// Whose account it is.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Newcomer")]
struct NewcomerShown {
    #[schemars(with = "Id")]
    id: i64,
    email: String,
    username: String,
    first_name: String,
    last_name: String,
    #[schemars(extend("const" = true))]
    is_verified: bool,
}

/// `POST /api/accounts/verify-otp`
async fn end(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<RegistrationCode>,
) -> Result<HttpResponse, Problem> {
    let typed = body.value.map(|typed| (typed.email, typed.otp));
    let registered = desk.end_registration(typed, caller(&request)).await?;
    let known = registered.known;
    let shown = RegisteredShown {
        success: true,
        message: "Registration successful",
        user: NewcomerShown {
            id: known.user.id.0,
            email: known.user.email,
            username: known.user.username,
            first_name: registered.first_name,
            last_name: registered.last_name,
            is_verified: true,
        },
        token: known.access_token,
        refresh_token: known.refresh_token,
    };
    Ok(Reply::json(StatusCode::OK, &shown).respond())
}
