//! Tickets: filing, changing, finding.
mod gather;
mod list;
mod search;
#[cfg(test)]
mod tests;

use entity::ticket::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

use super::error::StoreError;
use super::named::{Named, Peopled};
use super::{Store, Tx, rows};
use crate::domain::ticket::{Ticket, TicketId};

impl Tx {
    /// Writes new tickets down and answers the ids that they got.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn number_and_add_tickets(
        &self,
        tickets: &[Ticket],
    ) -> Result<Vec<TicketId>, StoreError> {
        let unnumbered = |ticket| ActiveModel { id: NotSet, ..new_row(ticket) };
        let ids = self.insert_all::<Entity>(tickets.iter().map(unnumbered).collect()).await?;
        Ok(ids.into_iter().map(TicketId).collect())
    }

    /// Writes new tickets down that were numbered, before the commit at the latest.
    ///
    /// # Errors
    /// Where a row cannot be written.
    pub fn add_tickets<'a>(
        &mut self,
        tickets: impl Iterator<Item = &'a Ticket>,
    ) -> Result<(), StoreError> {
        self.insert_unasked::<Entity>(tickets.map(new_row).collect())
    }

    /// One ticket, as this story sees it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        one(&self.conn, Entity::find_by_id(id.0)).await
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
    /// On SQLite: the ids of tickets that are going to be filed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn number_tickets(&self, many: usize) -> Result<Vec<TicketId>, StoreError> {
        let ids = self.numbers.deal::<Entity>(&self.read, many).await?;
        Ok(ids.into_iter().map(TicketId).collect())
    }

    /// One ticket.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        one(&self.read, Entity::find_by_id(id.0)).await
    }
}

impl Peopled for Entity {
    const PEOPLE: &'static [Column] = &[Column::ClientId, Column::DeveloperId];

    fn people(row: &Model) -> impl Iterator<Item = Option<i64>> {
        [Some(row.client_id), row.developer_id].into_iter()
    }
}

/// The ticket that `find` finds.
async fn one(
    conn: &impl ConnectionTrait,
    find: Select<Entity>,
) -> Result<Option<Ticket>, StoreError> {
    let found = Named::one(conn, find).await?;
    found.map(|(row, names)| rows::ticket(row, &names)).transpose()
}

fn new_row(ticket: &Ticket) -> ActiveModel {
    let filed = &ticket.filed;
    ActiveModel {
        id: Set(ticket.id.0),
        title: Set(filed.title.clone()),
        description: Set(filed.description.clone()),
        priority: Set(filed.priority.as_str().to_owned()),
        category: Set(filed.category.as_str().to_owned()),
        project_name: Set(filed.project_name.clone()),
        status: Set(ticket.status.as_str().to_owned()),
        client_id: Set(ticket.client.id.0),
        version: Set(ticket.version),
        created_at: Set(ticket.created_at),
        updated_at: Set(ticket.updated_at),
        ..Default::default()
    }
}
