//! What a sender has sent of late, and how that was answered: what whoever begins to send has to know
//! of whoever did before.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::error::StoreError;
use super::{Store, rows};
use crate::domain::attempt::Failure;

/// One message that left, or was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub to: String,
    /// When it was answered, or began where nobody knows an answer.
    pub at: DateTime<Utc>,
    /// Why the provider refused it, where it did.
    pub refused: Option<Failure>,
}

impl Store {
    /// What left since then or was refused, in that order; of the newest attempts. What is in hand
    /// counts as gone: a process that died may have sent it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn sent_since(
        &self,
        provider: &str,
        sender: &str,
        since: DateTime<Utc>,
    ) -> Result<Vec<Sent>, StoreError> {
        // What is looked at is bounded; a number at its full rate sends less in this time.
        let sql = "SELECT recipient_address AS address, coalesce(answered_at, started_at) AS at, \
                     CASE WHEN outcome = 'REJECTED' THEN remedy END AS remedy, \
                     a.error_code AS code \
                   FROM delivery_attempts AS a JOIN notification_log AS n ON n.id = a.notification_id \
                   WHERE a.id > (SELECT coalesce(max(id), 0) - 30000 FROM delivery_attempts) \
                     AND a.started_at > $1 AND a.sender = $2 AND a.told_by_number IS NULL \
                     AND a.outcome IN ('ACCEPTED', 'UNKNOWN', 'REJECTED') \
                   UNION ALL \
                   SELECT recipient_address, attempt_started_at, NULL, NULL FROM notification_log \
                   WHERE status = 'SENDING' AND provider = $3 AND attempt_started_at > $1 \
                   ORDER BY at";
        let backend = self.read.get_database_backend();
        let values = [since.into(), sender.into(), provider.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_all_raw(asked).await?.into_iter().map(|row| {
            let remedy: Option<String> = row.try_get("", "remedy")?;
            Ok(Sent {
                to: row.try_get("", "address")?,
                at: row.try_get("", "at")?,
                refused: rows::failure(row.try_get("", "code")?, None, remedy.as_deref())?,
            })
        });
        found.collect()
    }
}
