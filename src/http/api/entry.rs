//! One line of a ticket's history, as callers see it.
use serde::Serialize;

use super::shown::{Instant, PersonShown};
use crate::domain::edit::FieldChange;
use crate::domain::history::Deed;
use crate::store::history::Entry;

/// One line of history.
#[derive(Debug, Serialize)]
pub(super) struct EntryShown {
    id: i64,
    event: &'static str,
    actor: PersonShown,
    from_status: Option<&'static str>,
    to_status: &'static str,
    developer: Option<PersonShown>,
    note: Option<String>,
    comment_id: Option<i64>,
    visibility: Option<&'static str>,
    changes: Option<Vec<ChangeShown>>,
    created_at: Instant,
}

/// One field that was edited.
#[derive(Debug, Serialize)]
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
            Deed::Commented(id, visibility) => (Some((id.0, visibility.as_str())), None),
            Deed::Edited(changes) => (None, Some(changes)),
        };
        Self {
            id: entry.id,
            event,
            comment_id: comment.map(|(id, _)| id),
            visibility: comment.map(|(_, visibility)| visibility),
            changes: changes.map(|changes| changes.into_iter().map(ChangeShown::from).collect()),
            actor: entry.actor.into(),
            from_status: entry.from.map(|status| status.as_str()),
            to_status: entry.to.as_str(),
            developer: entry.developer.map(PersonShown::from),
            note: entry.note,
            created_at: Instant(entry.at),
        }
    }
}
