//! What callers see: the JSON of each thing.
mod cells;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::desk::{Desk, Shown};
use crate::domain::attempt::{Attempt, Failure, Outcome};
use crate::domain::edit::FieldChange;
use crate::domain::history::Deed;
use crate::domain::ticket::Person;
use crate::domain::user::User;
use crate::store::history::Entry;
use crate::store::notifications::Logged;

/// An instant in RFC 3339 UTC with milliseconds.
#[derive(Debug)]
pub(super) struct Instant(pub(super) DateTime<Utc>);

impl Instant {
    fn text(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

pub(super) fn maybe(at: Option<DateTime<Utc>>) -> Option<Instant> {
    at.map(Instant)
}

/// Somebody, as far as a ticket shows them.
#[derive(Debug, Serialize)]
pub(super) struct PersonShown {
    id: i64,
    full_name: String,
}

impl From<Person> for PersonShown {
    fn from(person: Person) -> Self {
        Self { id: person.id.0, full_name: person.full_name }
    }
}

/// An account.
#[derive(Debug, Serialize)]
pub(super) struct UserShown {
    id: i64,
    username: String,
    email: String,
    full_name: String,
    role: &'static str,
    whatsapp_number: Option<String>,
    whatsapp_verified_at: Option<Instant>,
    whatsapp_verified_by: Option<&'static str>,
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
            role: user.role.as_str(),
            whatsapp_number: user.whatsapp_number.map(|number| number.as_str().to_owned()),
            whatsapp_verified_at: user.whatsapp_verified.map(|(at, _)| Instant(at)),
            whatsapp_verified_by: user.whatsapp_verified.map(|(_, by)| by.as_str()),
            whatsapp_opt_in_at: maybe(user.whatsapp_opt_in_at),
            locale: user.locale,
            is_active: user.is_active,
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
        }
    }
}

/// A ticket.
#[derive(Debug, Serialize)]
pub(super) struct TicketShown {
    id: i64,
    title: String,
    description: String,
    priority: &'static str,
    category: &'static str,
    project_name: String,
    status: &'static str,
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
    allowed_transitions: Vec<&'static str>,
}

impl From<Shown> for TicketShown {
    fn from(shown: Shown) -> Self {
        let Shown { ticket, allowed_transitions } = shown;
        Self {
            id: ticket.id.0,
            title: ticket.filed.title,
            description: ticket.filed.description,
            priority: ticket.filed.priority.as_str(),
            category: ticket.filed.category.as_str(),
            project_name: ticket.filed.project_name,
            status: ticket.status.as_str(),
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
            allowed_transitions: allowed_transitions.iter().map(|verb| verb.as_str()).collect(),
        }
    }
}

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

/// A notification.
#[derive(Debug, Serialize)]
pub(super) struct NotificationShown {
    id: i64,
    event: &'static str,
    channel: String,
    ticket_id: Option<i64>,
    recipient: Option<PersonShown>,
    to: String,
    status: &'static str,
    receipt: Option<&'static str>,
    receipt_overdue: bool,
    skip_reason: Option<&'static str>,
    body: String,
    template: Option<String>,
    provider: String,
    provider_message_id: Option<String>,
    attempts: u32,
    error_code: Option<i64>,
    error_message: Option<String>,
    hint: Option<String>,
    next_attempt_at: Option<Instant>,
    created_at: Instant,
    sent_at: Option<Instant>,
    delivered_at: Option<Instant>,
    read_at: Option<Instant>,
    failed_at: Option<Instant>,
}

impl NotificationShown {
    /// With what can be done about it.
    pub(super) fn of(desk: &Desk, logged: Logged) -> Self {
        Self {
            receipt_overdue: desk.receipt_overdue(&logged),
            hint: desk.hint(&logged),
            id: logged.id.0,
            event: logged.event.as_str(),
            channel: logged.channel,
            ticket_id: logged.ticket.map(|ticket| ticket.0),
            recipient: logged.recipient.map(PersonShown::from),
            to: logged.to,
            status: logged.status.as_str(),
            receipt: logged.receipt.map(|receipt| receipt.as_str()),
            skip_reason: logged.skip_reason.map(|reason| reason.as_str()),
            body: logged.body,
            template: logged.template,
            provider: logged.provider,
            provider_message_id: logged.provider_message_id,
            attempts: logged.attempts,
            error_code: logged.error_code,
            error_message: logged.error_message,
            next_attempt_at: maybe(logged.next_attempt_at),
            created_at: Instant(logged.created_at),
            sent_at: maybe(logged.sent_at),
            delivered_at: maybe(logged.delivered_at),
            read_at: maybe(logged.read_at),
            failed_at: maybe(logged.failed_at),
        }
    }
}

/// A notification with all its attempts.
#[derive(Debug, Serialize)]
pub(super) struct NotificationInFull {
    #[serde(flatten)]
    notification: NotificationShown,
    attempt_log: Vec<AttemptShown>,
}

impl NotificationInFull {
    /// With the attempt that is under way, which stands in the notification's own row.
    pub(super) fn of(desk: &Desk, logged: Logged, mut attempts: Vec<Attempt>) -> Self {
        let known = attempts.last().map_or(0, |attempt| attempt.number);
        if let Some(begun) = logged.attempt_started_at.filter(|_| logged.attempts > known) {
            attempts.push(Attempt::started(logged.attempts, begun));
        }
        Self {
            notification: NotificationShown::of(desk, logged),
            attempt_log: attempts.into_iter().map(AttemptShown::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct AttemptShown {
    at: Instant,
    outcome: &'static str,
    http_status: Option<u16>,
    error_code: Option<i64>,
    error_message: Option<String>,
    duration_ms: Option<i64>,
    sent_at: Option<Instant>,
    delivered_at: Option<Instant>,
    read_at: Option<Instant>,
    failed_at: Option<Instant>,
}

impl From<Attempt> for AttemptShown {
    fn from(attempt: Attempt) -> Self {
        let failure: Option<&Failure> = match (&attempt.outcome, &attempt.failed) {
            (Outcome::NotSent(failure) | Outcome::Rejected(failure), _) => Some(failure),
            (_, Some((_, failure))) => Some(failure),
            _ => None,
        };
        let lost = match &attempt.outcome {
            Outcome::Unknown { reason } => Some(reason.clone()),
            _ => None,
        };
        Self {
            outcome: attempt.outcome.as_str(),
            error_code: failure.and_then(|failure| failure.code),
            error_message: failure.map(|failure| failure.message.clone()).or(lost),
            at: Instant(attempt.started_at),
            http_status: attempt.http_status,
            duration_ms: attempt.took.map(|took| took.num_milliseconds()),
            sent_at: maybe(attempt.sent_at),
            delivered_at: maybe(attempt.delivered_at),
            read_at: maybe(attempt.read_at),
            failed_at: maybe(attempt.failed.as_ref().map(|(at, _)| *at)),
        }
    }
}
