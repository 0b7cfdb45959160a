//! What callers see: the JSON of people, of tickets and of their history.
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::{Id, Instant, Word};
use crate::desk::Shown;
use crate::domain::comment::Visibility;
use crate::domain::edit::FieldChange;
use crate::domain::history::Deed;
use crate::domain::ticket::{Category, Person, Priority};
use crate::domain::user::{Role, User, VerifiedBy};
use crate::domain::workflow;
use crate::store::history::Entry;

/// An instant that may not have come.
pub(super) fn maybe(at: Option<DateTime<Utc>>) -> Option<Instant> {
    at.map(Instant)
}

/// Somebody, as far as a ticket shows them.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Person")]
pub(in crate::http) struct PersonShown {
    #[schemars(with = "Id")]
    pub(super) id: i64,
    pub(super) full_name: String,
}

impl From<Person> for PersonShown {
    fn from(person: Person) -> Self {
        Self { id: person.id.0, full_name: person.full_name }
    }
}

/// An account.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "User")]
pub(in crate::http) struct UserShown {
    #[schemars(with = "Id")]
    id: i64,
    username: String,
    email: String,
    full_name: String,
    role: Word<Role>,
    whatsapp_number: Option<String>,
    whatsapp_verified_at: Option<Instant>,
    whatsapp_verified_by: Option<Word<VerifiedBy>>,
    whatsapp_opt_in_at: Option<Instant>,
    locale: String,
    is_active: bool,
    created_at: Instant,
    updated_at: Instant,
}

impl From<User> for UserShown {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            email: user.email,
            full_name: user.full_name,
            role: Word(user.role),
            whatsapp_number: user.whatsapp_number.map(|number| number.as_str().to_owned()),
            whatsapp_verified_at: user.whatsapp_verified.map(|(at, _)| Instant(at)),
            whatsapp_verified_by: user.whatsapp_verified.map(|(_, by)| Word(by)),
            whatsapp_opt_in_at: maybe(user.whatsapp_opt_in_at),
            locale: user.locale,
            is_active: user.is_active,
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
        }
    }
}

/// A ticket.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Ticket")]
pub(in crate::http) struct TicketShown {
    #[schemars(with = "Id")]
    id: i64,
    title: String,
    description: String,
    priority: Word<Priority>,
    category: Word<Category>,
    project_name: String,
    status: Word<workflow::Status>,
    client: PersonShown,
    developer: Option<PersonShown>,
    resolution: Option<String>,
    rejection_reason: Option<String>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    opened_at: Option<Instant>,
    assigned_at: Option<Instant>,
    started_at: Option<Instant>,
    finished_at: Option<Instant>,
    closed_at: Option<Instant>,
    rejected_at: Option<Instant>,
    allowed_transitions: Vec<Word<workflow::Verb>>,
}

impl From<Shown> for TicketShown {
    fn from(shown: Shown) -> Self {
        let Shown { ticket, allowed_transitions } = shown;
        Self {
            id: ticket.id.0,
            title: ticket.filed.title,
            description: ticket.filed.description,
            priority: Word(ticket.filed.priority),
            category: Word(ticket.filed.category),
            project_name: ticket.filed.project_name,
            status: Word(ticket.status),
            client: ticket.client.into(),
            developer: ticket.developer.map(PersonShown::from),
            resolution: ticket.resolution,
            rejection_reason: ticket.rejection_reason,
            version: ticket.version,
            created_at: Instant(ticket.created_at),
            updated_at: Instant(ticket.updated_at),
            opened_at: maybe(ticket.reached.opened_at),
            assigned_at: maybe(ticket.reached.assigned_at),
            started_at: maybe(ticket.reached.started_at),
            finished_at: maybe(ticket.reached.finished_at),
            closed_at: maybe(ticket.reached.closed_at),
            rejected_at: maybe(ticket.reached.rejected_at),
            allowed_transitions: allowed_transitions.into_iter().map(Word).collect(),
        }
    }
}

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
