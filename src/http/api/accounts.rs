//! `/api/auth`: opening an account, logging in and out, oneself.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::super::address::caller;
use super::super::at;
use super::super::auth::By;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
    full_name: Option<String>,
    whatsapp_number: Option<String>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    username: Option<String>,
    password: Option<String>,
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
    let answer = json!({
        "access_token": known.access_token,
        "refresh_token": known.refresh_token,
        "token_type": "Bearer",
        "expires_in": known.expires_in,
        "user": UserShown::from(known.user),
    });
    Reply::json(StatusCode::OK, &answer).respond()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshToken {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCorrection {
    #[serde(default, deserialize_with = "maybe_null")]
    full_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    whatsapp_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    locale: Option<Option<String>>,
}

/// `PATCH /api/auth/me`
async fn change_me(
    desk: Data<Desk>,
    by: By,
    _: Params<Nothing>,
    body: Json<OwnCorrection>,
) -> Result<HttpResponse, Problem> {
    let OwnCorrection { full_name, email, whatsapp_number, locale } = body.checked()?;
    let typed = Correction { full_name, email, whatsapp_number, locale, ..Default::default() };
    let user = desk.change_me(typed, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    current_password: Option<String>,
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
