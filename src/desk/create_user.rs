//! Opening an account: by oneself, or from the shell.
use super::Desk;
use super::error::{Conflict, DeskError};
use crate::domain::account::{Application, NewAccount};
use crate::domain::text::Flaws;
use crate::domain::user::{Role, User, VerifiedBy};
use crate::store::error::StoreError;
use crate::store::users::NewUser;

impl Desk {
    /// Opens an account for whoever asks; they are a client, and their number is to be confirmed.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Conflict`] where something is taken.
    pub async fn register(&self, application: Application) -> Result<User, DeskError> {
        if !self.open_registration {
            return Err(DeskError::RegistrationClosed);
        }
        let account = read(application)?;
        self.open_account(account, Role::Client, None).await
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
        let account = read(application)?;
        self.open_account(account, role, Some(VerifiedBy::Admin)).await
    }

    async fn open_account(
        &self,
        account: NewAccount,
        role: Role,
        verified_by: Option<VerifiedBy>,
    ) -> Result<User, DeskError> {
        let password_hash = self.passwords.hash(account.password.clone()).await?;
        let locale = account.locale.clone().unwrap_or_else(|| self.locale.clone());
        let tx = self.store.begin().await?;
        let new = NewUser { account, password_hash, role, verified_by, locale };
        let user = tx.add_user(new).await.map_err(taken)?;
        tx.commit().await?;
        Ok(user)
    }
}

fn read(application: Application) -> Result<NewAccount, DeskError> {
    let mut flaws = Flaws::default();
    let account = application.read(&mut flaws);
    flaws.check().map_err(DeskError::Invalid)?;
    account.ok_or_else(|| DeskError::Defect("an account without flaws was not read".to_owned()))
}

/// Which of the three it was; SQLite names the columns, PostgreSQL the index.
fn taken(error: StoreError) -> DeskError {
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
