//! What the sweep looks for: rows whose time has passed, and proof that a silent message is lost.
use chrono::TimeDelta;
use entity::notification_log::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement,
};

use super::Tx;
use super::db_clock::now_plus;
use super::deliveries::LEASE;
use super::error::StoreError;
use super::jobs::Queue;
use super::kin::NO_WAY;
use super::line::{NEXT_IN_LINE, has_newer, states};
use super::rows;
use crate::domain::delivery::MAX_RESENDS;
use crate::domain::notification::{Lane, NotificationId, Status};

/// A queued row this much past its time has lost its task.
const OVERDUE: TimeDelta = TimeDelta::seconds(5);
/// A webhook that waits longer than this may hold the report that one misses.
const INBOX_LAG: TimeDelta = TimeDelta::seconds(60);

impl Tx {
    /// Attempts that nobody can be waiting for any more.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn lost_answers(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let now = now_plus(self.backend(), self.clock.ahead());
        let over = Expr::col(Column::LeaseUntil).lt(now);
        let find = Entity::find().filter(Column::Status.eq(Status::Sending.as_str())).filter(over);
        self.ids(find, most).await
    }

    /// Queued rows that are next in their line and whose time has passed, although no task waits
    /// that could ring for them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn overdue(&self, most: u64) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        let mut overdue = vec![];
        for queue in [Queue::Urgent, Queue::Deliver] {
            let lanes = Lane::ALL.into_iter().filter(|lane| Queue::of(*lane) == queue);
            let find = Entity::find()
                .filter(Column::Status.eq(Status::Queued.as_str()))
                .filter(Column::NextAttemptAt.lte(self.now - OVERDUE))
                // Whoever holds a row lets it go.
                .filter(Column::HeldBy.is_null())
                .filter(Column::Lane.is_in(lanes.map(Lane::as_str)))
                .filter(Expr::cust(NEXT_IN_LINE));
            let found: Vec<(i64, String)> =
                oldest(find, most).column(Column::Lane).into_tuple().all(&self.conn).await?;
            if found.is_empty() || self.has_tasks_due(queue).await? {
                continue;
            }
            for (id, lane) in found {
                let lane = rows::word("notification_log", "lane", &lane)?;
                overdue.push((NotificationId(id), lane));
            }
        }
        Ok(overdue)
    }

    /// Lost answers that may be sent once more: the patience of their lane is over, a report about
    /// a later attempt from the same number has come in, so reports do come in, and none that came
    /// is still unread. Absence proves nothing unless what would have carried it is alive. A state
    /// is not told again after a newer one.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forsaken(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let patient = Lane::ALL.into_iter().filter_map(|lane| Some((lane, lane.patience()?)));
        let is_over = patient.map(|(lane, patience)| {
            let since = now_plus(self.backend(), self.clock.ahead() + LEASE - patience);
            Column::Lane.eq(lane.as_str()).and(Expr::col(Column::LeaseUntil).lte(since))
        });
        let later = Expr::cust(
            "EXISTS (SELECT 1 FROM delivery_attempts mine JOIN delivery_attempts later \
               ON later.sender = mine.sender AND later.started_at > mine.started_at \
              AND later.heard_at IS NOT NULL \
             WHERE mine.notification_id = notification_log.id \
               AND mine.number = notification_log.attempts)",
        );
        let newest = format!("(event NOT IN ({}) OR NOT {})", states(), has_newer());
        let find = Entity::find()
            .filter(Column::Status.eq(Status::Unconfirmed.as_str()))
            .filter(is_over.fold(Condition::any(), Condition::add))
            .filter(Column::Resends.lt(i64::from(MAX_RESENDS)))
            .filter(Column::ExpiresAt.gt(self.now))
            // Whoever is told another way is not told twice.
            .filter(
                Condition::any()
                    .add(Column::FollowedBy.is_null())
                    .add(Column::FollowedBy.eq(NO_WAY)),
            )
            .filter(later)
            .filter(Expr::cust(newest));
        let ids = self.ids(find, most).await?;
        if ids.is_empty() || self.inbox_lags().await? {
            return Ok(vec![]);
        }
        Ok(ids)
    }

    async fn ids(
        &self,
        find: Select<Entity>,
        most: u64,
    ) -> Result<Vec<NotificationId>, StoreError> {
        let ids: Vec<i64> = oldest(find, most).into_tuple().all(&self.conn).await?;
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

    /// Whether there is a backlog of tasks. One that was handed over a moment ago is pending, too,
    /// and tells nothing.
    pub(super) async fn has_tasks_due(&self, queue: Queue) -> Result<bool, StoreError> {
        let backend = self.backend();
        let sql = match backend {
            DbBackend::Postgres => {
                "SELECT 1 FROM apalis.jobs WHERE job_type = $1 AND status = 'Pending' \
                 AND run_at < now() - interval '2 seconds' LIMIT 1"
            }
            _ => {
                "SELECT 1 FROM Jobs WHERE job_type = ? AND status = 'Pending' AND lock_by IS NULL \
                 AND run_at <= CAST(strftime('%s','now') AS INTEGER) - 3 LIMIT 1"
            }
        };
        let asked = Statement::from_sql_and_values(backend, sql, [queue.name().into()]);
        Ok(self.conn.query_one_raw(asked).await?.is_some())
    }
}

/// The ids of the oldest of these rows.
fn oldest(find: Select<Entity>, most: u64) -> Select<Entity> {
    let find = find.filter(not_sent()).select_only().column(Column::Id);
    find.order_by_asc(Column::Id).limit(most)
}

/// The condition of the index over rows that are not at rest: SQLite uses it only where it is said.
pub(super) fn not_sent() -> SimpleExpr {
    Expr::cust("status <> 'SENT'")
}
