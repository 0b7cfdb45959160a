//! Tickets: filing, changing, finding.
use chrono::{DateTime, Utc};
use entity::ticket::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::ticket::{Category, NewTicket, Person, Priority, Ticket, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

/// Which tickets somebody asks for; an empty list asks for all.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// Standing in one of these.
    pub status: Vec<Status>,
    /// As urgent as one of these.
    pub priority: Vec<Priority>,
    /// Of one of these kinds.
    pub category: Vec<Category>,
    /// Of one of these projects.
    pub project_name: Vec<String>,
    /// Of one of these clients.
    pub client_id: Vec<UserId>,
    /// Of one of these developers.
    pub developer_id: Vec<UserId>,
    /// Filed then or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Filed before then.
    pub created_to: Option<DateTime<Utc>>,
}

impl Tx {
    /// Writes new tickets down, each for its client.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_tickets(
        &self,
        filed: Vec<(NewTicket, Person)>,
    ) -> Result<Vec<Ticket>, StoreError> {
        let new = filed.iter().map(|(ticket, client)| new_row(ticket, client.id, self.now));
        let ids = self.insert_all::<Entity>(new.collect()).await?;
        let filed = ids.into_iter().zip(filed);
        Ok(filed.map(|(id, (of, by))| Ticket::filed(TicketId(id), of, by, self.now)).collect())
    }

    /// One ticket, as this story sees it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        let Some(row) = Entity::find_by_id(id.0).one(&self.conn).await? else { return Ok(None) };
        let names = self.names(people(&row).collect()).await?;
        rows::ticket(row, &names).map(Some)
    }

    /// Writes a changed ticket down, unless somebody else changed it since it had `version`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn change_ticket(&self, after: &Ticket, version: i64) -> Result<bool, StoreError> {
        let change = ActiveModel {
            status: Set(after.status.as_str().to_owned()),
            developer_id: Set(after.developer.as_ref().map(|developer| developer.id.0)),
            resolution: Set(after.resolution.clone()),
            rejection_reason: Set(after.rejection_reason.clone()),
            version: Set(after.version),
            updated_at: Set(after.updated_at),
            opened_at: Set(after.reached.opened_at),
            assigned_at: Set(after.reached.assigned_at),
            started_at: Set(after.reached.started_at),
            finished_at: Set(after.reached.finished_at),
            closed_at: Set(after.reached.closed_at),
            rejected_at: Set(after.reached.rejected_at),
            ..Default::default()
        };
        let changed = Entity::update_many()
            .set(change)
            .filter(Column::Id.eq(after.id.0))
            .filter(Column::Version.eq(version))
            .exec(&self.conn)
            .await?;
        Ok(changed.rows_affected == 1)
    }
}

impl Store {
    /// One ticket.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        let Some(row) = Entity::find_by_id(id.0).one(&self.read).await? else { return Ok(None) };
        let names = self.names(people(&row).collect()).await?;
        rows::ticket(row, &names).map(Some)
    }

    /// The newest `most` tickets that `filter` asks for, older than `before`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn tickets(
        &self,
        filter: &TicketFilter,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<Ticket>, StoreError> {
        let found: Vec<Model> =
            narrowed(filter, before).order_by_desc(Column::Id).limit(most).all(&self.read).await?;
        let names = self.names(found.iter().flat_map(people).collect()).await?;
        found.into_iter().map(|row| rows::ticket(row, &names)).collect()
    }
}

fn narrowed(filter: &TicketFilter, before: Option<i64>) -> sea_orm::Select<Entity> {
    let mut find = Entity::find();
    let words: [(Column, Vec<String>); 4] = [
        (Column::Status, filter.status.iter().map(|s| s.as_str().to_owned()).collect()),
        (Column::Priority, filter.priority.iter().map(|p| p.as_str().to_owned()).collect()),
        (Column::Category, filter.category.iter().map(|c| c.as_str().to_owned()).collect()),
        (Column::ProjectName, filter.project_name.clone()),
    ];
    for (column, allowed) in words {
        if !allowed.is_empty() {
            find = find.filter(column.is_in(allowed));
        }
    }
    for (column, ids) in
        [(Column::ClientId, &filter.client_id), (Column::DeveloperId, &filter.developer_id)]
    {
        if !ids.is_empty() {
            find = find.filter(column.is_in(ids.iter().map(|id| id.0)));
        }
    }
    if let Some(from) = filter.created_from {
        find = find.filter(Column::CreatedAt.gte(from));
    }
    if let Some(to) = filter.created_to {
        find = find.filter(Column::CreatedAt.lt(to));
    }
    match before {
        Some(id) => find.filter(Column::Id.lt(id)),
        None => find,
    }
}

pub(super) fn people(row: &Model) -> impl Iterator<Item = i64> {
    std::iter::once(row.client_id).chain(row.developer_id)
}

fn new_row(ticket: &NewTicket, client: UserId, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        title: Set(ticket.title.clone()),
        description: Set(ticket.description.clone()),
        priority: Set(ticket.priority.as_str().to_owned()),
        category: Set(ticket.category.as_str().to_owned()),
        project_name: Set(ticket.project_name.clone()),
        status: Set(Status::New.as_str().to_owned()),
        client_id: Set(client.0),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }
}
