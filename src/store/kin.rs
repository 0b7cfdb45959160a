//! Messages of one kin: the same words to the same person by one way after another. One of them that
//! arrived is enough.
use sea_orm::{ConnectionTrait, Statement};

use super::Tx;
use super::bulk::list;
use super::error::StoreError;
use super::line::{listed, named};
use crate::domain::notification::{Lane, NotificationId};

/// Nothing followed, since no way was left.
pub(super) const NO_WAY: i64 = 0;

/// The person has it by another way. What an admin asks for is sent all the same.
pub(super) fn reached_otherwise() -> String {
    format!(
        "((notification_log.first_id IS NOT NULL OR coalesce(notification_log.followed_by, 0) > {NO_WAY}) \
          AND notification_log.forgiven = 0 AND {HAS_ARRIVED})"
    )
}

/// Some other message of the same kin has arrived.
const HAS_ARRIVED: &str = "EXISTS (SELECT 1 FROM notification_log AS kin \
    WHERE (kin.id = coalesce(notification_log.first_id, notification_log.id) \
        OR kin.first_id = coalesce(notification_log.first_id, notification_log.id)) \
      AND kin.id <> notification_log.id AND kin.receipt IS NOT NULL)";

impl Tx {
    /// These are sent anew: what waits to follow them does not go meanwhile, and where no way was
    /// left before there may be one by now.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn look_for_ways_again(&self, ids: &[NotificationId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let backend = self.backend();
        let ids = || [list(ids.iter().map(|id| id.0))];
        let sql = format!(
            "UPDATE notification_log SET status = 'SKIPPED', skip_reason = 'reached_otherwise', \
               next_attempt_at = NULL, held_by = NULL \
             WHERE status = 'QUEUED' AND follows IN {}",
            listed(backend, 1)
        );
        self.conn.execute_raw(Statement::from_sql_and_values(backend, sql, ids())).await?;
        let sql = format!(
            "UPDATE notification_log SET followed_by = NULL WHERE id IN {} \
             AND followed_by = {NO_WAY}",
            listed(backend, 1)
        );
        self.conn.execute_raw(Statement::from_sql_and_values(backend, sql, ids())).await?;
        Ok(())
    }

    /// What was kept from following these, since they were sent anew, goes after all: they failed
    /// again.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn follow_after_all(
        &self,
        ids: &[NotificationId],
    ) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        let backend = self.backend();
        let sql = format!(
            "UPDATE notification_log SET status = 'QUEUED', skip_reason = NULL, next_attempt_at = $1 \
             WHERE follows IN {} AND status = 'SKIPPED' AND skip_reason = 'reached_otherwise' \
               AND attempts = 0 AND expires_at > $1 AND NOT {HAS_ARRIVED} RETURNING id, lane",
            listed(backend, 2)
        );
        let values = [self.now.into(), list(ids.iter().map(|id| id.0))];
        named(self.conn.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?)
    }
}
