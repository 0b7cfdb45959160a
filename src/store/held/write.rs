//! Writing held rows down: what the log shows is derived from the evidence, here and nowhere else.
use entity::delivery_attempt;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Held;
use crate::domain::attempt::{Attempt, Failure, Outcome};
use crate::domain::delivery::Intent;
use crate::domain::notification::Status;
use crate::ports::channel::Senders;
use crate::store::bulk::{Known, cell, parts};
use crate::store::erasure::ERASED;
use crate::store::error::StoreError;
use crate::store::{Tx, rows};

impl Tx {
    /// Writes down what was merged into held rows, and every attempt that changed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn write(
        &mut self,
        held: impl IntoIterator<Item = &Held>,
        senders: &Senders,
    ) -> Result<(), StoreError> {
        let held: Vec<&Held> = held.into_iter().collect();
        self.write_attempts(&held, senders).await?;
        self.count_usage(&held, senders)?;
        self.write_rows(&held).await
    }

    async fn write_attempts(&self, held: &[&Held], senders: &Senders) -> Result<(), StoreError> {
        let changed: Vec<delivery_attempt::ActiveModel> = held
            .iter()
            .flat_map(|held| {
                let sender = senders.of(&held.provider);
                held.changed().map(move |a| {
                    let mut row = rows::attempt_row(held.id.0, sender, a);
                    if held.blank && a.provider_message_id.is_some() {
                        row.provider_message_id = Set(Some(ERASED.to_owned()));
                    }
                    row
                })
            })
            .collect();
        self.upsert_all::<delivery_attempt::Entity>(changed, &KNOWN_ATTEMPT).await
    }

    /// Many rows in one statement: round trips are what this costs.
    async fn write_rows(&self, held: &[&Held]) -> Result<(), StoreError> {
        if held.is_empty() {
            return Ok(());
        }
        let backend = self.backend();
        let statements = match backend {
            DbBackend::Postgres => updates_by_json(held)?,
            _ => vec![update_by_values(held)],
        };
        for (sql, values) in statements {
            self.conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        }
        Ok(())
    }
}

fn updates_by_json(held: &[&Held]) -> Result<Vec<(String, Vec<Value>)>, StoreError> {
    let sets: Vec<String> = COLUMNS[1..].iter().map(|name| format!("{name} = v.{name}")).collect();
    let sql = format!(
        "UPDATE notification_log SET held_by = NULL, {} \
         FROM json_populate_recordset(NULL::notification_log, $1::json) AS v \
         WHERE notification_log.id = v.id",
        sets.join(", ")
    );
    let rows = held.iter().map(|held| {
        let cells = COLUMNS.into_iter().zip(held.values());
        let cells = cells.map(|(name, value)| Ok((name.to_owned(), cell(&value)?)));
        cells.collect::<Result<serde_json::Map<_, _>, StoreError>>().map(serde_json::Value::Object)
    });
    let rows = parts(rows.collect::<Result<Vec<_>, _>>()?);
    Ok(rows.into_iter().map(|part| (sql.clone(), vec![part])).collect())
}

fn update_by_values(held: &[&Held]) -> (String, Vec<Value>) {
    let sets = COLUMNS[1..].iter().enumerate();
    let sets: Vec<String> = sets.map(|(at, name)| format!("{name} = v.column{}", at + 2)).collect();
    let row = format!("({})", vec!["?"; COLUMNS.len()].join(","));
    let sql = format!(
        "UPDATE notification_log SET held_by = NULL, {} FROM (VALUES {}) AS v \
         WHERE notification_log.id = v.column1",
        sets.join(", "),
        vec![row; held.len()].join(",")
    );
    (sql, held.iter().flat_map(|held| held.values()).collect())
}

const KNOWN_ATTEMPT: Known<delivery_attempt::Column> = {
    use delivery_attempt::Column as Attempted;
    Known {
        by: &[Attempted::NotificationId, Attempted::Number],
        update: &[
            Attempted::AnsweredAt,
            Attempted::DurationMs,
            Attempted::Outcome,
            Attempted::Remedy,
            Attempted::HttpStatus,
            Attempted::ErrorCode,
            Attempted::ErrorMessage,
            Attempted::ProviderMessageId,
            Attempted::SentAt,
            Attempted::DeliveredAt,
            Attempted::ReadAt,
            Attempted::FailedAt,
            Attempted::FailedCode,
            Attempted::FailedMessage,
            Attempted::FailedRemedy,
            Attempted::HeardAt,
            Attempted::PricingCategory,
            Attempted::PricingType,
            Attempted::Billable,
            Attempted::Template,
            Attempted::Locale,
        ],
    }
};

/// What [`Held::values`] gives, in this order.
const COLUMNS: [&str; 17] = [
    "id",
    "recipient_address",
    "status",
    "skip_reason",
    "receipt",
    "forgiven",
    "resends",
    "next_attempt_at",
    "provider_message_id",
    "error_code",
    "error_message",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
    "expires_at",
    "provider",
];

impl Held {
    fn values(&self) -> [Value; COLUMNS.len()] {
        let delivery = &self.delivery;
        let status = delivery.status();
        let telling = delivery.telling();
        // What was sent and failed on its way was sent all the same.
        let sent = telling.filter(|_| matches!(status, Status::Sent | Status::Failed));
        let accepted = |a: &&Attempt| matches!(a.outcome, Outcome::Accepted { .. });
        // Providers count whole seconds; nothing happens before it began.
        let sent_at = sent.and_then(|a| {
            let told = a.sent_at.or(a.delivered_at).or(a.read_at).map(|at| at.max(a.started_at));
            a.answered_at.filter(|_| accepted(&a)).or(told)
        });
        let delivered_floor = sent.and_then(|a| a.delivered_at).and(sent_at);
        let read_floor = sent.and_then(|a| a.read_at).and(sent_at);
        let error = telling.filter(|_| status != Status::Sent).and_then(trouble);
        let failed_at = telling
            .filter(|_| status == Status::Failed)
            .and_then(|a| a.failed.as_ref().map(|(at, _)| *at).or(a.answered_at).max(sent_at));
        let next = match (status, delivery.intent) {
            (Status::Queued, Intent::Waiting(until)) => Some(until),
            _ => None,
        };
        let skipped = match (status, delivery.intent) {
            (Status::Skipped, Intent::Skipped(reason)) => Some(reason.as_str()),
            _ => None,
        };
        [
            self.id.0.into(),
            self.to.as_str().into(),
            status.as_str().into(),
            skipped.into(),
            delivery.receipt().map(|receipt| receipt.as_str()).into(),
            i64::from(delivery.forgiven).into(),
            i64::from(delivery.resends).into(),
            next.into(),
            self.message(telling).into(),
            error.as_ref().and_then(|(code, _)| *code).into(),
            error.map(|(_, message)| message).into(),
            sent_at.into(),
            std::cmp::max(sent.and_then(|a| a.delivered_at), delivered_floor).into(),
            std::cmp::max(sent.and_then(|a| a.read_at), read_floor).into(),
            failed_at.into(),
            self.expires_at.into(),
            self.next_provider.unwrap_or(&self.provider).into(),
        ]
    }
}

impl Held {
    /// The provider's id of the message; it holds the number, and goes with it.
    fn message(&self, telling: Option<&Attempt>) -> Option<String> {
        let id = telling?.provider_message_id.clone()?;
        Some(if self.blank { ERASED.to_owned() } else { id })
    }
}

/// What went wrong with an attempt, as far as one can tell.
fn trouble(attempt: &Attempt) -> Option<(Option<i64>, String)> {
    let of = |failure: &Failure| (failure.code, failure.message.clone());
    match (attempt.failure(), &attempt.outcome) {
        (Some(failure), _) => Some(of(failure)),
        (None, Outcome::Unknown { reason }) => Some((None, reason.clone())),
        _ => None,
    }
}
