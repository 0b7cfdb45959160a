//! A confirmed number belongs to one account, however it is spelled. The database knows that of one
//! spelling; here is what it does not know.
use entity::user::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Statement,
};

use super::Tx;
use super::error::StoreError;
use crate::domain::phone::PhoneNumber;
use crate::domain::user::{User, UserId};

impl Tx {
    /// That what is confirmed of this account is nobody else's in another spelling.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where it is.
    pub(super) async fn is_only_theirs(&self, after: &User) -> Result<(), StoreError> {
        match (&after.whatsapp_number, &after.whatsapp_verified) {
            (Some(number), Some(_)) => self.nobody_else_has(number, Some(after.id)).await,
            _ => Ok(()),
        }
    }

    /// That nobody but the owner of this account, if there is one already, has confirmed this number.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where somebody has.
    pub(super) async fn nobody_else_has(
        &self,
        number: &PhoneNumber,
        owner: Option<UserId>,
    ) -> Result<(), StoreError> {
        let spellings = number.spellings();
        if spellings.len() < 2 {
            return Ok(());
        }
        if self.backend() == DbBackend::Postgres {
            // Of two who confirm it at once in two spellings, one waits for the other's commit.
            let one = spellings.iter().map(PhoneNumber::as_str).min().unwrap_or_default();
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let asked = Statement::from_sql_and_values(self.backend(), sql, [one.into()]);
            self.conn.execute_raw(asked).await?;
        }
        // Nobody has the id 0.
        let owner = owner.map_or(0, |owner| owner.0);
        let confirmed = || Entity::find().filter(Column::WhatsappVerifiedAt.is_not_null()).limit(1);
        // What somebody has already is nothing that they take.
        let theirs = confirmed()
            .filter(Column::Id.eq(owner))
            .filter(Column::WhatsappNumber.eq(number.as_str()));
        if theirs.count(&self.conn).await? > 0 {
            return Ok(());
        }
        let others = confirmed()
            .filter(Column::Id.ne(owner))
            .filter(Column::WhatsappNumber.is_in(spellings.iter().map(PhoneNumber::as_str)));
        match others.count(&self.conn).await? {
            0 => Ok(()),
            _ => Err(StoreError::Taken("users.whatsapp_number".to_owned())),
        }
    }
}
