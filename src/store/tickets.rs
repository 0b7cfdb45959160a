//! Tickets: filing, changing, finding.
mod gather;
mod list;
mod search;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use entity::ticket::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::ticket::{NewTicket, Person, Ticket, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

/// A ticket that is filed.
#[derive(Clone, Debug)]
pub struct Filed {
    /// What it says.
    pub ticket: NewTicket,
    /// Whose it is.
    pub client: Person,
    /// The words by which it is found.
    pub words: String,
}

impl Tx {
    /// Writes new tickets down, each for its client.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_tickets(&mut self, filed: Vec<Filed>) -> Result<Vec<Ticket>, StoreError> {
        let new = filed.iter().map(|it| new_row(&it.ticket, it.client.id, self.now));
        let ids = self.insert_all::<Entity>(new.collect()).await?;
        let words = ids.iter().zip(&filed).map(|(id, it)| (*id, it.words.clone()));
        self.index_new_tickets(words)?;
        let (filed, now) = (ids.into_iter().zip(filed), self.now);
        Ok(filed.map(|(id, it)| Ticket::filed(TicketId(id), it.ticket, it.client, now)).collect())
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
