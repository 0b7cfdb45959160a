//! `/api/auth`: opening an account, logging in, oneself.
use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Credentials {
    /// Or the e-mail.
    #[schemars(required)]
    username: Option<String>,
    #[schemars(required)]
    password: Option<String>,
}

/// A token, and whose it is.
#[derive(JsonSchema, Serialize)]
pub(in crate::http) struct LoggedIn {
    /// A JWT, for `Authorization: Bearer …`.
    access_token: String,
    #[schemars(extend("const" = "Bearer"))]
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: i64,
    user: UserShown,
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
    let answer = LoggedIn {
        access_token: known.access_token,
        token_type: "Bearer",
        expires_in: known.expires_in,
        user: UserShown::from(known.user),
    };
    Ok(Reply::json(StatusCode::OK, &answer).respond())
}

/// `GET /api/auth/me`
async fn me(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    let user = desk.me(by.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}
