//! How long things are kept. What is of no use any more goes in small parts, so that nobody waits
//! for it.
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Store;
use super::error::StoreError;
use super::idempotency;

/// Finished tasks are of no use; a person reads our own rows.
const TASKS_KEPT_S: i64 = 30;
/// What providers sent us, raw.
const WEBHOOKS_KEPT: TimeDelta = TimeDelta::days(30);
/// How each attempt to send went; the notification itself stays.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(180);
/// Rows that one statement deletes.
const PART: u64 = 500;
/// Parts of one round, so that it ends; the next one goes on.
const PARTS: usize = 200;

impl Store {
    /// Deletes what has been kept long enough: finished tasks, dead workers' names, first answers,
    /// raw webhooks, attempts, sessions that are over, limits that are as good as new.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune(&self) -> Result<(), StoreError> {
        self.prune_tasks().await?;
        self.prune_workers().await?;
        let answers = format!(
            "DELETE FROM idempotency_keys WHERE id IN \
             (SELECT id FROM idempotency_keys WHERE created_at <= $1 LIMIT {PART})"
        );
        self.in_parts(&answers, Some(self.now() - idempotency::KEPT)).await?;
        for (table, column, kept) in [
            ("webhook_events", "received_at", WEBHOOKS_KEPT),
            ("delivery_attempts", "started_at", ATTEMPTS_KEPT),
        ] {
            // Ids are dealt out as time goes by: the oldest rows stand in front, and a look at them
            // tells whether any has to go.
            let sql = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM \
                 (SELECT id, {column} FROM {table} ORDER BY id LIMIT {PART}) AS oldest \
                 WHERE {column} <= $1)"
            );
            self.in_parts(&sql, Some(self.now() - kept)).await?;
        }
        self.prune_sessions().await?;
        self.prune_codes().await?;
        self.prune_buckets().await
    }

    /// Whether tasks can be asked for.
    pub async fn has_queue(&self) -> bool {
        let sql = match self.read.get_database_backend() {
            DbBackend::Postgres => "SELECT 1 FROM apalis.jobs LIMIT 1",
            _ => "SELECT 1 FROM Jobs LIMIT 1",
        };
        self.read.execute_unprepared(sql).await.is_ok()
    }

    /// Deletes the finished tasks among these.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune_tasks(&self) -> Result<(), StoreError> {
        let sql = match self.write.get_database_backend() {
            DbBackend::Postgres => format!(
                "DELETE FROM apalis.jobs WHERE ctid = ANY(ARRAY(SELECT ctid FROM apalis.jobs \
                 WHERE status IN ('Done', 'Killed') \
                 AND done_at < now() - interval '{TASKS_KEPT_S} seconds' LIMIT {PART}))"
            ),
            _ => format!(
                "DELETE FROM Jobs WHERE rowid IN (SELECT rowid FROM Jobs \
                 WHERE status IN ('Done', 'Killed') AND done_at IS NOT NULL \
                 AND done_at < CAST(strftime('%s','now') AS INTEGER) - {TASKS_KEPT_S} LIMIT {PART})"
            ),
        };
        self.in_parts(&sql, None).await
    }

    async fn in_parts(&self, sql: &str, until: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let backend = self.write.get_database_backend();
        for _ in 0..PARTS {
            let asked = Statement::from_sql_and_values(backend, sql, until.map(Value::from));
            if self.write.execute_raw(asked).await?.rows_affected() < PART {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn prune_workers(&self) -> Result<(), StoreError> {
        let sql = match self.write.get_database_backend() {
            DbBackend::Postgres => {
                "DELETE FROM apalis.workers w WHERE w.last_seen < now() - interval '1 hour' \
                 AND NOT EXISTS (SELECT 1 FROM apalis.jobs j WHERE j.lock_by = w.id)"
            }
            _ => {
                "DELETE FROM Workers WHERE last_seen < CAST(strftime('%s','now') AS INTEGER) - 3600 \
                 AND NOT EXISTS (SELECT 1 FROM Jobs j WHERE j.lock_by = Workers.id)"
            }
        };
        self.write.execute_unprepared(sql).await?;
        Ok(())
    }
}
