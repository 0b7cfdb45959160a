//! `/api/auth`: opening an account, logging in, oneself.
use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::Reply;
use super::shown::UserShown;
use crate::desk::Desk;
use crate::domain::account::Application;
use crate::domain::text::{FieldError, Flaws};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/auth/register", vec![(Method::POST, web::post().to(register))]));
    cfg.service(at("/auth/login", vec![(Method::POST, web::post().to(log_in))]));
    cfg.service(at("/auth/me", vec![(Method::GET, web::get().to(me))]));
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

/// `POST /api/auth/register`
async fn register(
    desk: Data<Desk>,
    _: Params<Nothing>,
    body: Json<Registration>,
) -> Result<HttpResponse, Problem> {
    let asked = body.checked()?;
    let application = Application {
        username: asked.username,
        email: asked.email,
        password: asked.password,
        full_name: asked.full_name,
        whatsapp_number: asked.whatsapp_number,
        locale: asked.locale,
    };
    let user = desk.register(application).await?;
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
    _: Params<Nothing>,
    body: Json<Credentials>,
) -> Result<HttpResponse, Problem> {
    let asked = body.checked()?;
    let mut flaws = Flaws::default();
    let name = flaws.keep(asked.username.ok_or_else(|| FieldError::required("username")));
    let password = flaws.keep(asked.password.ok_or_else(|| FieldError::required("password")));
    flaws.check().map_err(Problem::invalid)?;
    let known = desk.log_in(&name.unwrap_or_default(), password.unwrap_or_default()).await?;
    let answer = json!({
        "access_token": known.access_token,
        "token_type": "Bearer",
        "expires_in": known.expires_in,
        "user": UserShown::from(known.user),
    });
    Ok(Reply::json(StatusCode::OK, &answer).respond())
}

/// `GET /api/auth/me`
async fn me(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    let user = desk.me(by.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}
