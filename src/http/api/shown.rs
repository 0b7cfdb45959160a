//! What callers see: the JSON of each thing.
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::{Id, Instant, Word};
use crate::desk::{Desk, Shown};
use crate::domain::attempt::{Attempt, Failure, Outcome};
use crate::domain::event::Event;
use crate::domain::notification::{self, Receipt, SkipReason};
use crate::domain::ticket::{Category, Person, Priority};
use crate::domain::user::{Role, User, VerifiedBy};
use crate::domain::workflow;
use crate::store::history::Entry;
use crate::store::notifications::Logged;

fn maybe(at: Option<DateTime<Utc>>) -> Option<Instant> {
    at.map(Instant)
}

/// Somebody, as far as a ticket shows them.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Person")]
pub(in crate::http) struct PersonShown {
    #[schemars(with = "Id")]
    id: i64,
    full_name: String,
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
    event: Word<Event>,
    actor: PersonShown,
    from_status: Option<Word<workflow::Status>>,
    to_status: Word<workflow::Status>,
    developer: Option<PersonShown>,
    note: Option<String>,
    created_at: Instant,
}

impl From<Entry> for EntryShown {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            event: Word(entry.event),
            actor: entry.actor.into(),
            from_status: entry.from.map(Word),
            to_status: Word(entry.to),
            developer: entry.developer.map(PersonShown::from),
            note: entry.note,
            created_at: Instant(entry.at),
        }
    }
}

/// A notification.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Notification")]
pub(in crate::http) struct NotificationShown {
    #[schemars(with = "Id")]
    id: i64,
    event: Word<Event>,
    channel: String,
    #[schemars(with = "Option<Id>")]
    ticket_id: Option<i64>,
    recipient: Option<PersonShown>,
    to: String,
    status: Word<notification::Status>,
    receipt: Option<Word<Receipt>>,
    receipt_overdue: bool,
    skip_reason: Option<Word<SkipReason>>,
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
            event: Word(logged.event),
            channel: logged.channel,
            ticket_id: logged.ticket.map(|ticket| ticket.0),
            recipient: logged.recipient.map(PersonShown::from),
            to: logged.to,
            status: Word(logged.status),
            receipt: logged.receipt.map(Word),
            skip_reason: logged.skip_reason.map(Word),
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
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::http) struct NotificationInFull {
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

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Attempt")]
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
