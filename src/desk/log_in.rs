//! Logging in with a name and a password.
use std::net::IpAddr;

use super::Desk;
use super::error::DeskError;
use super::sessions::LoggedIn;
use crate::domain::account;

/// Longer than any password: nobody makes us hash a novel.
const LONGEST_PASSWORD: usize = 512;

impl Desk {
    /// Logs somebody in; a wrong name and a wrong password look and take the same.
    ///
    /// # Errors
    /// [`DeskError::WrongCredentials`]; an account that is switched off looks the same.
    /// [`DeskError::Limited`] after too many wrong ones.
    pub async fn log_in(
        &self,
        name: &str,
        password: String,
        from: IpAddr,
    ) -> Result<LoggedIn, DeskError> {
        if password.len() > LONGEST_PASSWORD || name.len() > LONGEST_PASSWORD {
            return Err(DeskError::WrongCredentials);
        }
        let name = account::login(name);
        // PostgreSQL cannot even be asked for a NUL, and no name holds one.
        let found = match name.contains('\0') {
            true => None,
            false => self.store.user_by_login(&name).await?,
        };
        let (user, hash) = found.unzip();
        let id = user.as_ref().map(|user| user.id);
        // By what was typed: by the account it would tell which e-mail is whose.
        let attempt = self.limits.password(&name, id, from).await?;
        let fits = match self.passwords.check(password, hash.clone()).await {
            Ok(fits) => fits,
            Err(error) => {
                attempt.does_not_count().await?;
                return Err(error);
            }
        };
        let user = user.filter(|user| fits && user.is_active).ok_or(DeskError::WrongCredentials)?;
        let tx = self.store.begin().await?;
        // Meanwhile the password may have changed, and every session with it.
        let now = tx.hold_user(user.id).await?;
        let Some((user, _)) =
            now.filter(|(user, now)| user.is_active && hash.as_ref() == Some(now))
        else {
            return Err(DeskError::WrongCredentials);
        };
        attempt.does_not_count_in(&tx).await?;
        let refresh_token = self.begin_session(&tx, &user, self.limits.address(from)).await?;
        let since = tx.now;
        tx.commit().await?;
        self.logged_in(user, refresh_token, since)
    }
}
