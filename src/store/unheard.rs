//! Messages that a provider took and of which no report came: which are to be asked about now.
use chrono::{DateTime, Utc};
use entity::notification_log::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};

use super::erasure::ERASED;
use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::notification::NotificationId;

/// As the index has it, to the letter.
const ASKED: &str =
    "provider IN ('twilio', 'twilio_whatsapp') AND status = 'SENT' AND receipt IS NULL";

/// A message of which no report came.
#[derive(Clone, Debug)]
pub struct Unheard {
    /// Which.
    pub id: NotificationId,
    /// Who carries it.
    pub provider: String,
    /// The provider's id of it.
    pub message_id: String,
    /// When it was sent.
    pub started_at: DateTime<Utc>,
}

impl Store {
    /// Those that were sent, or asked about last, at this instant at the latest, and sent after that
    /// one; at most so many, the longest silent first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn unheard(
        &self,
        since: DateTime<Utc>,
        sent_after: DateTime<Utc>,
        most: u64,
    ) -> Result<Vec<Unheard>, StoreError> {
        let sql = format!(
            "SELECT id, provider, provider_message_id, attempt_started_at FROM notification_log \
             WHERE {ASKED} AND coalesce(unheard_since, attempt_started_at) <= $1 \
               AND attempt_started_at > $2 AND provider_message_id IS NOT NULL \
               AND provider_message_id <> '{ERASED}' \
             ORDER BY coalesce(unheard_since, attempt_started_at) LIMIT {most}"
        );
        let backend = self.read.get_database_backend();
        let values = [since.into(), sent_after.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_all_raw(asked).await?.into_iter().map(|row| {
            Ok(Unheard {
                id: NotificationId(row.try_get("", "id")?),
                provider: row.try_get("", "provider")?,
                message_id: row.try_get("", "provider_message_id")?,
                started_at: row.try_get("", "attempt_started_at")?,
            })
        });
        found.collect()
    }
}

impl Tx {
    /// A message is being asked about, and counts as silent from this instant on.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn asked_about(
        &self,
        id: NotificationId,
        unheard_since: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::UnheardSince, Expr::value(unheard_since))
            .filter(Column::Id.eq(id.0))
            .exec(&self.conn)
            .await?;
        Ok(())
    }
}
