//! `GET /api/tickets`: what may be asked of the list, and its pages.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;

use super::super::auth::By;
use super::super::body::Params;
use super::super::page::{Asked, Cursors};
use super::super::problem::Problem;
use super::shown::TicketShown;
use super::{id_of, period};
use crate::desk::{Desk, Shown};
use crate::domain::filter::AnyOf;
use crate::domain::search::Sought;
use crate::domain::text::{Flaws, prose};
use crate::domain::ticket::{Category, Priority, word};
use crate::domain::ticket_list::{TicketFilter, TicketPage, TicketSort};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
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
    q: Option<String>,
    sort: Option<String>,
}

impl ListQuery {
    /// Reads filters and order, with every flaw at once.
    fn asked(&self) -> Result<(TicketFilter, TicketSort), Problem> {
        let mut flaws = Flaws::default();
        let filter = self.filter(&mut flaws);
        let sort = self.sort.as_deref().filter(|raw| !raw.is_empty());
        let sort = flaws.may(sort, TicketSort::parse).unwrap_or_default();
        flaws.check().map_err(Problem::of_query)?;
        Ok((filter, sort))
    }

    fn filter(&self, flaws: &mut Flaws) -> TicketFilter {
        let people = |flaws: &mut Flaws, field, raw: &Option<String>| {
            AnyOf::read(flaws, field, raw.as_deref(), |raw| id_of(field, raw).map(UserId))
        };
        let text = self.q.as_deref().map(|raw| Sought::parse("q", raw));
        TicketFilter {
            status: AnyOf::read(flaws, "status", self.status.as_deref(), |raw| {
                word("status", raw, &Status::ALL.map(Status::as_str))
            }),
            priority: AnyOf::read(flaws, "priority", self.priority.as_deref(), |raw| {
                word("priority", raw, &Priority::ALL.map(Priority::as_str))
            }),
            category: AnyOf::read(flaws, "category", self.category.as_deref(), |raw| {
                word("category", raw, &Category::ALL.map(Category::as_str))
            }),
            project_name: AnyOf::read(flaws, "project_name", self.project_name.as_deref(), |raw| {
                prose("project_name", raw, 100)
            }),
            client_id: people(flaws, "client_id", &self.client_id),
            developer_id: people(flaws, "developer_id", &self.developer_id),
            created: period(flaws, self.created_from.as_deref(), self.created_to.as_deref()),
            text: text.and_then(|text| flaws.keep(text)).flatten(),
        }
    }
}

/// `GET /api/tickets`
pub(super) async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    let (filter, sort) = query.asked()?;
    // A cursor is a place in this order of these tickets, and in no other.
    let list = format!("tickets {sort:?} {filter:?}");
    let asked = Asked { limit: query.limit.as_deref(), cursor: query.cursor.as_deref() };
    let find =
        async |after, most| desk.tickets(TicketPage { filter, sort, after, most }, by.0).await;
    let place = |shown: &Shown| sort.place(&shown.ticket);
    cursors.answer(&list, asked, find, place, TicketShown::from).await
}
