//! One-time codes: the rows from which each is made again.
use chrono::{DateTime, Utc};
use entity::one_time_code::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::medium::Medium;
use crate::domain::notification::NotificationId;
use crate::domain::one_time_code::{MOST_TRIES, Purpose, Standing};
use crate::domain::user::UserId;

/// A code to be written down, as far as one may.
#[derive(Clone)]
pub struct NewCode {
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose it is, where there is an account.
    pub user: Option<UserId>,
    /// Under what it is looked for: an account, an e-mail.
    pub subject: String,
    /// By which medium it goes.
    pub medium: Medium,
    /// Where it goes, and nowhere else; empty where that is not known yet.
    pub to: String,
    /// The country by which it is counted.
    pub country: String,
    /// Chance, from which it is made.
    pub nonce: String,
    /// The code itself under a seal, where a caller gave it.
    pub sealed: Option<String>,
    /// What is to be done once it is entered.
    pub payload: Option<String>,
    /// From where it was asked for, as a digest.
    pub address: String,
    /// Tries that count already.
    pub tries: i64,
    /// When it is over.
    pub expires_at: DateTime<Utc>,
}

/// A code that was sent.
#[derive(Clone)]
pub struct Pending {
    /// Its row.
    pub id: i64,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose it is.
    pub user: Option<UserId>,
    /// Under what it is looked for.
    pub subject: String,
    /// By which medium it went.
    pub medium: Medium,
    /// Where it went.
    pub destination: String,
    /// Chance, from which it is made.
    pub nonce: String,
    /// The code itself under a seal.
    pub sealed: Option<String>,
    /// What is to be done once it is entered.
    pub payload: Option<String>,
    /// From where it was asked for.
    pub address: String,
    /// How far it has come.
    pub standing: Standing,
    /// The message that carried it last.
    pub notification: Option<NotificationId>,
}

impl Tx {
    /// Writes a code down, and answers its row.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_code(&self, new: NewCode) -> Result<i64, StoreError> {
        let row = ActiveModel {
            id: NotSet,
            purpose: Set(new.purpose.as_str().to_owned()),
            user_id: Set(new.user.map(|user| user.0)),
            subject: Set(new.subject),
            channel: Set(new.medium.as_str().to_owned()),
            destination: Set(new.to),
            country: Set(new.country),
            nonce: Set(new.nonce),
            sealed: Set(new.sealed),
            payload: Set(new.payload),
            address: Set(new.address),
            tries: Set(new.tries),
            sends: Set(1),
            created_at: Set(self.now),
            expires_at: Set(new.expires_at),
            used_at: Set(None),
            dead_at: Set(None),
            notification_id: Set(None),
        };
        Ok(Entity::insert(row).exec(&self.conn).await?.last_insert_id)
    }

    /// Codes of this purpose that may still be good, the first one first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn pending_codes(
        &self,
        purpose: Purpose,
        subject: &str,
    ) -> Result<Vec<Pending>, StoreError> {
        let found = alive(purpose, subject, self.now).order_by_asc(Column::Id).all(&self.conn);
        found.await?.into_iter().map(pending).collect()
    }

    /// Another code in the place of one that was sent: it goes another time, and nothing else of it
    /// begins anew.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn renew_code(&self, id: i64, nonce: String) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Nonce, Expr::value(nonce))
            .col_expr(Column::Sends, Expr::col(Column::Sends).add(1))
            .filter(Column::Id.eq(id))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Ends codes of this purpose: a new one ends the old.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_codes(&self, purpose: Purpose, subject: &str) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::DeadAt, Expr::value(self.now))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::Subject.eq(subject))
            .filter(Column::UsedAt.is_null())
            .filter(Column::DeadAt.is_null())
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Uses a code, once: of many who do at the same time one hears `true`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn use_code(&self, code: &Pending) -> Result<bool, StoreError> {
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(self.now))
            .filter(Column::Id.eq(code.id))
            .filter(Column::Nonce.eq(&code.nonce))
            .filter(Column::UsedAt.is_null())
            .filter(Column::DeadAt.is_null())
            .filter(Column::ExpiresAt.gt(self.now))
            .exec(&self.conn)
            .await?;
        Ok(used.rows_affected == 1)
    }
}

impl Store {
    /// Counts one more try at every code of this purpose that may still be good, and answers them.
    /// It is true before anybody looks whether the code fits.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn try_codes(
        &self,
        purpose: Purpose,
        subject: &str,
    ) -> Result<Vec<Pending>, StoreError> {
        let now = self.now();
        let tried = Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
            .filter(Column::Purpose.eq(purpose.as_str()))
            .filter(Column::Subject.eq(subject))
            .filter(Column::Tries.lt(MOST_TRIES))
            .filter(Column::UsedAt.is_null())
            .filter(Column::DeadAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .exec_with_returning(&self.write)
            .await?;
        tried.into_iter().map(pending).collect()
    }

    /// The code that this message carries.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn code_of(&self, letter: NotificationId) -> Result<Option<Pending>, StoreError> {
        let found = Entity::find()
            .filter(Column::NotificationId.eq(letter.0))
            .filter(Column::UsedAt.is_null())
            .filter(Column::DeadAt.is_null())
            .one(&self.write);
        found.await?.map(pending).transpose()
    }
}

/// Codes of this purpose that may still be good.
fn alive(purpose: Purpose, subject: &str, now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::Subject.eq(subject))
        .filter(Column::UsedAt.is_null())
        .filter(Column::DeadAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
}

pub(super) fn pending(row: Model) -> Result<Pending, StoreError> {
    const TABLE: &str = "one_time_codes";
    Ok(Pending {
        id: row.id,
        purpose: rows::word(TABLE, "purpose", &row.purpose)?,
        user: row.user_id.map(UserId),
        subject: row.subject,
        medium: rows::word(TABLE, "channel", &row.channel)?,
        destination: row.destination,
        nonce: row.nonce,
        sealed: row.sealed,
        payload: row.payload,
        address: row.address,
        standing: Standing { tries: row.tries, sends: row.sends, expires_at: row.expires_at },
        notification: row.notification_id.map(NotificationId),
    })
}
