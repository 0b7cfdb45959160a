//! Numbers at which WhatsApp has nobody: counted where a message to one has just failed, and nowhere
//! else.
use chrono::{DateTime, TimeDelta, Utc};
use entity::{notification_log, user};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::Tx;
use super::bulk::{each_of, list};
use super::error::StoreError;
use crate::domain::medium::Medium;
use crate::domain::notification::Status;
use crate::domain::user::UserId;

/// So many failures prove it …
const MANY: usize = 3;
/// … within so long.
const WITHIN: TimeDelta = TimeDelta::days(30);
/// Of somebody's messages so many are looked at, the newest first.
const LOOKED_AT: u64 = 200;

/// Which, channel, status, address, error and when it failed.
type Looked = (i64, String, String, String, Option<i64>, Option<DateTime<Utc>>);

impl Tx {
    /// A message to this person at this number has failed since nobody is there, as one of these codes
    /// says: from the third within 30 days on the number is of no use on WhatsApp. What was before it
    /// was confirmed, or before they wrote, counts no more. Says whether it is news.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn nobody_at(
        &self,
        of: UserId,
        number: &str,
        codes: &[i64],
    ) -> Result<bool, StoreError> {
        let theirs = user::Entity::find_by_id(of.0)
            .filter(user::Column::WhatsappNumber.eq(number))
            .filter(user::Column::UndeliverableAt.is_null());
        let Some(user) = theirs.one(&self.conn).await? else { return Ok(false) };
        let since = [user.whatsapp_verified_at, user.whatsapp_heard_at];
        let since = since.into_iter().flatten().fold(self.now - WITHIN, std::cmp::max);
        use notification_log::{Column, Entity};
        let newest: Vec<Looked> = Entity::find()
            .select_only()
            .columns([Column::Id])
            .columns([Column::Channel, Column::Status, Column::RecipientAddress])
            .columns([Column::ErrorCode, Column::FailedAt])
            .filter(Column::RecipientId.eq(of.0))
            .order_by_desc(Column::Id)
            .limit(LOOKED_AT)
            .into_tuple()
            .all(&self.conn)
            .await?;
        let failed = newest.iter().filter(|(_, channel, status, to, code, at)| {
            channel == Medium::WhatsApp.as_str()
                && status == Status::Failed.as_str()
                && to == number
                && code.is_some_and(|code| codes.contains(&code))
                && at.is_some_and(|at| at > since)
        });
        let failed: Vec<i64> = failed.map(|(id, ..)| *id).collect();
        if failed.len() < MANY || self.messages(failed).await? < MANY {
            return Ok(false);
        }
        user::Entity::update_many()
            .col_expr(user::Column::UndeliverableAt, Expr::value(self.now))
            .filter(user::Column::Id.eq(of.0))
            .filter(user::Column::WhatsappNumber.eq(number))
            .exec(&self.conn)
            .await?;
        Ok(true)
    }

    /// By how many messages these were told: one may tell of many.
    async fn messages(&self, ids: Vec<i64>) -> Result<usize, StoreError> {
        let (many, backend) = (ids.len(), self.backend());
        let of_these = each_of(backend, "delivery_attempts", "notification_id", "bigint");
        let sql =
            format!("SELECT DISTINCT notification_id FROM {of_these} WHERE told_by IS NOT NULL");
        let asked = Statement::from_sql_and_values(backend, sql, [list(ids)]);
        Ok(many - self.conn.query_all_raw(asked).await?.len())
    }
}
