//! Opening an account: by oneself, or from the shell.
use std::net::IpAddr;

use super::Desk;
use super::error::{Conflict, DeskError};
use crate::domain::account::{Application, NewAccount};
use crate::domain::text::{FieldError, Flaws};
use crate::domain::user::{Role, User, VerifiedBy};
use crate::store::error::StoreError;
use crate::store::users::NewUser;

impl Desk {
    /// Opens an account for whoever asks; they are a client, and their number is to be confirmed.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Conflict`] where something is taken;
    /// [`DeskError::Limited`] where the address has opened its share.
    pub async fn register(
        &self,
        application: Result<Application, Vec<FieldError>>,
        from: IpAddr,
    ) -> Result<User, DeskError> {
        if !self.open_registration {
            return Err(DeskError::RegistrationClosed);
        }
        let account = read(application.map_err(DeskError::Invalid)?, Flaws::default())?;
        let attempt = self.limits.registration(from).await?;
        let opened = self.open_account(account, Role::Client, None).await;
        match &opened {
            Ok(_) => attempt.opened().await?,
            Err(DeskError::Conflict(_)) => attempt.told_what_is_taken().await?,
            Err(_) => attempt.does_not_count().await?,
        }
        opened
    }

    /// Opens an account from the shell; whoever has the shell vouches for the number.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub async fn create_user(
        &self,
        application: Application,
        role: Role,
    ) -> Result<User, DeskError> {
        let account = read(application, Flaws::default())?;
        self.open_account(account, role, Some(VerifiedBy::Admin)).await
    }

    async fn open_account(
        &self,
        account: NewAccount,
        role: Role,
        verified_by: Option<VerifiedBy>,
    ) -> Result<User, DeskError> {
        let new = self.new_user(account, role, verified_by).await?;
        let tx = self.store.begin().await?;
        let user = tx.add_user(new).await.map_err(taken)?;
        tx.commit().await?;
        Ok(user)
    }

    /// The account as it is to be written down; its password is hashed.
    pub(super) async fn new_user(
        &self,
        account: NewAccount,
        role: Role,
        verified_by: Option<VerifiedBy>,
    ) -> Result<NewUser, DeskError> {
        let password_hash = self.passwords.hash(account.password.clone()).await?;
        let locale = account.locale.clone().unwrap_or_else(|| self.locale.clone());
        Ok(NewUser { account, password_hash, role, verified_by, opted_in: None, locale })
    }
}

pub(super) fn read(application: Application, mut flaws: Flaws) -> Result<NewAccount, DeskError> {
    let account = application.read(&mut flaws);
    flaws.check().map_err(DeskError::Invalid)?;
    account.ok_or_else(|| DeskError::Defect("an account without flaws was not read".to_owned()))
}

/// Which of the three it was; SQLite names the columns, PostgreSQL the index.
pub(super) fn taken(error: StoreError) -> DeskError {
    match &error {
        StoreError::Taken(what) if what.contains("username") => {
            DeskError::Conflict(Conflict::UsernameTaken)
        }
        StoreError::Taken(what) if what.contains("email") => {
            DeskError::Conflict(Conflict::EmailTaken)
        }
        StoreError::Taken(what) if what.contains("number") => {
            DeskError::Conflict(Conflict::NumberTaken)
        }
        _ => DeskError::Store(error),
    }
}
