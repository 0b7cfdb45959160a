//! What codes are counted by: the budget of a day, what became of those to a country,
//! and numbers that are left alone.
use chrono::TimeDelta;
use entity::{bucket, one_time_code};
use one_time_code::Column;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::code_limits::{Fate, GUARDED, end_of_day};
use crate::domain::limit::Limit;
use crate::domain::one_time_code::{LIFETIME, Purpose};

/// Longer than the guard looks back, and than anybody types.
const KEPT: TimeDelta = TimeDelta::hours(24);

impl Tx {
    /// Takes one out of today's budget; where it is used up, the milliseconds until tomorrow.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn take_of_budget(&self, budget: i64) -> Result<Result<(), i64>, StoreError> {
        let ends = end_of_day(self.now);
        // It counts in milliseconds from the end of the day on: no day fills again.
        let limit = Limit { most: budget, every: TimeDelta::milliseconds(1) };
        let key = format!("codes until {}", ends.timestamp());
        let taken = self.take_at(&key, limit, ends.timestamp_millis()).await?;
        Ok(taken.map_err(|_| (ends - self.now).num_milliseconds().max(1)))
    }

    /// What became of the codes to a country lately, of those whose time is over.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn fate_of_codes(&self, country: &str) -> Result<Fate, StoreError> {
        let over = one_time_code::Entity::find()
            .filter(Column::Country.eq(country))
            // What became of the codes of others is not known here.
            .filter(Column::Purpose.ne(Purpose::External.as_str()))
            .filter(Column::CreatedAt.gt(self.now - GUARDED))
            .filter(Column::CreatedAt.lte(self.now - LIFETIME));
        let sent = over.clone().count(&self.conn).await?;
        let entered = over.filter(Column::UsedAt.is_not_null()).count(&self.conn).await?;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(Fate { sent: count(sent), entered: count(entered) })
    }

    /// For how many milliseconds this bucket is not full yet, where it is not.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn not_full_for(&self, key: &str) -> Result<Option<i64>, StoreError> {
        let found = bucket::Entity::find_by_id(key.to_owned()).one(&self.conn).await?;
        let wait = found.map(|bucket| bucket.full_at - self.now.timestamp_millis());
        Ok(wait.filter(|wait| *wait > 0))
    }
}

impl Store {
    /// Forgets codes that are over, with whatever was to be done once they are entered.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn prune_codes(&self) -> Result<(), StoreError> {
        one_time_code::Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(Option::<String>::None))
            .filter(Column::Sealed.is_not_null())
            .filter(Column::ExpiresAt.lte(self.now()))
            .exec(&self.write)
            .await?;
        one_time_code::Entity::delete_many()
            .filter(Column::CreatedAt.lte(self.now() - KEPT))
            .exec(&self.write)
            .await?;
        Ok(())
    }
}
