//! `/api/notifications`: the log, for admins.
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::page::{Asked, Cursors};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::log_export::pages;
use super::log_query::{BodyFilter, LogQuery};
use super::log_summary::SummaryShown;
use super::logged::{NotificationInFull, NotificationShown};
use super::{id, period};
use crate::desk::{Desk, RetryMany};
use crate::domain::notification::NotificationId;
use crate::domain::text::Flaws;
use crate::store::notifications::Logged;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/notifications", vec![(Method::GET, web::get().to(list))]));
    cfg.service(at("/notifications.csv", vec![(Method::GET, web::get().to(export))]));
    cfg.service(at("/notifications/summary", vec![(Method::GET, web::get().to(summary))]));
    cfg.service(at("/notifications/retry", vec![(Method::POST, web::post().to(retry_many))]));
    cfg.service(at("/notifications/{id}", vec![(Method::GET, web::get().to(show))]));
    cfg.service(at("/notifications/{id}/retry", vec![(Method::POST, web::post().to(retry))]));
}

/// `GET /api/notifications`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<LogQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    desk.may_read_log(by.0)?;
    let filter = query.filter().map_err(Problem::of_query)?;
    // A cursor is a place in this list and in no other.
    let list = format!("notifications {filter:?}");
    let asked = Asked { limit: query.limit.as_deref(), cursor: query.cursor.as_deref() };
    let find = async |before, most| desk.notifications(&filter, before, most, by.0).await;
    let show = |logged| NotificationShown::of(&desk, logged);
    cursors.answer(&list, asked, find, |logged| logged.id.0, show).await
}

/// `GET /api/notifications/{id}`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let asked = NotificationId(id(&path, "notification")?);
    let (logged, attempts) = desk.notification(asked, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &NotificationInFull::of(&desk, logged, attempts)).respond())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Retry {
    /// That it may arrive twice, where the answer to the last attempt was lost.
    accept_duplicate: Option<bool>,
}

/// How many will be sent anew.
#[derive(JsonSchema, Serialize)]
pub(in crate::http) struct Retried {
    count: u64,
}

/// `POST /api/notifications/{id}/retry`
async fn retry(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<Retry>,
) -> Result<HttpResponse, Problem> {
    let asked = NotificationId(id(&path, "notification")?);
    let accept_duplicate = body.value.map(|body| body.accept_duplicate.unwrap_or(false));
    let shown = desk.clone();
    let show = move |row: &Logged| {
        Reply::json(StatusCode::ACCEPTED, &NotificationShown::of(&shown, row.clone()))
    };
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.retry_notification(asked, accept_duplicate, by.0, once).await
    })
    .await
}

/// `POST /api/notifications/retry`
async fn retry_many(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    query: Params<LogQuery>,
    body: Json<BodyFilter>,
) -> Result<HttpResponse, Problem> {
    let query = query.0.without_pages()?;
    desk.may_read_log(by.0)?;
    query.filter().map_err(Problem::of_query)?;
    let asked = body.value.and_then(|body| {
        let accept_duplicate = body.accept_duplicate.unwrap_or(false);
        Ok(RetryMany { filter: query.and(body)?.filter()?, accept_duplicate })
    });
    // What is asked for stands in the query, too: under one key it is always the same.
    let raw = [request.query_string().as_bytes(), b"\n", &body.raw].concat();
    let show = |count: &u64| Reply::json(StatusCode::ACCEPTED, &Retried { count: *count });
    answer(&desk, &request, by.0, &raw, show, async |once| {
        desk.retry_notifications(asked, by.0, once).await
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodQuery {
    created_from: Option<String>,
    created_to: Option<String>,
}

/// `GET /api/notifications/summary`
async fn summary(
    desk: Data<Desk>,
    by: By,
    query: Params<PeriodQuery>,
) -> Result<HttpResponse, Problem> {
    desk.may_read_log(by.0)?;
    let mut flaws = Flaws::default();
    let (from, to) = (query.0.created_from.as_deref(), query.0.created_to.as_deref());
    let period = period(&mut flaws, from, to);
    flaws.check().map_err(Problem::of_query)?;
    let shares = desk.summary(period, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &SummaryShown::of(period, &shares)).respond())
}

/// `GET /api/notifications.csv`
async fn export(
    desk: Data<Desk>,
    by: By,
    query: Params<LogQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.0.without_pages()?;
    desk.may_read_log(by.0)?;
    let filter = query.filter().map_err(Problem::of_query)?;
    let pages = pages(desk, filter, by.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"notifications.csv\""))
        .streaming(pages))
}
