//! What waits for one person, when they choose anew how they want to be told; and what waits for the
//! end of their quiet hours.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::Tx;
use super::error::StoreError;
use super::jobs::Job;
use super::line::{found as one_of, locked, named};
use crate::domain::event::Event;
use crate::domain::medium::Medium;
use crate::domain::notification::NotificationId;
use crate::domain::user::UserId;

/// The person is not to be disturbed now.
pub const QUIET: &str = "QUIET";

impl Tx {
    /// Skips what waits for this person about events of which they do not want to hear any more, and
    /// says which that was.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn mute_waiting(
        &self,
        of: UserId,
        events: &[Event],
    ) -> Result<Vec<NotificationId>, StoreError> {
        if events.is_empty() {
            return Ok(vec![]);
        }
        let events: Vec<String> = events.iter().map(|it| format!("'{}'", it.as_str())).collect();
        let sql = format!(
            "UPDATE notification_log SET status = 'SKIPPED', skip_reason = 'muted', \
               next_attempt_at = NULL, held_by = NULL \
             WHERE recipient_id = $1 AND status <> 'SENT' AND status = 'QUEUED' \
               AND ticket_id IS NOT NULL AND event IN ({}) RETURNING id, lane",
            events.join(", ")
        );
        let asked = Statement::from_sql_and_values(self.backend(), sql, [of.0.into()]);
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// Skips what waits for this person over other media than these, and says which that was.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn shut_waiting(
        &self,
        of: UserId,
        open: &[Medium],
    ) -> Result<Vec<NotificationId>, StoreError> {
        let shut = Medium::ALL.into_iter().filter(|medium| !open.contains(medium));
        let shut: Vec<String> = shut.map(|it| format!("'{}'", it.as_str())).collect();
        if shut.is_empty() {
            return Ok(vec![]);
        }
        let sql = format!(
            "UPDATE notification_log SET status = 'SKIPPED', skip_reason = 'opted_out', \
               next_attempt_at = NULL, held_by = NULL, followed_by = nullif(followed_by, 0) \
             WHERE recipient_id = $1 AND status <> 'SENT' AND status = 'QUEUED' \
               AND ticket_id IS NOT NULL AND channel IN ({}) RETURNING id, lane",
            shut.join(", ")
        );
        let asked = Statement::from_sql_and_values(self.backend(), sql, [of.0.into()]);
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// What waits for the end of this person's quiet hours waits until then.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn quiet_waiting(&self, of: UserId, until: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE notification_log SET next_attempt_at = $1 WHERE recipient_id = $2 \
             AND held_by = '{QUIET}' AND status = 'QUEUED'"
        );
        let values = [until.into(), of.0.into()];
        let asked = Statement::from_sql_and_values(self.backend(), sql, values);
        self.conn.execute_raw(asked).await?;
        Ok(())
    }

    /// Lets go what waited for the end of somebody's quiet hours, where they are over: at most so
    /// many, the oldest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn wake(&mut self, most: u64) -> Result<(), StoreError> {
        let backend = self.backend();
        let over = format!(
            "SELECT id FROM notification_log \
             WHERE held_by = '{QUIET}' AND status = 'QUEUED' AND next_attempt_at <= $1 \
             ORDER BY id LIMIT {most}{}",
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET held_by = NULL \
             WHERE status = 'QUEUED' AND id {} RETURNING id, lane",
            one_of(backend, &over)
        );
        let asked = Statement::from_sql_and_values(backend, sql, [self.now.into()]);
        let mut found = named(self.conn.query_all_raw(asked).await?)?;
        found.sort_unstable_by_key(|(id, _)| *id);
        self.enqueue(Job::deliver(&found));
        Ok(())
    }
}
