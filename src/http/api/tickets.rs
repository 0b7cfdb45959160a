//! `/api/tickets`: filing and finding.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::page::Cursors;
use super::super::problem::Problem;
use super::super::reply::{Reply, answer, key};
use super::dry_run::{DryRun, would_notify};
use super::edits;
use super::shown::{EntryShown, NotificationShown, TicketShown};
use super::{id, id_of, instant, several, span};
use crate::desk::{Desk, Filing, Shown};
use crate::domain::text::{Flaws, line};
use crate::domain::ticket::{Category, Draft, Priority, Ticket, TicketId, word};
use crate::domain::user::{Actor, UserId};
use crate::domain::workflow::Status;
use crate::store::tickets::TicketFilter;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/tickets",
        vec![(Method::POST, web::post().to(create)), (Method::GET, web::get().to(list))],
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTicketBody {
    title: Option<String>,
    description: Option<String>,
    priority: Option<String>,
    category: Option<String>,
    project_name: Option<String>,
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
    let filing = value.map(NewTicketBody::filing);
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<String>,
    cursor: Option<String>,
    status: Option<String>,
    priority: Option<String>,
    category: Option<String>,
    project_name: Option<String>,
    client_id: Option<String>,
    developer_id: Option<String>,
    created_from: Option<String>,
    created_to: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<TicketFilter, Problem> {
        let mut flaws = Flaws::default();
        let people = |flaws: &mut Flaws, field, raw: &Option<String>| {
            several(flaws, raw.as_deref(), |raw| id_of(field, raw).map(UserId))
        };
        let filter = TicketFilter {
            status: several(&mut flaws, self.status.as_deref(), |raw| {
                word("status", raw, &Status::ALL.map(Status::as_str))
            }),
            priority: several(&mut flaws, self.priority.as_deref(), |raw| {
                word("priority", raw, &Priority::ALL.map(Priority::as_str))
            }),
            category: several(&mut flaws, self.category.as_deref(), |raw| {
                word("category", raw, &Category::ALL.map(Category::as_str))
            }),
            project_name: several(&mut flaws, self.project_name.as_deref(), |raw| {
                line("project_name", raw, 100)
            }),
            client_id: people(&mut flaws, "client_id", &self.client_id),
            developer_id: people(&mut flaws, "developer_id", &self.developer_id),
            created_from: flaws
                .may(self.created_from.as_deref(), |raw| instant("created_from", raw)),
            created_to: flaws.may(self.created_to.as_deref(), |raw| instant("created_to", raw)),
        };
        flaws.check().map_err(Problem::invalid)?;
        Ok(filter)
    }
}

/// `GET /api/tickets`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    let page = cursors.page("tickets", query.limit.as_deref(), query.cursor.as_deref())?;
    let found = desk.tickets(query.filter()?, page.before, page.limit + 1, by.0).await?;
    let id = |shown: &Shown| shown.ticket.id.0;
    let listed = cursors.listed("tickets", page, found, id, TicketShown::from);
    Ok(Reply::json(StatusCode::OK, &listed).respond())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
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
    let page = cursors.page(&list, query.0.limit.as_deref(), query.0.cursor.as_deref());
    let (before, most) = span(&page);
    let found = desk.history(ticket, before, most, by.0).await?;
    let listed = cursors.listed(&list, page?, found, |entry| entry.id, EntryShown::from);
    Ok(Reply::json(StatusCode::OK, &listed).respond())
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
    let page = cursors.page(&list, query.0.limit.as_deref(), query.0.cursor.as_deref());
    let (before, most) = span(&page);
    let found = desk.notifications_of(ticket, before, most, by.0).await?;
    let show = |logged| NotificationShown::of(&desk, logged);
    let listed = cursors.listed(&list, page?, found, |logged| logged.id.0, show);
    Ok(Reply::json(StatusCode::OK, &listed).respond())
}
