//! Answers of our own to attempts that never left, and what the log says of all.
use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};
use crate::domain::notification::NotificationId;

/// The program may have lost its claim.
pub(super) fn stale(waited: Duration) -> Answer {
    let waited = waited.as_secs();
    let message = format!("the program stood still for {waited} s before it could send");
    not_sent(message, Remedy::Slower)
}

/// Nobody carries messages for it any more.
pub(super) fn not_set_up(provider: &str) -> Answer {
    not_sent(format!("the provider `{provider}` is not set up any more"), Remedy::Hold)
}

/// It surely did not leave.
pub(super) fn not_sent(message: String, remedy: Remedy) -> Answer {
    Answer {
        outcome: Outcome::NotSent(Failure { code: None, message, remedy }),
        http_status: None,
        took: TimeDelta::zero(),
        retry_after: None,
    }
}

/// Says once what came of an attempt.
pub(super) fn log(id: NotificationId, attempt: u32, answer: &Answer) {
    let id = id.0;
    let took = answer.took.num_milliseconds();
    match &answer.outcome {
        Outcome::Accepted { .. } => {
            tracing::debug!(notification.id = id, attempt, took, "notification {id} sent");
        }
        Outcome::NotSent(failure) | Outcome::Rejected(failure) => {
            let code = failure.code;
            tracing::warn!(notification.id = id, attempt, took, code, "notification {id} not sent");
        }
        Outcome::Unknown { reason } => {
            tracing::warn!(
                notification.id = id,
                attempt,
                took,
                reason,
                "notification {id}: answer lost"
            );
        }
        Outcome::Started => {}
    }
}
