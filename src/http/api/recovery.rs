//! `/api/auth/password-reset` and `/api/auth/sessions`: getting in again, and being in nowhere else.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::address::caller;
use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::Reply;
use super::super::words::{Id, Instant};
use super::id;
use super::numbers::SuccessShown;
use crate::desk::Desk;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    let begin = vec![(Method::POST, web::post().to(begin))];
    cfg.service(at("/auth/password-reset/request", begin));
    cfg.service(at("/auth/password-reset/verify", vec![(Method::POST, web::post().to(enter))]));
    cfg.service(at("/auth/password-reset/complete", vec![(Method::POST, web::post().to(end))]));
    cfg.service(at(
        "/auth/sessions",
        vec![
            (Method::GET, web::get().to(sessions)),
            (Method::DELETE, web::delete().to(end_sessions)),
        ],
    ));
    cfg.service(at("/auth/sessions/{id}", vec![(Method::DELETE, web::delete().to(end_session))]));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ResetAsked {
    /// The username or the e-mail.
    #[schemars(required, length(min = 1, max = 254))]
    login: Option<String>,
    /// `email` unless given; `whatsapp` and `sms` reach a confirmed number.
    #[schemars(extend("enum" = ["email", "whatsapp", "sms", null]))]
    channel: Option<String>,
}

/// A flow that has begun, whether there is such an account or not.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ResetBegun")]
pub(in crate::http) struct ResetBegunShown {
    #[schemars(extend("const" = true))]
    success: bool,
    message: &'static str,
    /// What the next steps show.
    flow: String,
    /// The code; only in development, where the provider is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    debug_otp: Option<String>,
}

/// `POST /api/auth/password-reset/request`
async fn begin(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<ResetAsked>,
) -> Result<HttpResponse, Problem> {
    let typed = body.value.map(|asked| (asked.login, asked.channel));
    let begun = desk.begin_reset(typed, caller(&request)).await?;
    let shown = ResetBegunShown {
        success: true,
        message: "If there is such an account, a code is on its way to it",
        flow: begun.flow,
        debug_otp: begun.debug_otp,
    };
    Ok(Reply::json(StatusCode::ACCEPTED, &shown).respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ResetCode {
    #[schemars(required)]
    flow: Option<String>,
    /// Six digits.
    #[schemars(required)]
    code: Option<String>,
}

/// `POST /api/auth/password-reset/verify`
async fn enter(
    desk: Data<Desk>,
    _: Params<Nothing>,
    body: Json<ResetCode>,
) -> Result<HttpResponse, Problem> {
    desk.enter_reset_code(body.value.map(|typed| (typed.flow, typed.code))).await?;
    let message = "Choose another password within 10 minutes";
    Ok(Reply::json(StatusCode::OK, &SuccessShown { success: true, message }).respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ResetPassword {
    #[schemars(required)]
    flow: Option<String>,
    #[schemars(required, length(min = 10, max = 128))]
    new_password: Option<String>,
}

/// `POST /api/auth/password-reset/complete`
async fn end(
    desk: Data<Desk>,
    _: Params<Nothing>,
    body: Json<ResetPassword>,
) -> Result<HttpResponse, Problem> {
    desk.end_reset(body.value.map(|typed| (typed.flow, typed.new_password))).await?;
    let message = "The password was changed; log in with it";
    Ok(Reply::json(StatusCode::OK, &SuccessShown { success: true, message }).respond())
}

/// Where one is logged in.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Sessions")]
pub(in crate::http) struct SessionsShown {
    items: Vec<SessionShown>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Session")]
struct SessionShown {
    #[schemars(with = "Id")]
    id: i64,
    created_at: Instant,
    /// When it was last kept alive.
    last_used_at: Instant,
    ends_at: Instant,
}

/// `GET /api/auth/sessions`
async fn sessions(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    let open = desk.own_sessions(by.0).await?.into_iter();
    let items = open.map(|session| SessionShown {
        id: session.id,
        created_at: Instant(session.created_at),
        last_used_at: Instant(session.last_used_at),
        ends_at: Instant(session.ends_at),
    });
    Ok(Reply::json(StatusCode::OK, &SessionsShown { items: items.collect() }).respond())
}

/// `DELETE /api/auth/sessions`
async fn end_sessions(
    desk: Data<Desk>,
    by: By,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    desk.end_own_sessions(by.0).await?;
    Ok(Reply::nothing().respond())
}

/// `DELETE /api/auth/sessions/{id}`
async fn end_session(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    desk.end_own_session(id(&path, "session")?, by.0).await?;
    Ok(Reply::nothing().respond())
}
