//! The history of tickets: who did what when.
use chrono::{DateTime, Utc};
use entity::ticket_event::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::event::Event;
use crate::domain::ticket::{Person, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

/// One line of history, to be written down.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Of which ticket.
    pub ticket: TicketId,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: UserId,
    /// Where the ticket stood.
    pub from: Option<Status>,
    /// Where it stands since.
    pub to: Status,
    /// Who works it since, or did until it came back.
    pub developer: Option<UserId>,
    /// The reason or the resolution.
    pub note: Option<String>,
}

/// One line of history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub id: i64,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Person,
    /// Where the ticket stood.
    pub from: Option<Status>,
    /// Where it stands since.
    pub to: Status,
    /// Who works it since, or did until it came back.
    pub developer: Option<Person>,
    /// The reason or the resolution.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Writes lines of history down.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_history(&mut self, entries: Vec<NewEntry>) -> Result<(), StoreError> {
        let now = self.now;
        let rows = entries.into_iter().map(|entry| ActiveModel {
            id: NotSet,
            ticket_id: Set(entry.ticket.0),
            event: Set(entry.event.as_str().to_owned()),
            actor_id: Set(entry.actor.0),
            from_status: Set(entry.from.map(|status| status.as_str().to_owned())),
            to_status: Set(entry.to.as_str().to_owned()),
            developer_id: Set(entry.developer.map(|developer| developer.0)),
            note: Set(entry.note),
            created_at: Set(now),
        });
        self.insert_unasked::<Entity>(rows.collect()).await
    }
}

impl Store {
    /// The newest `most` lines of a ticket's history, older than `before`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn history(
        &self,
        ticket: TicketId,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut find = Entity::find().filter(Column::TicketId.eq(ticket.0));
        if let Some(id) = before {
            find = find.filter(Column::Id.lt(id));
        }
        let found: Vec<Model> = find.order_by_desc(Column::Id).limit(most).all(&self.read).await?;
        let ids =
            found.iter().flat_map(|row| std::iter::once(row.actor_id).chain(row.developer_id));
        let names = self.names(ids.collect()).await?;
        found
            .into_iter()
            .map(|row| {
                Ok(Entry {
                    id: row.id,
                    event: rows::word("ticket_events", "event", &row.event)?,
                    actor: rows::person(row.actor_id, &names),
                    from: rows::maybe("ticket_events", "from_status", row.from_status.as_deref())?,
                    to: rows::word("ticket_events", "to_status", &row.to_status)?,
                    developer: row.developer_id.map(|id| rows::person(id, &names)),
                    note: row.note,
                    at: row.created_at,
                })
            })
            .collect()
    }
}
