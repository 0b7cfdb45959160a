//! Holding an account while it is changed, so that two changes at once cannot both rely on what
//! only one of them leaves true.
use entity::user::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::users::search_text;
use super::{Tx, preferences, rows};
use crate::domain::user::{Role, User, UserId};

impl Tx {
    /// One account and the hash of its password, which stay as they are until this story ends.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_user(&self, id: UserId) -> Result<Option<(User, String)>, StoreError> {
        let found = Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(&self.conn).await?;
        let Some(row) = found else { return Ok(None) };
        let hash = row.password_hash.clone();
        Ok(Some((rows::user(row)?, hash)))
    }

    /// One account, held together with every active admin, and how many of these are others.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_user_and_admins(
        &self,
        id: UserId,
    ) -> Result<Option<(User, usize)>, StoreError> {
        let admins = Condition::all()
            .add(Column::Role.eq(Role::Admin.as_str()))
            .add(Column::IsActive.eq(true));
        // In the order of their ids, so that no two stories wait for each other.
        let held: Vec<Model> = Entity::find()
            .filter(Condition::any().add(Column::Id.eq(id.0)).add(admins))
            .order_by_asc(Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(&self.conn)
            .await?;
        let others = held.iter().filter(|row| row.id != id.0).count();
        let Some(row) = held.into_iter().find(|row| row.id == id.0) else { return Ok(None) };
        Ok(Some((rows::user(row)?, others)))
    }

    /// Writes down what changed about an account that this story holds.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where the e-mail or the confirmed number is another's.
    pub async fn change_user(&self, after: &User) -> Result<(), StoreError> {
        let (verified_at, verified_by) = after.whatsapp_verified.unzip();
        let number = after.whatsapp_number.as_ref();
        let change = ActiveModel {
            email: Set(after.email.clone()),
            full_name: Set(after.full_name.clone()),
            role: Set(after.role.as_str().to_owned()),
            whatsapp_number: Set(number.map(|number| number.as_str().to_owned())),
            whatsapp_verified_at: Set(verified_at),
            whatsapp_verified_by: Set(verified_by.map(|by| by.as_str().to_owned())),
            whatsapp_opt_in_at: Set(after.whatsapp_opt_in_at),
            whatsapp_heard_at: Set(after.whatsapp_heard_at),
            opted_out_at: Set(after.opted_out_at),
            sms_opted_out_at: Set(after.sms_opted_out_at),
            email_opted_out_at: Set(after.email_opted_out_at),
            undeliverable_at: Set(after.undeliverable_at),
            email_verified_at: Set(after.email_verified_at),
            preferences: Set(preferences::written(&after.preferences)),
            locale: Set(after.locale.clone()),
            is_active: Set(after.is_active),
            updated_at: Set(after.updated_at),
            search_text: Set(search_text(&after.username, &after.email, &after.full_name)),
            ..Default::default()
        };
        self.is_only_theirs(after).await?;
        self.keep_name(after).await?;
        self.set_user(after.id, change).await
    }

    /// Gives an account that this story holds another password.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn change_password(&self, id: UserId, hash: String) -> Result<(), StoreError> {
        let change = ActiveModel {
            password_hash: Set(hash),
            updated_at: Set(self.now),
            ..Default::default()
        };
        self.set_user(id, change).await
    }

    pub(super) async fn set_user(&self, id: UserId, change: ActiveModel) -> Result<(), StoreError> {
        let one = Entity::update_many().set(change).filter(Column::Id.eq(id.0));
        one.exec(&self.conn).await?;
        Ok(())
    }
}
