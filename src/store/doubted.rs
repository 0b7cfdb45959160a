//! Numbers of which nobody knows any more whether they are still their person's: they are to be
//! confirmed anew before anything goes there.
use chrono::{DateTime, TimeDelta, Utc};
use entity::user::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, UpdateMany};

use super::error::StoreError;
use super::{Store, Tx, db_clock};
use crate::domain::phone::PhoneNumber;
use crate::domain::user::{Role, UserId};

/// Networks give a number that nobody uses to somebody else, in the United States 45 days after it was
/// given up at the earliest (47 CFR 52.15(f)(1)(ii)). A client who neither wrote to us nor logged in
/// for so long may have given theirs up; admins know who works with them, and what is CRITICAL must
/// reach those.
const SILENT: TimeDelta = TimeDelta::days(90);

impl Store {
    /// Doubts the numbers of clients who were not heard of for 90 days by the database's clock, and says
    /// of how many.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn doubt_silent_numbers(&self) -> Result<u64, StoreError> {
        let backend = self.write.get_database_backend();
        let since = || db_clock::now_plus(backend, self.clock.ahead() - SILENT);
        let silent = |column: Column| column.is_null().or(Expr::col(column).lte(since()));
        let theirs = Condition::all()
            .add(Column::Role.eq(Role::Client.as_str()))
            .add(silent(Column::SeenAt))
            .add(silent(Column::WhatsappHeardAt));
        Ok(doubted(theirs, since(), self.now()).exec(&self.write).await?.rows_affected)
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
fn doubted(whose: Condition, at: impl Into<SimpleExpr>, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::WhatsappVerifiedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::WhatsappVerifiedBy, Expr::value(Option::<String>::None))
        .col_expr(Column::WhatsappHeardAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(whose)
        .filter(Expr::col(Column::WhatsappVerifiedAt).lte(at))
}
