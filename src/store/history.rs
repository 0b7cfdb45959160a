//! The history of tickets: who did what when.
use chrono::{DateTime, Utc};
use entity::ticket_event::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::named::{Named, Peopled};
use super::{Store, Tx, rows};
use crate::domain::comment::{CommentId, Visibility};
use crate::domain::edit::FieldChange;
use crate::domain::history::Deed;
use crate::domain::ticket::{Person, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

/// One line of history, to be written down.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Of which ticket.
    pub ticket: TicketId,
    /// What happened.
    pub deed: Deed,
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
    pub deed: Deed,
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
    /// Where a row cannot be written.
    pub fn add_history(&mut self, entries: Vec<NewEntry>) -> Result<(), StoreError> {
        let now = self.now;
        let rows = entries.into_iter().map(|entry| new_row(entry, now));
        self.insert_unasked::<Entity>(rows.collect())
    }

    /// Who worked this ticket last, in whichever of its lives.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn last_developer(&self, ticket: TicketId) -> Result<Option<UserId>, StoreError> {
        let found: Option<Option<i64>> = Entity::find()
            .select_only()
            .column(Column::DeveloperId)
            .filter(Column::TicketId.eq(ticket.0))
            .filter(Column::DeveloperId.is_not_null())
            .order_by_desc(Column::Id)
            .limit(1)
            .into_tuple()
            .one(&self.conn)
            .await?;
        Ok(found.flatten().map(UserId))
    }
}

impl Store {
    /// The newest `most` lines of a ticket's history, older than `before`; without those about
    /// internal comments where `internal` is not to be seen.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn history(
        &self,
        ticket: TicketId,
        internal: bool,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut find = Entity::find().filter(Column::TicketId.eq(ticket.0));
        if !internal {
            // Whatever is kept from clients by a word that is not known here stays so.
            let open = Column::Visibility.eq(Visibility::Public.as_str());
            find = find.filter(Condition::any().add(Column::Visibility.is_null()).add(open));
        }
        if let Some(id) = before {
            find = find.filter(Column::Id.lt(id));
        }
        let find = find.order_by_desc(Column::Id).limit(most);
        let Named { rows: found, names } =
            Named::<Entity>::all(&self.read, find.into_query()).await?;
        found
            .into_iter()
            .map(|row| {
                Ok(Entry {
                    id: row.id,
                    deed: deed(&row)?,
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

impl Peopled for Entity {
    const PEOPLE: &'static [Column] = &[Column::ActorId, Column::DeveloperId];

    fn people(row: &Model) -> impl Iterator<Item = Option<i64>> {
        [Some(row.actor_id), row.developer_id].into_iter()
    }
}

/// An edited field as the table holds it.
#[derive(Serialize, Deserialize)]
struct Changed {
    field: String,
    from: String,
    to: String,
}

fn new_row(entry: NewEntry, now: DateTime<Utc>) -> ActiveModel {
    let (comment, visibility, changes) = match &entry.deed {
        Deed::Moved(_) => (None, None, None),
        Deed::Commented(id, visibility) => (Some(id.0), Some(*visibility), None),
        Deed::Edited(changes) => (None, None, Some(written(changes))),
    };
    ActiveModel {
        id: NotSet,
        ticket_id: Set(entry.ticket.0),
        event: Set(entry.deed.as_str().to_owned()),
        actor_id: Set(entry.actor.0),
        from_status: Set(entry.from.map(|status| status.as_str().to_owned())),
        to_status: Set(entry.to.as_str().to_owned()),
        developer_id: Set(entry.developer.map(|developer| developer.0)),
        note: Set(entry.note),
        visibility: Set(visibility.map(|visibility| visibility.as_str().to_owned())),
        changes: Set(changes),
        comment_id: Set(comment),
        created_at: Set(now),
    }
}

fn written(changes: &[FieldChange]) -> String {
    let changes: Vec<Changed> = changes
        .iter()
        .cloned()
        .map(|FieldChange { field, from, to }| Changed { field, from, to })
        .collect();
    serde_json::to_string(&changes).expect("strings")
}

fn deed(row: &Model) -> Result<Deed, StoreError> {
    const TABLE: &str = "ticket_events";
    if let Some(id) = row.comment_id {
        let visibility = row.visibility.as_deref().unwrap_or_default();
        return Ok(Deed::Commented(CommentId(id), rows::word(TABLE, "visibility", visibility)?));
    }
    if row.event != Deed::EDITED {
        return Ok(Deed::Moved(rows::word(TABLE, "event", &row.event)?));
    }
    let raw = row.changes.as_deref().unwrap_or("[]");
    let changes: Vec<Changed> = serde_json::from_str(raw).map_err(|error| {
        StoreError::Unreadable { table: TABLE, column: "changes", value: error.to_string() }
    })?;
    let changes = changes.into_iter();
    let change = |Changed { field, from, to }| FieldChange { field, from, to };
    Ok(Deed::Edited(changes.map(change).collect()))
}
