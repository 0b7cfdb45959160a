//! Writing held rows down: what the log shows is derived from the evidence, here and nowhere else.
use entity::delivery_attempt;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Held;
use crate::domain::attempt::{Attempt, Failure, Outcome};
use crate::domain::delivery::Intent;
use crate::domain::notification::Status;
use crate::store::bulk::{Known, cell, parts};
use crate::store::error::StoreError;
use crate::store::{Tx, rows};

impl Tx {
    /// Writes down what was merged into held rows, and every attempt that changed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn write(
        &self,
        held: impl IntoIterator<Item = &Held>,
        sender: &str,
    ) -> Result<(), StoreError> {
        let held: Vec<&Held> = held.into_iter().collect();
        self.write_attempts(&held, sender).await?;
        self.write_rows(&held).await
    }

    async fn write_attempts(&self, held: &[&Held], sender: &str) -> Result<(), StoreError> {
        let changed: Vec<delivery_attempt::ActiveModel> = held
            .iter()
            .flat_map(|held| held.changed().map(|a| rows::attempt_row(held.id.0, sender, a)))
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
        "UPDATE notification_log SET {} \
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
        "UPDATE notification_log SET {} FROM (VALUES {}) AS v \
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
        ],
    }
};

/// What [`Held::values`] gives, in this order.
const COLUMNS: [&str; 16] = [
    "id",
    "recipient_number",
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
];

impl Held {
    fn values(&self) -> [Value; COLUMNS.len()] {
        let delivery = &self.delivery;
        let status = delivery.status();
        let telling = delivery.telling();
        let sent = telling.filter(|_| status == Status::Sent);
        let accepted = |a: &&Attempt| matches!(a.outcome, Outcome::Accepted { .. });
        let sent_at = sent.and_then(|a| {
            a.answered_at.filter(|_| accepted(&a)).or(a.sent_at).or(a.delivered_at).or(a.read_at)
        });
        let delivered_floor = sent.and_then(|a| a.delivered_at).and(sent_at);
        let read_floor = sent.and_then(|a| a.read_at).and(sent_at);
        let error = telling.filter(|_| status != Status::Sent).and_then(trouble);
        let failed_at = telling
            .filter(|_| status == Status::Failed)
            .and_then(|a| a.failed.as_ref().map(|(at, _)| *at).or(a.answered_at));
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
            telling.and_then(|a| a.provider_message_id.clone()).into(),
            error.as_ref().and_then(|(code, _)| *code).into(),
            error.map(|(_, message)| message).into(),
            sent_at.into(),
            // Providers count whole seconds; nothing arrives before it was taken.
            std::cmp::max(sent.and_then(|a| a.delivered_at), delivered_floor).into(),
            std::cmp::max(sent.and_then(|a| a.read_at), read_floor).into(),
            failed_at.into(),
            self.expires_at.into(),
        ]
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
