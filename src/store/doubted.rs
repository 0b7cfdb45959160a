//! Numbers of which nobody knows any more whether they are still their person's: they are to be
//! confirmed anew before anything goes there.
use chrono::{DateTime, TimeDelta, Utc};
use entity::user::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, UpdateMany};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::phone::PhoneNumber;
use crate::domain::user::UserId;

/// Networks give a number that nobody uses to somebody else, in the United States 45 days after it was
/// given up at the earliest (47 CFR 52.15(f)(1)(ii)). Whoever neither wrote to us nor logged in for so
/// long may have given theirs up.
const SILENT: TimeDelta = TimeDelta::days(90);

impl Store {
    /// Doubts the numbers of people who were not heard of for 90 days, and says of how many.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn doubt_silent_numbers(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let since = now - SILENT;
        let silent = |column: Column| column.is_null().or(column.lte(since));
        let theirs =
            Condition::all().add(silent(Column::LoggedInAt)).add(silent(Column::WhatsappHeardAt));
        Ok(doubted(theirs, since, now).exec(&self.write).await?.rows_affected)
    }
}

impl Tx {
    /// This number is another person's, as the provider said then. Who confirmed it later has it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn number_left(
        &self,
        number: &PhoneNumber,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let spellings = number.spellings();
        let theirs = Column::WhatsappNumber.is_in(spellings.iter().map(PhoneNumber::as_str));
        let doubted = doubted(Condition::all().add(theirs), at, self.now);
        Ok(doubted.exec(&self.conn).await?.rows_affected)
    }

    /// The same where it was learned when a message went to this person there.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn number_left_by(
        &self,
        of: UserId,
        number: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let theirs =
            Condition::all().add(Column::Id.eq(of.0)).add(Column::WhatsappNumber.eq(number));
        Ok(doubted(theirs, at, self.now).exec(&self.conn).await?.rows_affected)
    }
}

/// Their numbers are confirmed no more, where that was done before `at`; nor is a window open.
fn doubted(whose: Condition, at: DateTime<Utc>, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::WhatsappVerifiedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::WhatsappVerifiedBy, Expr::value(Option::<String>::None))
        .col_expr(Column::WhatsappHeardAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(whose)
        .filter(Column::WhatsappVerifiedAt.lte(at))
}
