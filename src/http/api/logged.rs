//! What admins see of the log: the JSON of a notification and of its attempts.
mod cells;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::{Id, Instant, Word};
use super::shown::{PersonShown, maybe};
use crate::desk::Desk;
use crate::domain::attempt::{Attempt, Failure, Outcome};
use crate::domain::event::Event;
use crate::domain::notification::{self, Receipt, SkipReason};
use crate::store::notifications::Logged;

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
    /// The message after which this one was sent over another way.
    #[schemars(with = "Option<Id>")]
    fallback_of: Option<i64>,
    /// The message that was sent after this one over another way.
    #[schemars(with = "Option<Id>")]
    fallback_id: Option<i64>,
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
            fallback_of: logged.fallback_of.map(|id| id.0),
            fallback_id: logged.fallback.map(|id| id.0),
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
