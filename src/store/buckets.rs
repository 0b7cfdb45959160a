//! Buckets: how far each limit is used, the same for all replicas. Taking is one statement, so that
//! of many who take at once none gets more than there is.
use entity::bucket::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement, Value,
};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::limit::Limit;

impl Tx {
    /// Takes one out of a bucket; where it is empty, the milliseconds after which there is one.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn take(&self, key: &str, limit: Limit) -> Result<Result<(), i64>, StoreError> {
        self.take_at(key, limit, self.now.timestamp_millis()).await
    }

    /// As [`Self::take`], as if it were this instant, in milliseconds: what is taken at an instant
    /// that stands still does not fill again.
    pub(super) async fn take_at(
        &self,
        key: &str,
        limit: Limit,
        now: i64,
    ) -> Result<Result<(), i64>, StoreError> {
        let every = limit.every.num_milliseconds();
        let full = now + limit.most * every;
        let sql = match self.backend() {
            DbBackend::Postgres => {
                "INSERT INTO buckets (key, full_at) VALUES ($1, $2 + $3) \
                 ON CONFLICT (key) DO UPDATE SET full_at = GREATEST(buckets.full_at, $2) + $3 \
                 WHERE GREATEST(buckets.full_at, $2) + $3 <= $4"
            }
            _ => {
                "INSERT INTO buckets (key, full_at) VALUES (?1, ?2 + ?3) \
                 ON CONFLICT (key) DO UPDATE SET full_at = MAX(full_at, ?2) + ?3 \
                 WHERE MAX(full_at, ?2) + ?3 <= ?4"
            }
        };
        let values: [Value; 4] = [key.into(), now.into(), every.into(), full.into()];
        let asked = Statement::from_sql_and_values(self.backend(), sql, values);
        if self.conn.execute_raw(asked).await?.rows_affected() == 1 {
            return Ok(Ok(()));
        }
        let stands = Entity::find_by_id(key.to_owned()).one(&self.conn).await?;
        let stands = stands.map_or(now, |bucket| bucket.full_at.max(now));
        Ok(Err((stands + every - full).max(1)))
    }

    /// Puts one back that was taken and not used.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn put_back(&self, key: &str, limit: Limit) -> Result<(), StoreError> {
        let sql = match self.backend() {
            DbBackend::Postgres => "UPDATE buckets SET full_at = full_at - $2 WHERE key = $1",
            _ => "UPDATE buckets SET full_at = full_at - ?2 WHERE key = ?1",
        };
        let values = [key.into(), limit.every.num_milliseconds().into()];
        self.conn.execute_raw(Statement::from_sql_and_values(self.backend(), sql, values)).await?;
        Ok(())
    }
}

impl Store {
    /// Forgets buckets that are full again.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn prune_buckets(&self) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        Entity::delete_many().filter(Column::FullAt.lte(now)).exec(&self.write).await?;
        Ok(())
    }
}
