//! One line of a ticket's history, as callers see it.
use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::{Id, Instant, Word};
use super::shown::PersonShown;
use crate::domain::comment::Visibility;
use crate::domain::edit::FieldChange;
use crate::domain::history::Deed;
use crate::domain::workflow;
use crate::store::history::Entry;

/// One line of history.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "TicketEvent")]
pub(in crate::http) struct EntryShown {
    #[schemars(with = "Id")]
    id: i64,
    #[schemars(with = "Word<Deed>")]
    event: &'static str,
    actor: PersonShown,
    from_status: Option<Word<workflow::Status>>,
    to_status: Word<workflow::Status>,
    developer: Option<PersonShown>,
    note: Option<String>,
    #[schemars(with = "Option<Id>")]
    comment_id: Option<i64>,
    visibility: Option<Word<Visibility>>,
    changes: Option<Vec<ChangeShown>>,
    created_at: Instant,
}

/// One field that was edited.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "FieldChange")]
struct ChangeShown {
    field: String,
    from: String,
    to: String,
}

impl From<FieldChange> for ChangeShown {
    fn from(FieldChange { field, from, to }: FieldChange) -> Self {
        Self { field, from, to }
    }
}

impl From<Entry> for EntryShown {
    fn from(entry: Entry) -> Self {
        let event = entry.deed.as_str();
        let (comment, changes) = match entry.deed {
            Deed::Moved(_) => (None, None),
            Deed::Commented(id, visibility) => (Some((id.0, visibility)), None),
            Deed::Edited(changes) => (None, Some(changes)),
        };
        Self {
            id: entry.id,
            event,
            comment_id: comment.map(|(id, _)| id),
            visibility: comment.map(|(_, visibility)| Word(visibility)),
            changes: changes.map(|changes| changes.into_iter().map(ChangeShown::from).collect()),
            actor: entry.actor.into(),
            from_status: entry.from.map(Word),
            to_status: Word(entry.to),
            developer: entry.developer.map(PersonShown::from),
            note: entry.note,
            created_at: Instant(entry.at),
        }
    }
}
