//! What our own rows say of a channel: when it last carried something, when its provider last wrote,
//! how many people were written to first.
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::Store;
use super::error::StoreError;
use super::usage::month;
use crate::domain::bill::Bill;
use crate::domain::rates::Rates;
use crate::domain::standing::Circumstances;

/// A channel that carried nothing among so many of the newest rows has been silent for long.
const NEWEST: i64 = 100_000;
/// Whom one wrote to first counts for a day.
const DAY: TimeDelta = TimeDelta::days(1);
/// Refused recipients are told of for so long.
const WEEK: TimeDelta = TimeDelta::days(7);
/// Meta's code for somebody who is not on the list of a test number.
const UNLISTED: i64 = 131_030;

/// When something last happened on a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Its provider took a message.
    pub sent_at: Option<DateTime<Utc>>,
    /// Its provider posted a webhook.
    pub webhook_at: Option<DateTime<Utc>>,
    /// A phone confirmed a message.
    pub receipt_at: Option<DateTime<Utc>>,
}

impl Store {
    /// When something last happened on a channel. `webhooks` is the name under which its webhooks
    /// are kept.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn traces(
        &self,
        provider: &str,
        webhooks: Option<&str>,
    ) -> Result<Traces, StoreError> {
        let newest = |table: &str, at: &str, also: &str| {
            format!(
                "SELECT {at} AS told FROM {table} WHERE provider = $1 {also} \
                 AND id > (SELECT coalesce(max(id), 0) FROM {table}) - {NEWEST} \
                 ORDER BY id DESC LIMIT 1"
            )
        };
        let sent = newest("notification_log", "sent_at", "AND sent_at IS NOT NULL");
        let receipt = newest(
            "notification_log",
            "coalesce(read_at, delivered_at)",
            "AND receipt IS NOT NULL",
        );
        Ok(Traces {
            sent_at: self.told(&sent, vec![provider.into()]).await?,
            receipt_at: self.told(&receipt, vec![provider.into()]).await?,
            webhook_at: match webhooks {
                Some(name) => {
                    let sql = newest("webhook_events", "received_at", "");
                    self.told(&sql, vec![name.into()]).await?
                }
                None => None,
            },
        })
    }

    /// What our rows say that matters to how we stand with a provider.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn circumstances(
        &self,
        provider: &str,
        sender: &str,
        public_url: Option<&str>,
        is_simulated: bool,
        rates: Option<&Rates>,
    ) -> Result<Circumstances, StoreError> {
        let now = self.now();
        let month = month(now);
        let usage = self.usage(sender, &month).await?;
        Ok(Circumstances {
            now,
            public_url: public_url.map(str::to_owned),
            is_simulated,
            bill: Bill::of(month, &usage, rates),
            written_to: self.written_to_first(sender, now - DAY).await?,
            unlisted: self.unlisted(provider, now - WEEK).await?,
        })
    }

    /// How many people a sender reached by a template since then: what counts against the provider's
    /// limit of new conversations, but for those who had written to us within a day.
    async fn written_to_first(
        &self,
        sender: &str,
        since: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT count(DISTINCT log.recipient_address) AS told \
             FROM delivery_attempts AS attempt \
             JOIN notification_log AS log ON log.id = attempt.notification_id \
             WHERE attempt.sender = $1 AND attempt.heard_at IS NOT NULL \
               AND attempt.started_at >= $2 AND attempt.template IS NOT NULL \
               AND (attempt.delivered_at IS NOT NULL OR attempt.read_at IS NOT NULL)";
        self.counted(sql, vec![sender.into(), since.into()]).await
    }

    /// How many messages failed since then because the recipient is not on a test number's list.
    async fn unlisted(&self, provider: &str, since: DateTime<Utc>) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) AS told FROM notification_log \
             WHERE status = 'FAILED' AND provider = $1 AND failed_at >= $2 AND error_code = $3";
        self.counted(sql, vec![provider.into(), since.into(), UNLISTED.into()]).await
    }

    async fn told(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_one_raw(asked).await?;
        Ok(found.map(|row| row.try_get("", "told")).transpose()?.flatten())
    }

    async fn counted(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_one_raw(asked).await?;
        let count = found.map(|row| row.try_get::<i64>("", "told")).transpose()?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }
}
