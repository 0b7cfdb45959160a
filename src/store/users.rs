//! Accounts.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::user::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};

use super::bulk::among;
use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::account::NewAccount;
use crate::domain::user::{Role, User, UserId, VerifiedBy};

/// An account to be written down.
#[derive(Clone)]
pub struct NewUser {
    /// What was read from the application.
    pub account: NewAccount,
    /// The hash of its password, as a PHC string.
    pub password_hash: String,
    /// What it is here for.
    pub role: Role,
    /// How we trust its number from the start, where we do.
    pub verified_by: Option<VerifiedBy>,
    /// The language we write in.
    pub locale: String,
}

impl Store {
    /// One account.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Entity::find_by_id(id.0).one(&self.read).await?.map(rows::user).transpose()
    }

    /// The account with this username or e-mail, and its password hash.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn user_by_login(&self, name: &str) -> Result<Option<(User, String)>, StoreError> {
        let either = Condition::any().add(Column::Username.eq(name)).add(Column::Email.eq(name));
        let Some(row) = Entity::find().filter(either).one(&self.read).await? else {
            return Ok(None);
        };
        let hash = row.password_hash.clone();
        Ok(Some((rows::user(row)?, hash)))
    }

    /// Whether there is any account yet.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(Entity::find().limit(1).count(&self.read).await? > 0)
    }

    /// The names of these people.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn names(&self, ids: Vec<i64>) -> Result<HashMap<i64, String>, StoreError> {
        names(&self.read, ids).await
    }
}

impl Tx {
    /// Writes a new account down.
    ///
    /// # Errors
    /// [`StoreError::Taken`] names the constraint where the username, the e-mail or the confirmed
    /// number is another's.
    pub async fn add_user(&self, new: NewUser) -> Result<User, StoreError> {
        let row = Entity::insert(row(new, self.now)).exec_with_returning(&self.conn).await?;
        rows::user(row)
    }

    /// One account, as this story sees it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Entity::find_by_id(id.0).one(&self.conn).await?.map(rows::user).transpose()
    }

    /// Every active admin, and these people besides.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn people_around(&self, ids: &[UserId]) -> Result<People, StoreError> {
        people_around(&self.conn, ids).await
    }

    pub(super) async fn names(&self, ids: Vec<i64>) -> Result<HashMap<i64, String>, StoreError> {
        names(&self.conn, ids).await
    }
}

impl Store {
    /// As in a story; for a story that can begin meanwhile.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn people_around(&self, ids: &[UserId]) -> Result<People, StoreError> {
        people_around(&self.read, ids).await
    }
}

async fn people_around(conn: &impl ConnectionTrait, ids: &[UserId]) -> Result<People, StoreError> {
    let admins =
        Condition::all().add(Column::Role.eq(Role::Admin.as_str())).add(Column::IsActive.eq(true));
    let asked = among(conn.get_database_backend(), Column::Id, ids.iter().map(|id| id.0));
    let found: Vec<Model> =
        Entity::find().filter(Condition::any().add(admins).add(asked)).all(conn).await?;
    let found = found.into_iter().map(|row| Ok((UserId(row.id), rows::user(row)?)));
    Ok(People(found.collect::<Result<_, StoreError>>()?))
}

/// The people around some tickets at one moment.
#[derive(Debug)]
pub struct People(HashMap<UserId, User>);

impl People {
    /// One of them.
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.0.get(&id)
    }

    /// Every active admin, in the order of their ids.
    pub fn admins(&self) -> Vec<UserId> {
        let admin = |user: &&User| user.role == Role::Admin && user.is_active;
        let mut ids: Vec<UserId> = self.0.values().filter(admin).map(|user| user.id).collect();
        ids.sort_by_key(|id| id.0);
        ids
    }
}

async fn names(
    conn: &impl ConnectionTrait,
    mut ids: Vec<i64>,
) -> Result<HashMap<i64, String>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(i64, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::FullName])
        .filter(Column::Id.is_in(ids))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

fn row(new: NewUser, now: DateTime<Utc>) -> ActiveModel {
    let number = new.account.whatsapp_number;
    let verified = new.verified_by.filter(|_| number.is_some());
    ActiveModel {
        id: NotSet,
        username: Set(new.account.username),
        email: Set(new.account.email),
        password_hash: Set(new.password_hash),
        full_name: Set(new.account.full_name),
        role: Set(new.role.as_str().to_owned()),
        whatsapp_number: Set(number.map(|number| number.as_str().to_owned())),
        whatsapp_verified_at: Set(verified.map(|_| now)),
        whatsapp_verified_by: Set(verified.map(|by| by.as_str().to_owned())),
        // Confirming a number is agreeing to hear from us.
        whatsapp_opt_in_at: Set(verified.map(|_| now)),
        locale: Set(new.locale),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
    }
}
