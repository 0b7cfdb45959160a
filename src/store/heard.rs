//! People who wrote to us: their window is open, and they agree to be answered, or do not.
use chrono::{DateTime, Utc};
use entity::user::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, UpdateMany};

use super::Tx;
use super::error::StoreError;
use crate::domain::consent::Said;
use crate::domain::phone::PhoneNumber;
use crate::domain::user::UserId;

impl Tx {
    /// The provider says that this person wants no more text messages at this number, as it stood
    /// when it was asked to send one. What they said later stands.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn no_more_texts(
        &self,
        of: UserId,
        to: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let theirs = Condition::all().add(Column::Id.eq(of.0)).add(Column::WhatsappNumber.eq(to));
        self.texts_are_unwanted(theirs, at).await
    }

    /// This person chose text messages, whatever they said before.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn texts_again(&self, of: UserId) -> Result<(), StoreError> {
        self.texts_are_wanted(Condition::all().add(Column::Id.eq(of.0)), self.now).await
    }

    /// This person wants no more e-mails about tickets; whoever said so before has said it since then.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn no_more_mails(&self, of: UserId) -> Result<(), StoreError> {
        let whose = Condition::all().add(Column::Id.eq(of.0)).add(Column::ErasedAt.is_null());
        let first = change(&whose, Column::EmailOptedOutAt, Some(self.now));
        first.filter(Column::EmailOptedOutAt.is_null()).exec(&self.conn).await?;
        Ok(())
    }

    /// Opens the window of whoever has this number, where it is confirmed and their account active.
    /// What comes late shortens no window.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn heard_from(
        &self,
        from: &PhoneNumber,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let at = self.not_later(at);
        // Whoever writes is there.
        let later = change(&of(from), Column::WhatsappHeardAt, Some(at))
            .col_expr(Column::UndeliverableAt, Expr::value(Option::<DateTime<Utc>>::None))
            .filter(before(Column::WhatsappHeardAt, at));
        later.exec(&self.conn).await?;
        Ok(())
    }

    /// Whoever has this number is still there, by whichever medium they said so.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn seen(&self, from: &PhoneNumber, at: DateTime<Utc>) -> Result<(), StoreError> {
        let at = self.not_later(at);
        let later = change(&of(from), Column::SeenAt, Some(at)).filter(before(Column::SeenAt, at));
        later.exec(&self.conn).await?;
        Ok(())
    }

    /// Keeps what whoever has this number said on WhatsApp about hearing from us. What comes late
    /// takes back nothing that was said later.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn said(
        &self,
        from: &PhoneNumber,
        at: DateTime<Utc>,
        said: Said,
    ) -> Result<(), StoreError> {
        let (at, known) = (self.not_later(at), of(from));
        let wishes = match said {
            Said::Enough => change(&known, Column::OptedOutAt, Some(at))
                .col_expr(Column::WhatsappOptInAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(
                    Condition::any()
                        .add(before(Column::WhatsappOptInAt, at))
                        .add(Column::WhatsappOptInAt.eq(at)),
                )
                .filter(before(Column::OptedOutAt, at)),
            Said::Again => change(&known, Column::WhatsappOptInAt, Some(at))
                .col_expr(Column::OptedOutAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(before(Column::WhatsappOptInAt, at))
                .filter(before(Column::OptedOutAt, at)),
            // To write to us is consent, where nobody took it back.
            Said::Else => change(&known, Column::WhatsappOptInAt, Some(at))
                .filter(Column::WhatsappOptInAt.is_null())
                .filter(Column::OptedOutAt.is_null()),
        };
        wishes.exec(&self.conn).await?;
        Ok(())
    }

    /// The same for what they said by text message, which counts for text messages alone.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn said_by_text(
        &self,
        from: &PhoneNumber,
        at: DateTime<Utc>,
        said: Said,
    ) -> Result<(), StoreError> {
        let at = self.not_later(at);
        match said {
            Said::Enough => self.texts_are_unwanted(of(from), at).await,
            Said::Again => self.texts_are_wanted(of(from), at).await,
            Said::Else => Ok(()),
        }
    }

    async fn texts_are_unwanted(
        &self,
        whose: Condition,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // Whoever said so before has said it since then.
        let first = change(&whose, Column::SmsOptedOutAt, Some(at))
            .col_expr(Column::SmsWishAt, Expr::value(at))
            .filter(Column::SmsOptedOutAt.is_null());
        first.filter(before(Column::SmsWishAt, at)).exec(&self.conn).await?;
        Ok(())
    }

    async fn texts_are_wanted(
        &self,
        whose: Condition,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let wanted = change(&whose, Column::SmsOptedOutAt, None)
            .col_expr(Column::SmsWishAt, Expr::value(at));
        wanted.filter(before(Column::SmsWishAt, at)).exec(&self.conn).await?;
        Ok(())
    }

    /// Nothing was said in the future, however far the provider's clock is ahead.
    fn not_later(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        std::cmp::min(at, self.now)
    }
}

/// Whoever has this number, where it is confirmed and their account active.
fn of(number: &PhoneNumber) -> Condition {
    Condition::all()
        .add(Column::WhatsappNumber.is_in(number.spellings().iter().map(PhoneNumber::as_str)))
        .add(Column::WhatsappVerifiedAt.is_not_null())
        .add(Column::IsActive.eq(true))
}

fn change(whose: &Condition, column: Column, value: Option<DateTime<Utc>>) -> UpdateMany<Entity> {
    Entity::update_many().col_expr(column, Expr::value(value)).filter(whose.clone())
}

fn before(column: Column, at: DateTime<Utc>) -> Condition {
    Condition::any().add(column.is_null()).add(column.lt(at))
}
