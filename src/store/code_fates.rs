//! What becomes of codes besides being entered: aimed at somebody, blanked, killed, looked for.
use chrono::TimeDelta;
use entity::one_time_code::{Column, Entity};
use entity::{delivery_attempt, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::codes::{Pending, pending};
use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::medium::Medium;
use crate::domain::notification::NotificationId;
use crate::domain::one_time_code::Purpose;
use crate::domain::user::UserId;

impl Tx {
    /// A code belongs to this person from now on, and goes there.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn aim_code(
        &self,
        id: i64,
        user: UserId,
        destination: &str,
        country: &str,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::UserId, Expr::value(user.0))
            .col_expr(Column::Destination, Expr::value(destination))
            .col_expr(Column::Country, Expr::value(country))
            .filter(Column::Id.eq(id))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Ends a code that was entered less than `within` ago; of many who do at the same time one
    /// hears whose it was, and how it came to them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_used_code(
        &self,
        purpose: Purpose,
        subject: &str,
        within: TimeDelta,
    ) -> Result<Option<(UserId, Medium)>, StoreError> {
        let ended = Entity::update_many()
            .col_expr(Column::DeadAt, Expr::value(self.now))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::Subject.eq(subject))
            .filter(Column::UsedAt.gt(self.now - within))
            .filter(Column::DeadAt.is_null())
            .exec_with_returning(&self.conn)
            .await?;
        let Some(row) = ended.into_iter().next() else { return Ok(None) };
        let medium = rows::word("one_time_codes", "channel", &row.channel)?;
        Ok(row.user_id.map(|user| (UserId(user), medium)))
    }

    /// Ends every code that went to this number and was not entered; `false` where none did lately.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_codes_to(&self, destination: &str) -> Result<bool, StoreError> {
        let theirs = || {
            Entity::update_many()
                .filter(Column::Destination.eq(destination))
                .filter(Column::Purpose.ne(Purpose::ReverseNumber.as_str()))
                .filter(Column::UsedAt.is_null())
        };
        // Told twice, it is the same.
        let ended = theirs()
            .col_expr(Column::DeadAt, Expr::value(self.now))
            .col_expr(Column::Sealed, Expr::value(Option::<String>::None))
            .exec(&self.conn)
            .await?;
        Ok(ended.rows_affected > 0)
    }

    /// Forgets every code of this person, and what went to their e-mail and their numbers.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_codes(
        &self,
        id: UserId,
        email: &str,
        numbers: &[String],
    ) -> Result<(), StoreError> {
        let theirs = Condition::any()
            .add(Column::UserId.eq(id.0))
            .add(Column::Subject.eq(email))
            .add(Column::Destination.eq(email))
            .add(Column::Destination.is_in(numbers));
        Entity::delete_many().filter(theirs).exec(&self.conn).await?;
        Ok(())
    }

    /// The e-mail of this account is its owner's.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn email_verified(&self, id: UserId) -> Result<(), StoreError> {
        user::Entity::update_many()
            .col_expr(user::Column::EmailVerifiedAt, Expr::value(self.now))
            .filter(user::Column::Id.eq(id.0))
            .exec(&self.conn)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Blanks a code that a caller gave; `false` where this message carried none.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn blank_seal(&self, letter: NotificationId) -> Result<bool, StoreError> {
        let blanked = Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(Option::<String>::None))
            .filter(Column::NotificationId.eq(letter.0))
            .filter(Column::Sealed.is_not_null())
            .exec(&self.write)
            .await?;
        Ok(blanked.rows_affected > 0)
    }

    /// Codes of this purpose for these numbers that may still be good.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn codes_for(
        &self,
        purpose: Purpose,
        destinations: Vec<String>,
    ) -> Result<Vec<Pending>, StoreError> {
        let found = Entity::find()
            .filter(Column::Destination.is_in(destinations))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::UsedAt.is_null())
            .filter(Column::DeadAt.is_null())
            .filter(Column::ExpiresAt.gt(self.now()))
            .order_by_asc(Column::Id)
            .all(&self.read)
            .await?;
        found.into_iter().map(pending).collect()
    }

    /// The notification that the provider knows by this id.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn letter_by_message(
        &self,
        message: &str,
    ) -> Result<Option<NotificationId>, StoreError> {
        use delivery_attempt::Column as Attempted;
        // PostgreSQL cannot even be asked for a NUL.
        if message.contains('\0') {
            return Ok(None);
        }
        let found: Option<i64> = delivery_attempt::Entity::find()
            .select_only()
            .column(Attempted::NotificationId)
            .filter(Attempted::ProviderMessageId.eq(message))
            .into_tuple()
            .one(&self.read)
            .await?;
        Ok(found.map(NotificationId))
    }
}
