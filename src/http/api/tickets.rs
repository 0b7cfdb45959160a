//! `/api/tickets`: filing, and one ticket with what belongs to it.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params, typed};
use super::super::page::{Cursors, PageQuery};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer, key};
use super::super::words::{Id, Word};
use super::dry_run::{DryRun, would_notify};
use super::edits;
use super::id;
use super::logged::NotificationShown;
use super::shown::{EntryShown, TicketShown};
use super::ticket_list;
use crate::desk::{Desk, Filing, Shown, Unread};
use crate::domain::ticket::{Category, Draft, Priority, Ticket, TicketId};
use crate::domain::user::Actor;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/tickets",
        vec![
            (Method::POST, web::post().to(create)),
            (Method::GET, web::get().to(ticket_list::list)),
        ],
    ));
    let one = vec![
        (Method::GET, web::get().to(show)),
        (Method::PATCH, web::patch().to(edits::edit)),
        (Method::DELETE, web::delete().to(edits::delete)),
    ];
    cfg.service(at("/tickets/{id}", one));
    cfg.service(at("/tickets/{id}/events", vec![(Method::GET, web::get().to(history))]));
    let told = vec![(Method::GET, web::get().to(notifications))];
    cfg.service(at("/tickets/{id}/notifications", told));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewTicket")]
pub(in crate::http) struct NewTicketBody {
    /// What is wrong, in a few words.
    #[schemars(required, length(min = 1, max = 200), regex(pattern = r"\S"))]
    title: Option<String>,
    /// What is wrong, in full; the lines are kept.
    #[schemars(required, length(min = 1, max = 10_000), regex(pattern = r"\S"))]
    description: Option<String>,
    /// `MEDIUM` unless given.
    #[schemars(with = "Option<Word<Priority>>")]
    priority: Option<String>,
    #[schemars(required, with = "Word<Category>")]
    category: Option<String>,
    #[schemars(required, length(min = 1, max = 100), regex(pattern = r"\S"))]
    project_name: Option<String>,
    /// For whom an admin files it: an active client.
    #[schemars(with = "Option<Id>")]
    client_id: Option<i64>,
}

impl NewTicketBody {
    fn filing(self) -> Filing {
        let draft = Draft {
            title: self.title,
            description: self.description,
            priority: self.priority,
            category: self.category,
            project_name: self.project_name,
        };
        Filing { draft, client_id: self.client_id }
    }
}

/// `POST /api/tickets`
async fn create(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    asked: Params<DryRun>,
    body: Json<NewTicketBody>,
) -> Result<HttpResponse, Problem> {
    let Json { value, raw } = body;
    let filing = value.map(NewTicketBody::filing).map_err(|flaws| {
        let client_id = typed(&raw, "client_id").and_then(|id| id.as_i64());
        Unread { flaws, rest: Filing { client_id, ..Filing::default() } }
    });
    if asked.0.dry_run {
        key(&request, by.0)?;
        return Ok(would_notify(desk.would_create_ticket(filing, by.0).await?));
    }
    let show = move |ticket: &Ticket| {
        let place = format!("/api/tickets/{}", ticket.id.0);
        ticket_reply(StatusCode::CREATED, by.0, ticket).with("Location", place)
    };
    answer(&desk, &request, by.0, &raw, show, async |once| {
        desk.create_ticket(filing, by.0, once).await
    })
    .await
}

/// A ticket as `by` sees it, with its version as `ETag`.
pub(super) fn ticket_reply(status: StatusCode, by: Actor, ticket: &Ticket) -> Reply {
    let version = format!("\"{}\"", ticket.version);
    let shown = TicketShown::from(Shown::to(by, ticket.clone()));
    Reply::json(status, &shown).with("ETag", version)
}

/// `GET /api/tickets/{id}`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let shown = desk.ticket(TicketId(id(&path, "ticket")?), by.0).await?;
    Ok(ticket_reply(StatusCode::OK, by.0, &shown.ticket).respond())
}

/// `GET /api/tickets/{id}/events`
async fn history(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    path: Path<String>,
    query: Params<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let list = format!("events of {}", ticket.0);
    let find = async |before, most| desk.history(ticket, before, most, by.0).await;
    cursors.answer(&list, query.0.asked(), find, |entry| entry.id, EntryShown::from).await
}

/// `GET /api/tickets/{id}/notifications`
async fn notifications(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    path: Path<String>,
    query: Params<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let list = format!("notifications of {}", ticket.0);
    let find = async |before, most| desk.notifications_of(ticket, before, most, by.0).await;
    let show = |logged| NotificationShown::of(&desk, logged);
    cursors.answer(&list, query.0.asked(), find, |logged| logged.id.0, show).await
}
