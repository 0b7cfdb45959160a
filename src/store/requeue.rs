//! Queueing many notifications anew, part by part: what one statement takes up is bounded, however
//! many rows a filter asks for.
use entity::notification_log::Column;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use super::error::StoreError;
use super::line::{UNREACHABLE, listed, named};
use super::notifications::narrowed;
use super::{Tx, bulk};
use crate::domain::log::NotificationFilter;
use crate::domain::notification::{Lane, NotificationId, Status};

/// What came of one part.
#[derive(Debug)]
pub struct Part {
    /// What is queued now.
    pub queued: Vec<(NotificationId, Lane)>,
    /// Where the next part begins, where there may be one.
    pub last: Option<i64>,
}

impl Tx {
    /// Queues again, with a fresh count of attempts and its whole time, what stands in `status`:
    /// of the `most` oldest that the filter asks for after this id those that can be sent. Left
    /// alone is what is about no ticket, as a code; whatever a newer state has taken the place of,
    /// or of which nothing is left; what went another way; and whoever cannot be reached now as
    /// before.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn requeue(
        &self,
        filter: &NotificationFilter,
        status: Status,
        after: i64,
        most: u64,
    ) -> Result<Part, StoreError> {
        let filter = NotificationFilter { status: status.into(), ..filter.clone() };
        let ids: Vec<i64> = narrowed(&filter, None)
            .filter(Column::Id.gt(after))
            .select_only()
            .column(Column::Id)
            .order_by_asc(Column::Id)
            .limit(most)
            .into_tuple()
            .all(&self.conn)
            .await?;
        let last = ids.last().copied().filter(|_| ids.len() as u64 == most);
        let backend = self.backend();
        let sql = format!(
            "UPDATE notification_log SET status = 'QUEUED', skip_reason = NULL, held_by = NULL, \
               forgiven = attempts, \
               next_attempt_at = $1, failed_at = NULL, \
               expires_at = CASE lane WHEN 'CRITICAL' THEN $2 ELSE $3 END \
             WHERE id IN {} AND status = $5 AND ticket_id IS NOT NULL AND body <> '' AND withdrawn IS NULL \
               AND (skip_reason IS NULL \
                    OR skip_reason NOT IN ('superseded', 'ticket_deleted', 'person_erased')) \
               AND (attempts = 0 OR EXISTS (SELECT 1 FROM delivery_attempts AS newest \
                    WHERE newest.notification_id = notification_log.id \
                      AND newest.number = notification_log.attempts)) \
               AND (SELECT {UNREACHABLE} FROM (SELECT 1) AS itself \
                    LEFT JOIN users AS u ON u.id = notification_log.recipient_id) IS NULL \
             RETURNING id, lane",
            listed(backend, 4)
        );
        let worth = |lane: Lane| self.now + lane.worth();
        let values = [
            self.now.into(),
            worth(Lane::Critical).into(),
            worth(Lane::Normal).into(),
            bulk::list(ids),
            status.as_str().into(),
        ];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut queued = named(self.conn.query_all_raw(asked).await?)?;
        queued.sort_unstable_by_key(|(id, _)| *id);
        Ok(Part { queued, last })
    }
}
