//! Logging in with a name and a password.
use super::error::DeskError;
use super::{Desk, tokens};
use crate::domain::user::{Actor, User};

/// Longer than any password: nobody makes us hash a novel.
const LONGEST_PASSWORD: usize = 512;

/// Somebody who has logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token to show from now on.
    pub access_token: String,
    /// For how many seconds it is good.
    pub expires_in: i64,
    /// Who they are.
    pub user: User,
}

impl Desk {
    /// Logs somebody in; a wrong name and a wrong password look and take the same.
    ///
    /// # Errors
    /// [`DeskError::WrongCredentials`]; an account that is switched off looks the same.
    pub async fn log_in(&self, name: &str, password: String) -> Result<LoggedIn, DeskError> {
        if password.len() > LONGEST_PASSWORD || name.len() > LONGEST_PASSWORD {
            return Err(DeskError::WrongCredentials);
        }
        let name = name.trim().to_lowercase();
        // PostgreSQL cannot even be asked for a NUL, and no name holds one.
        let found = match name.contains('\0') {
            true => None,
            false => self.store.user_by_login(&name).await?,
        };
        let (user, hash) = found.unzip();
        let fits = self.passwords.check(password, hash).await?;
        let user = user.filter(|user| fits && user.is_active).ok_or(DeskError::WrongCredentials)?;
        let actor = Actor { id: user.id, role: user.role };
        let access_token = self
            .tokens
            .issue(actor, self.store.now())
            .map_err(|error| DeskError::Defect(format!("a token could not be signed: {error}")))?;
        Ok(LoggedIn { access_token, expires_in: tokens::LIFETIME.num_seconds(), user })
    }
}
