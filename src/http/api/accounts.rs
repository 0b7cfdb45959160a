//! `/api/auth`: opening an account, logging in and out, oneself.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::address::caller;
use super::super::at;
use super::super::auth::{By, LoggedInAt};
use super::super::body::{Json, Nothing, Params, maybe_null};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::shown::UserShown;
use crate::desk::{Desk, LoggedIn, NewPassword};
use crate::domain::account::Application;
use crate::domain::correction::Correction;
use crate::domain::text::{FieldError, Flaws};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/auth/register", vec![(Method::POST, web::post().to(register))]));
    cfg.service(at("/auth/login", vec![(Method::POST, web::post().to(log_in))]));
    cfg.service(at("/auth/refresh", vec![(Method::POST, web::post().to(refresh))]));
    cfg.service(at("/auth/logout", vec![(Method::POST, web::post().to(log_out))]));
    cfg.service(at(
        "/auth/me",
        vec![(Method::GET, web::get().to(me)), (Method::PATCH, web::patch().to(change_me))],
    ));
    let change = vec![(Method::POST, web::post().to(change_password))];
    cfg.service(at("/auth/change-password", change));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Registration {
    /// Letters, digits, `.`, `_` and `-`; upper and lower case are the same.
    #[schemars(required, length(min = 3, max = 30), regex(pattern = "^[A-Za-z0-9._-]+$"))]
    username: Option<String>,
    #[schemars(required, email, length(max = 254))]
    email: Option<String>,
    #[schemars(required, length(min = 10, max = 128))]
    password: Option<String>,
    #[schemars(required, length(min = 1, max = 100), regex(pattern = r"\S"))]
    full_name: Option<String>,
    /// With its country code; spaces, dashes, dots, brackets and a leading `00` are understood.
    whatsapp_number: Option<String>,
    /// A BCP 47 tag, like `en` or `pt-BR`.
    #[schemars(length(min = 2, max = 35))]
    locale: Option<String>,
}

impl Registration {
    fn application(self) -> Application {
        Application {
            username: self.username,
            email: self.email,
            password: self.password,
            full_name: self.full_name,
            whatsapp_number: self.whatsapp_number,
            locale: self.locale,
        }
    }
}

/// `POST /api/auth/register`
async fn register(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<Registration>,
) -> Result<HttpResponse, Problem> {
    let application = body.value.map(Registration::application);
    let user = desk.register(application, caller(&request)).await?;
    let place = format!("/api/users/{}", user.id.0);
    Ok(Reply::json(StatusCode::CREATED, &UserShown::from(user)).with("Location", place).respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Credentials {
    /// Or the e-mail.
    #[schemars(required)]
    username: Option<String>,
    #[schemars(required)]
    password: Option<String>,
}

/// Tokens, and whose they are.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Tokens")]
pub(in crate::http) struct TokensShown {
    /// A JWT, for `Authorization: Bearer …`.
    access_token: String,
    /// Good once, for `POST /api/auth/refresh`.
    refresh_token: String,
    #[schemars(extend("const" = "Bearer"))]
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: i64,
    user: UserShown,
}

/// `POST /api/auth/login`
async fn log_in(
    desk: Data<Desk>,
    request: HttpRequest,
    _: Params<Nothing>,
    body: Json<Credentials>,
) -> Result<HttpResponse, Problem> {
    let asked = body.checked()?;
    let mut flaws = Flaws::default();
    let name = flaws.keep(asked.username.ok_or_else(|| FieldError::required("username")));
    let password = flaws.keep(asked.password.ok_or_else(|| FieldError::required("password")));
    flaws.check().map_err(Problem::invalid)?;
    let (name, password) = (name.unwrap_or_default(), password.unwrap_or_default());
    Ok(pair(desk.log_in(&name, password, caller(&request)).await?))
}

/// The answer to whoever has logged in; it is never kept.
fn pair(known: LoggedIn) -> HttpResponse {
    let answer = TokensShown {
        access_token: known.access_token,
        refresh_token: known.refresh_token,
        token_type: "Bearer",
        expires_in: known.expires_in,
        user: UserShown::from(known.user),
    };
    Reply::json(StatusCode::OK, &answer).respond()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RefreshToken {
    #[schemars(required)]
    refresh_token: Option<String>,
}

impl RefreshToken {
    fn shown(self) -> Result<String, Problem> {
        let missing = || Problem::invalid(vec![FieldError::required("refresh_token")]);
        self.refresh_token.ok_or_else(missing)
    }
}

/// `POST /api/auth/refresh`
async fn refresh(
    desk: Data<Desk>,
    _: Params<Nothing>,
    body: Json<RefreshToken>,
) -> Result<HttpResponse, Problem> {
    Ok(pair(desk.refresh(&body.checked()?.shown()?).await?))
}

/// `POST /api/auth/logout`: whoever has no session is logged out already.
async fn log_out(
    desk: Data<Desk>,
    _: Params<Nothing>,
    body: Json<RefreshToken>,
) -> Result<HttpResponse, Problem> {
    desk.log_out(&body.checked()?.shown()?).await?;
    Ok(Reply::nothing().respond())
}

/// `GET /api/auth/me`
async fn me(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    let user = desk.me(by.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}

/// What is not given stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OwnCorrection {
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", length(min = 1, max = 100), regex(pattern = r"\S"))]
    full_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", email, length(max = 254))]
    email: Option<Option<String>>,
    /// Another number has to be confirmed anew; `null` takes it away.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "Option<String>")]
    whatsapp_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", length(min = 2, max = 35))]
    locale: Option<Option<String>>,
}

/// `PATCH /api/auth/me`
async fn change_me(
    desk: Data<Desk>,
    by: By,
    since: LoggedInAt,
    _: Params<Nothing>,
    body: Json<OwnCorrection>,
) -> Result<HttpResponse, Problem> {
    let OwnCorrection { full_name, email, whatsapp_number, locale } = body.checked()?;
    let typed = Correction { full_name, email, whatsapp_number, locale, ..Default::default() };
    let user = desk.change_me(typed, by.0, since.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Passwords {
    #[schemars(required)]
    current_password: Option<String>,
    #[schemars(required, length(min = 10, max = 128))]
    new_password: Option<String>,
}

/// `POST /api/auth/change-password`
async fn change_password(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    _: Params<Nothing>,
    body: Json<Passwords>,
) -> Result<HttpResponse, Problem> {
    let Json { value, raw } = body;
    let typed =
        value.map(|typed| NewPassword { current: typed.current_password, new: typed.new_password });
    let from = caller(&request);
    answer(
        &desk,
        &request,
        by.0,
        &raw,
        |()| Reply::nothing(),
        async |once| desk.change_password(typed, by.0, from, once).await,
    )
    .await
}
