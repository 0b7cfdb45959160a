//! `/api/notifications`: the log, for admins.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::page::Cursors;
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::super::words::Id;
use super::logged::{NotificationInFull, NotificationShown};
use super::{id, id_of, instant, several};
use crate::desk::Desk;
use crate::domain::event::Event;
use crate::domain::notification::{NotificationId, Receipt, Status};
use crate::domain::text::{FieldError, Flaws};
use crate::domain::ticket::{TicketId, word};
use crate::domain::user::UserId;
use crate::store::notifications::NotificationFilter;

const CHANNELS: [&str; 3] = ["WHATSAPP", "SMS", "EMAIL"];

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/notifications", vec![(Method::GET, web::get().to(list))]));
    cfg.service(at("/notifications/{id}", vec![(Method::GET, web::get().to(show))]));
    cfg.service(at("/notifications/{id}/retry", vec![(Method::POST, web::post().to(retry))]));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<String>,
    cursor: Option<String>,
    status: Option<String>,
    receipt: Option<String>,
    channel: Option<String>,
    event: Option<String>,
    ticket_id: Option<String>,
    recipient_id: Option<String>,
    created_from: Option<String>,
    created_to: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<NotificationFilter, Problem> {
        let mut flaws = Flaws::default();
        let filter = NotificationFilter {
            status: several(&mut flaws, self.status.as_deref(), |raw| {
                word("status", raw, &Status::ALL.map(Status::as_str))
            }),
            receipt: several(&mut flaws, self.receipt.as_deref(), |raw| {
                word("receipt", raw, &Receipt::ALL.map(Receipt::as_str))
            }),
            channel: several(&mut flaws, self.channel.as_deref(), channel),
            event: several(&mut flaws, self.event.as_deref(), |raw| {
                word("event", raw, &Event::ALL.map(Event::as_str))
            }),
            ticket_id: several(&mut flaws, self.ticket_id.as_deref(), |raw| {
                id_of("ticket_id", raw).map(TicketId)
            }),
            recipient_id: several(&mut flaws, self.recipient_id.as_deref(), |raw| {
                id_of("recipient_id", raw).map(UserId)
            }),
            created_from: flaws
                .may(self.created_from.as_deref(), |raw| instant("created_from", raw)),
            created_to: flaws.may(self.created_to.as_deref(), |raw| instant("created_to", raw)),
        };
        flaws.check().map_err(Problem::invalid)?;
        Ok(filter)
    }
}

fn channel(raw: &str) -> Result<String, FieldError> {
    let known = CHANNELS.contains(&raw).then(|| raw.to_owned());
    let say = || format!("`channel` is one of {}", CHANNELS.join(", "));
    known.ok_or_else(|| FieldError::new("channel", "unknown_value", say()))
}

/// `GET /api/notifications`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    let page = cursors.page("notifications", query.limit.as_deref(), query.cursor.as_deref())?;
    let found = desk.notifications(&query.filter()?, page.before, page.limit + 1, by.0).await?;
    let show = |logged| NotificationShown::of(&desk, logged);
    let listed = cursors.listed("notifications", page, found, |logged| logged.id.0, show);
    Ok(Reply::json(StatusCode::OK, &listed).respond())
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

/// Which one will be sent anew.
#[derive(JsonSchema, Serialize)]
pub(in crate::http) struct Retried {
    #[schemars(with = "Id")]
    id: i64,
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
    let show = move |(): &()| Reply::json(StatusCode::ACCEPTED, &Retried { id: asked.0 });
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.retry_notification(asked, accept_duplicate, by.0, once).await
    })
    .await
}
