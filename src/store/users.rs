//! Accounts.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::user::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::bulk::among;
use super::error::StoreError;
use super::narrowed::{cells, one_of};
use super::{Store, Tx, rows};
use crate::domain::account::NewAccount;
use crate::domain::user::{Role, User, UserFilter, UserId, VerifiedBy};

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
    /// Whether they agreed to hear from us, where somebody said so.
    pub opted_in: Option<bool>,
    /// The language we write in.
    pub locale: String,
}

impl Store {
    /// The newest `most` accounts that `filter` asks for, older than `before`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn users(
        &self,
        filter: &UserFilter,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<User>, StoreError> {
        let mut find = Entity::find();
        let role = Expr::col(Column::Role.as_column_ref());
        if let Some(role) = one_of(role, cells(&filter.role, |role| role.as_str())) {
            find = find.filter(role);
        }
        if let Some(is_active) = filter.is_active {
            find = find.filter(Column::IsActive.eq(is_active));
        }
        for word in &filter.words {
            let like = || LikeExpr::new(format!("%{}%", escaped(word))).escape('\\');
            let either = Condition::any()
                .add(Column::SearchText.like(like()))
                .add(Column::WhatsappNumber.like(like()));
            find = find.filter(either);
        }
        if let Some(id) = before {
            find = find.filter(Column::Id.lt(id));
        }
        let found = find.order_by_desc(Column::Id).limit(most).all(&self.read).await?;
        found.into_iter().map(rows::user).collect()
    }

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
        let found = Entity::find().filter(either).filter(Column::ErasedAt.is_null());
        let Some(row) = found.one(&self.read).await? else {
            return Ok(None);
        };
        let hash = row.password_hash.clone();
        Ok(Some((rows::user(row)?, hash)))
    }

    /// One account, and its password hash.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn login_of(&self, id: UserId) -> Result<Option<(User, String)>, StoreError> {
        let Some(row) = Entity::find_by_id(id.0).one(&self.read).await? else { return Ok(None) };
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
}

impl Tx {
    /// Writes a new account down.
    ///
    /// # Errors
    /// [`StoreError::Taken`] names the constraint where the username, the e-mail or the confirmed
    /// number is another's.
    pub async fn add_user(&self, new: NewUser) -> Result<User, StoreError> {
        // Where more than one thing is taken, every database names the username.
        let namesake = Entity::find().filter(Column::Username.eq(&new.account.username));
        if namesake.limit(1).count(&self.conn).await? > 0 {
            return Err(StoreError::Taken("users.username".to_owned()));
        }
        if let (Some(number), Some(_)) = (&new.account.whatsapp_number, new.verified_by) {
            self.nobody_else_has(number, None).await?;
        }
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

/// What people are sought by; the databases differ in what they take for a lower case.
pub(super) fn search_text(username: &str, email: &str, full_name: &str) -> String {
    format!("{username} {email} {full_name}").to_lowercase()
}

/// A word with nothing in it that `LIKE` would read.
fn escaped(word: &str) -> String {
    word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

fn row(new: NewUser, now: DateTime<Utc>) -> ActiveModel {
    let account = &new.account;
    let sought = search_text(&account.username, &account.email, &account.full_name);
    let number = new.account.whatsapp_number;
    let verified = new.verified_by.filter(|_| number.is_some());
    ActiveModel {
        id: NotSet,
        search_text: Set(sought),
        erased_at: Set(None),
        username: Set(new.account.username),
        email: Set(new.account.email),
        password_hash: Set(new.password_hash),
        full_name: Set(new.account.full_name),
        role: Set(new.role.as_str().to_owned()),
        whatsapp_number: Set(number.map(|number| number.as_str().to_owned())),
        whatsapp_verified_at: Set(verified.map(|_| now)),
        whatsapp_verified_by: Set(verified.map(|by| by.as_str().to_owned())),
        // Confirming a number is agreeing to hear from us.
        whatsapp_opt_in_at: Set(new.opted_in.unwrap_or(verified.is_some()).then_some(now)),
        locale: Set(new.locale),
        whatsapp_heard_at: Set(None),
        email_verified_at: Set(None),
        preferences: Set(None),
        opted_out_at: Set(None),
        sms_opted_out_at: Set(None),
        sms_wish_at: Set(None),
        email_opted_out_at: Set(None),
        undeliverable_at: Set(None),
        seen_at: Set(None),
        former_names: Set(None),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
    }
}
