//! `/api/users`: the accounts, for admins.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::at;
use super::super::auth::{By, LoggedInAt};
use super::super::body::{Json, Nothing, Params, maybe_null};
use super::super::page::{Asked, Cursors};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::super::words::Word;
use super::id;
use super::shown::UserShown;
use crate::desk::{Desk, Opening};
use crate::domain::account::Application;
use crate::domain::correction::Correction;
use crate::domain::filter::AnyOf;
use crate::domain::text::{FieldError, Flaws, line};
use crate::domain::ticket::word;
use crate::domain::user::{Role, User, UserFilter, UserId};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/users",
        vec![(Method::POST, web::post().to(create)), (Method::GET, web::get().to(list))],
    ));
    cfg.service(at(
        "/users/{id}",
        vec![
            (Method::GET, web::get().to(show)),
            (Method::PATCH, web::patch().to(change)),
            (Method::DELETE, web::delete().to(erase)),
        ],
    ));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewUser")]
pub(in crate::http) struct NewUserBody {
    /// Letters, digits, `.`, `_` and `-`; upper and lower case are the same.
    #[schemars(required, length(min = 3, max = 30), regex(pattern = "^[A-Za-z0-9._-]+$"))]
    username: Option<String>,
    #[schemars(required, email, length(max = 254))]
    email: Option<String>,
    #[schemars(required, length(min = 10, max = 128))]
    password: Option<String>,
    #[schemars(required, length(min = 1, max = 100), regex(pattern = r"\S"))]
    full_name: Option<String>,
    /// The admin vouches for it: it counts as confirmed.
    whatsapp_number: Option<String>,
    /// A BCP 47 tag, like `en` or `pt-BR`.
    #[schemars(length(min = 2, max = 35))]
    locale: Option<String>,
    #[schemars(required, with = "Word<Role>")]
    role: Option<String>,
    /// That the person said that they want to hear from us.
    whatsapp_opt_in: Option<bool>,
}

impl NewUserBody {
    fn opening(self) -> Opening {
        let application = Application {
            username: self.username,
            email: self.email,
            password: self.password,
            full_name: self.full_name,
            whatsapp_number: self.whatsapp_number,
            locale: self.locale,
        };
        Opening { application, role: self.role, whatsapp_opt_in: self.whatsapp_opt_in }
    }
}

/// `POST /api/users`
async fn create(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    _: Params<Nothing>,
    body: Json<NewUserBody>,
) -> Result<HttpResponse, Problem> {
    let Json { value, raw } = body;
    let opening = value.map(NewUserBody::opening);
    let show = |user: &User| {
        let place = format!("/api/users/{}", user.id.0);
        Reply::json(StatusCode::CREATED, &UserShown::from(user.clone())).with("Location", place)
    };
    answer(&desk, &request, by.0, &raw, show, async |once| desk.add_user(opening, by.0, once).await)
        .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<String>,
    cursor: Option<String>,
    role: Option<String>,
    q: Option<String>,
    is_active: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<UserFilter, Problem> {
        let mut flaws = Flaws::default();
        let given = |raw: &Option<String>| raw.clone().filter(|raw| !raw.trim().is_empty());
        let sought = flaws.may(given(&self.q), |raw| line("q", &raw, 100)).unwrap_or_default();
        let filter = UserFilter {
            role: AnyOf::read(&mut flaws, "role", self.role.as_deref(), |raw| {
                word("role", raw, &Role::ALL.map(Role::as_str))
            }),
            is_active: flaws.may(self.is_active.as_deref(), |raw| truth("is_active", raw)),
            words: sought.to_lowercase().split_whitespace().map(str::to_owned).collect(),
        };
        flaws.check().map_err(Problem::of_query)?;
        Ok(filter)
    }
}

fn truth(field: &'static str, raw: &str) -> Result<bool, FieldError> {
    let say = || FieldError::new(field, "unknown_value", format!("`{field}` is true or false"));
    raw.trim().parse().map_err(|_| say())
}

/// `GET /api/users`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    desk.may_administer(by.0)?;
    let filter = query.filter()?;
    let list = format!("users {filter:?}");
    let asked = Asked { limit: query.limit.as_deref(), cursor: query.cursor.as_deref() };
    let find = async |before, most| desk.users(&filter, before, most, by.0).await;
    cursors.answer(&list, asked, find, |user| user.id.0, UserShown::from).await
}

/// `GET /api/users/{id}`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let user = desk.user(UserId(id(&path, "account")?), by.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}

/// What is not given stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserCorrection")]
pub(in crate::http) struct CorrectionBody {
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", length(min = 1, max = 100), regex(pattern = r"\S"))]
    full_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", email, length(max = 254))]
    email: Option<Option<String>>,
    /// The admin vouches for it: it counts as confirmed; `null` takes it away.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "Option<String>")]
    whatsapp_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "String", length(min = 2, max = 35))]
    locale: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "Word<Role>")]
    role: Option<Option<String>>,
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "bool")]
    is_active: Option<Option<bool>>,
    /// That the person said that they want to hear from us.
    #[serde(default, deserialize_with = "maybe_null")]
    #[schemars(with = "bool")]
    whatsapp_opt_in: Option<Option<bool>>,
}

impl CorrectionBody {
    fn correction(self) -> Correction {
        Correction {
            full_name: self.full_name,
            email: self.email,
            whatsapp_number: self.whatsapp_number,
            locale: self.locale,
            role: self.role,
            is_active: self.is_active,
            whatsapp_opt_in: self.whatsapp_opt_in,
        }
    }
}

/// `PATCH /api/users/{id}`
async fn change(
    desk: Data<Desk>,
    by: By,
    since: LoggedInAt,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<CorrectionBody>,
) -> Result<HttpResponse, Problem> {
    let asked = UserId(id(&path, "account")?);
    let typed = body.value.map(CorrectionBody::correction);
    let user = desk.change_user(asked, typed, by.0, since.0).await?;
    Ok(Reply::json(StatusCode::OK, &UserShown::from(user)).respond())
}

/// `DELETE /api/users/{id}`
async fn erase(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    desk.erase_user(UserId(id(&path, "account")?), by.0).await?;
    Ok(Reply::nothing().respond())
}
