//! Whom a sender has written to by templates: what counts against the limit of new conversations.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::Store;
use super::error::StoreError;

impl Store {
    /// Whom a sender wrote to by templates since then, and when last: those who were heard of, and of
    /// the newest attempts those that may still be, with what is in hand.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn newcomers_since(
        &self,
        provider: &str,
        sender: &str,
        since: DateTime<Utc>,
    ) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        let one = |which: &str| {
            format!(
                "SELECT n.recipient_address AS address, a.started_at AS at \
                 FROM delivery_attempts AS a JOIN notification_log AS n ON n.id = a.notification_id \
                 WHERE a.sender = $1 AND a.started_at > $2 \
                   AND (a.template IS NOT NULL OR n.lane = 'CODE') AND {which}"
            )
        };
        let heard = one("a.heard_at IS NOT NULL AND a.failed_at IS NULL");
        let open = one("a.heard_at IS NULL AND a.outcome IN ('ACCEPTED', 'UNKNOWN') \
             AND a.id > (SELECT coalesce(max(id), 0) - 30000 FROM delivery_attempts)");
        let in_hand = "SELECT recipient_address, attempt_started_at FROM notification_log \
             WHERE status = 'SENDING' AND provider = $3 AND attempt_started_at > $2 \
               AND (template IS NOT NULL OR lane = 'CODE')";
        let sql = format!(
            "SELECT address, max(at) AS at \
             FROM ({heard} UNION ALL {open} UNION ALL {in_hand}) AS each GROUP BY address"
        );
        let backend = self.read.get_database_backend();
        let values = [sender.into(), since.into(), provider.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_all_raw(asked).await?;
        found
            .into_iter()
            .map(|row| Ok((row.try_get("", "address")?, row.try_get("", "at")?)))
            .collect()
    }
}
