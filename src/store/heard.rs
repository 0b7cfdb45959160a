//! People who wrote to us: their window is open, and they agree to be answered.
use chrono::{DateTime, Utc};
use entity::user::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::Tx;
use super::error::StoreError;
use crate::domain::consent::Said;
use crate::domain::phone::PhoneNumber;
use crate::domain::user::UserId;

impl Tx {
    /// This person wants no more text messages.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn no_more_texts(&self, of: UserId) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::SmsOptedOutAt, Expr::value(self.now))
            .filter(Column::Id.eq(of.0))
            .filter(Column::SmsOptedOutAt.is_null())
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Opens the window of whoever has this number, where it is confirmed and their account active,
    /// and keeps what they said about hearing from us. What comes late shortens no window, and takes
    /// back nothing that was said later.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn heard_from(
        &self,
        from: &PhoneNumber,
        at: DateTime<Utc>,
        said: Said,
    ) -> Result<(), StoreError> {
        // No window opens in the future, however far the provider's clock is ahead.
        let at = std::cmp::min(at, self.now);
        let before = |column: Column| Condition::any().add(column.is_null()).add(column.lt(at));
        let known = Condition::all()
            .add(Column::WhatsappNumber.is_in(from.spellings().iter().map(PhoneNumber::as_str)))
            .add(Column::WhatsappVerifiedAt.is_not_null())
            .add(Column::IsActive.eq(true));
        let change = |column, value: Option<DateTime<Utc>>| {
            Entity::update_many().col_expr(column, Expr::value(value)).filter(known.clone())
        };
        let later =
            change(Column::WhatsappHeardAt, Some(at)).filter(before(Column::WhatsappHeardAt));
        later.exec(&self.conn).await?;
        let wishes = match said {
            Said::Enough => change(Column::OptedOutAt, Some(at))
                .col_expr(Column::WhatsappOptInAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(
                    Condition::any()
                        .add(before(Column::WhatsappOptInAt))
                        .add(Column::WhatsappOptInAt.eq(at)),
                )
                .filter(before(Column::OptedOutAt)),
            Said::Again => change(Column::WhatsappOptInAt, Some(at))
                .col_expr(Column::OptedOutAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(before(Column::WhatsappOptInAt))
                .filter(before(Column::OptedOutAt)),
            // To write to us is consent, where nobody took it back.
            Said::Else => change(Column::WhatsappOptInAt, Some(at))
                .filter(Column::WhatsappOptInAt.is_null())
                .filter(Column::OptedOutAt.is_null()),
        };
        wishes.exec(&self.conn).await?;
        Ok(())
    }
}
