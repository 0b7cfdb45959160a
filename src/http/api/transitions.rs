//! `POST /api/tickets/{id}/<verb>`: a route a verb, each with its own body.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::{answer, key};
use super::super::words::Id;
use super::dry_run::{DryRun, would_notify};
use super::id;
use super::if_match::if_match;
use super::tickets::ticket_reply;
use crate::desk::{Change, Desk, With};
use crate::domain::ticket::{Ticket, TicketId};
use crate::domain::workflow::Verb;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    for verb in Verb::ALL {
        let route = match verb {
            Verb::Open => web::post().to(open),
            Verb::Assign => web::post().to(assign),
            Verb::Start => web::post().to(start),
            Verb::Finish => web::post().to(finish),
            Verb::Close => web::post().to(close),
            Verb::Reject => web::post().to(reject),
            Verb::Reopen => web::post().to(reopen),
        };
        cfg.service(at(&format!("/tickets/{{id}}/{verb}"), vec![(Method::POST, route)]));
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Assignment {
    /// An active developer or admin.
    #[schemars(required, with = "Id")]
    developer_id: Option<i64>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Resolution {
    /// What was done; the client reads it.
    #[schemars(length(max = 4_000))]
    resolution: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Reason {
    /// Why; whoever is concerned reads it.
    #[schemars(required, length(min = 1, max = 4_000), regex(pattern = r"\S"))]
    reason: Option<String>,
}

/// What every transition brings besides its body.
type Asked = (HttpRequest, Data<Desk>, By, Path<String>, Params<DryRun>);

async fn open(asked: Asked, body: Json<Nothing>) -> Result<HttpResponse, Problem> {
    change(asked, Verb::Open, body, |Nothing {}| With::default()).await
}

async fn assign(asked: Asked, body: Json<Assignment>) -> Result<HttpResponse, Problem> {
    let with = |body: Assignment| With { developer_id: body.developer_id, note: None };
    change(asked, Verb::Assign, body, with).await
}

async fn start(asked: Asked, body: Json<Nothing>) -> Result<HttpResponse, Problem> {
    change(asked, Verb::Start, body, |Nothing {}| With::default()).await
}

async fn finish(asked: Asked, body: Json<Resolution>) -> Result<HttpResponse, Problem> {
    let with = |body: Resolution| With { developer_id: None, note: body.resolution };
    change(asked, Verb::Finish, body, with).await
}

async fn close(asked: Asked, body: Json<Nothing>) -> Result<HttpResponse, Problem> {
    change(asked, Verb::Close, body, |Nothing {}| With::default()).await
}

async fn reject(asked: Asked, body: Json<Reason>) -> Result<HttpResponse, Problem> {
    let with = |body: Reason| With { developer_id: None, note: body.reason };
    change(asked, Verb::Reject, body, with).await
}

async fn reopen(asked: Asked, body: Json<Reason>) -> Result<HttpResponse, Problem> {
    let with = |body: Reason| With { developer_id: None, note: body.reason };
    change(asked, Verb::Reopen, body, with).await
}

async fn change<B>(
    (request, desk, by, path, asked): Asked,
    verb: Verb,
    body: Json<B>,
    with: impl FnOnce(B) -> With,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let if_version = if_match(request.headers());
    let change = Change { verb, with: body.value.map(with), if_version };
    if asked.0.dry_run {
        key(&request, by.0)?;
        return Ok(would_notify(desk.would_change_ticket(ticket, change, by.0).await?));
    }
    let show = move |ticket: &Ticket| ticket_reply(StatusCode::OK, by.0, ticket);
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.change_ticket(ticket, change, by.0, once).await
    })
    .await
}
