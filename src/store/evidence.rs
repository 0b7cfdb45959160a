//! What the sweep looks for: rows whose time has passed, and proof that a silent message is lost.
use chrono::TimeDelta;
use entity::notification_log::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};

use super::db_clock::now_plus;
use super::deliveries::LEASE;
use super::error::StoreError;
use super::jobs::Queue;
use super::{Store, Tx};
use crate::domain::delivery::MAX_RESENDS;
use crate::domain::notification::{Lane, NotificationId, SkipReason, Status};

/// A queued row this much past its time has lost its task.
const OVERDUE: TimeDelta = TimeDelta::seconds(5);
/// A webhook that waits longer than this may hold the report that one misses.
const INBOX_LAG: TimeDelta = TimeDelta::seconds(60);
/// Finished tasks are of no use; a person reads our own rows.
const TASKS_KEPT_S: i64 = 30;
/// Rows that one statement deletes, so that nobody waits for long.
const CHUNK: u64 = 500;

impl Tx {
    /// Attempts that nobody can be waiting for any more.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn lost_answers(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let now = now_plus(self.backend(), self.clock.ahead());
        let over = Expr::col(Column::LeaseUntil).lt(now);
        self.ids(
            Entity::find().filter(Column::Status.eq(Status::Sending.as_str())).filter(over),
            most,
        )
        .await
    }

    /// Queued rows whose time has passed although no task waits that could ring for them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn overdue(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let find = Entity::find()
            .filter(Column::Status.eq(Status::Queued.as_str()))
            .filter(Column::NextAttemptAt.lte(self.now - OVERDUE));
        let ids = self.ids(find, most).await?;
        if ids.is_empty() || self.has_tasks_due(Queue::Deliver).await? {
            return Ok(vec![]);
        }
        Ok(ids)
    }

    /// Lost answers of this lane that may be sent once more: their patience is over, a report about
    /// a later attempt from the same number has come in, so reports do come in, and none that came
    /// is still unread. Absence proves nothing unless what would have carried it is alive.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forsaken(&self, lane: Lane, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let patience = self.clock.ahead() + LEASE - lane.patience();
        let later = Expr::cust(
            "EXISTS (SELECT 1 FROM delivery_attempts mine JOIN delivery_attempts later \
               ON later.sender = mine.sender AND later.started_at > mine.started_at \
              AND later.heard_at IS NOT NULL \
             WHERE mine.notification_id = notification_log.id \
               AND mine.number = notification_log.attempts)",
        );
        let find = Entity::find()
            .filter(Column::Status.eq(Status::Unconfirmed.as_str()))
            .filter(Column::Lane.eq(lane.as_str()))
            .filter(Column::Resends.lt(i64::from(MAX_RESENDS)))
            .filter(Expr::col(Column::LeaseUntil).lte(now_plus(self.backend(), patience)))
            .filter(Column::ExpiresAt.gt(self.now))
            .filter(later);
        let ids = self.ids(find, most).await?;
        if ids.is_empty() || self.inbox_lags().await? {
            return Ok(vec![]);
        }
        Ok(ids)
    }

    /// What waited longer than it is worth is not to be sent any more.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn expire(&self) -> Result<u64, StoreError> {
        let none = Option::<chrono::DateTime<chrono::Utc>>::None;
        let expired = Entity::update_many()
            .col_expr(Column::Status, Expr::value(Status::Skipped.as_str()))
            .col_expr(Column::SkipReason, Expr::value(SkipReason::Expired.as_str()))
            .col_expr(Column::NextAttemptAt, Expr::value(none))
            .filter(not_sent())
            .filter(Column::Status.eq(Status::Queued.as_str()))
            .filter(Column::ExpiresAt.lte(self.now))
            .exec(&self.conn)
            .await?;
        Ok(expired.rows_affected)
    }

    async fn ids(
        &self,
        find: sea_orm::Select<Entity>,
        most: u64,
    ) -> Result<Vec<NotificationId>, StoreError> {
        let ids: Vec<i64> = find
            .filter(not_sent())
            .select_only()
            .column(Column::Id)
            .order_by_asc(Column::Id)
            .limit(most)
            .into_tuple()
            .all(&self.conn)
            .await?;
        Ok(ids.into_iter().map(NotificationId).collect())
    }

    async fn inbox_lags(&self) -> Result<bool, StoreError> {
        use entity::webhook_event::{Column, Entity};
        let unread = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::State.eq("RECEIVED"))
            .filter(Column::NextTryAt.is_not_null())
            .filter(Column::ReceivedAt.lte(self.now - INBOX_LAG))
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.conn)
            .await?;
        Ok(unread.is_some())
    }

    async fn has_tasks_due(&self, queue: Queue) -> Result<bool, StoreError> {
        let backend = self.backend();
        let sql = match backend {
            DbBackend::Postgres => {
                "SELECT 1 FROM apalis.jobs WHERE job_type = $1 AND status = 'Pending' \
                 AND run_at < now() LIMIT 1"
            }
            _ => {
                "SELECT 1 FROM Jobs WHERE job_type = ? AND status = 'Pending' AND lock_by IS NULL \
                 AND run_at <= CAST(strftime('%s','now') AS INTEGER) LIMIT 1"
            }
        };
        let asked = Statement::from_sql_and_values(backend, sql, [queue.name().into()]);
        Ok(self.conn.query_one_raw(asked).await?.is_some())
    }
}

/// The condition of the index over rows that are not at rest: SQLite uses it only where it is said.
pub(super) fn not_sent() -> SimpleExpr {
    Expr::cust("status <> 'SENT'")
}

impl Store {
    /// Deletes what is of no use any more: finished tasks, dead workers' names, old first answers,
    /// sessions that are over, limits that are as good as new.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune(&self) -> Result<(), StoreError> {
        self.prune_tasks().await?;
        self.prune_workers().await?;
        use entity::idempotency_key::{Column, Entity};
        let old = self.now() - super::idempotency::KEPT;
        Entity::delete_many().filter(Column::CreatedAt.lte(old)).exec(&self.write).await?;
        self.prune_sessions().await?;
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

    async fn prune_tasks(&self) -> Result<(), StoreError> {
        let sql = match self.write.get_database_backend() {
            DbBackend::Postgres => format!(
                "DELETE FROM apalis.jobs WHERE ctid = ANY(ARRAY(SELECT ctid FROM apalis.jobs \
                 WHERE status IN ('Done', 'Killed') \
                 AND done_at < now() - interval '{TASKS_KEPT_S} seconds' LIMIT {CHUNK}))"
            ),
            _ => format!(
                "DELETE FROM Jobs WHERE rowid IN (SELECT rowid FROM Jobs \
                 WHERE status IN ('Done', 'Killed') AND done_at IS NOT NULL \
                 AND done_at < CAST(strftime('%s','now') AS INTEGER) - {TASKS_KEPT_S} LIMIT {CHUNK})"
            ),
        };
        // Bounded, so that a sweep ends; the next one goes on.
        for _ in 0..200 {
            if self.write.execute_unprepared(&sql).await?.rows_affected() < CHUNK {
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
