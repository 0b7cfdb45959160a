//! Changing one's own password.
use std::net::IpAddr;

use super::Desk;
use super::error::DeskError;
use super::once::{Done, Once};
use crate::domain::account::password;
use crate::domain::text::{FieldError, Flaws};
use crate::domain::user::Actor;

/// What somebody typed.
#[derive(Clone, Default)]
pub struct NewPassword {
    /// The one that they have.
    pub current: Option<String>,
    /// The one that they want.
    pub new: Option<String>,
}

impl Desk {
    /// Changes one's own password; every refresh token ends.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names what is wrong, the current password included;
    /// [`DeskError::Limited`] after too many wrong ones, counted with those of the log-in.
    pub async fn change_password(
        &self,
        typed: Result<NewPassword, Vec<FieldError>>,
        by: Actor,
        from: IpAddr,
        once: Option<Once<()>>,
    ) -> Result<Done<()>, DeskError> {
        self.once(once.as_ref(), async || {
            let (current, new) = read(typed.map_err(DeskError::Invalid)?)?;
            let found = self.store.login_of(by.id).await?;
            let (user, before) = found.ok_or(DeskError::Unknown)?;
            let attempt = self.limits.password(&user.username, Some(user.id), from).await?;
            let hash = match self.passwords.check(current, Some(before.clone())).await {
                Ok(true) => self.passwords.hash(new).await,
                Ok(false) => return Err(wrong()),
                Err(error) => Err(error),
            };
            let hash = match hash {
                Ok(hash) => hash,
                Err(error) => {
                    attempt.does_not_count().await?;
                    return Err(error);
                }
            };
            let tx = self.store.begin().await?;
            let (_, now) = tx.hold_user(by.id).await?.ok_or(DeskError::Unknown)?;
            if now != before {
                return Err(wrong());
            }
            attempt.does_not_count_in(&tx).await?;
            tx.change_password(by.id, hash).await?;
            tx.end_sessions_of(by.id).await?;
            tx.keep_answers(once.iter().map(|once| once.kept(&())).collect()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

fn read(typed: NewPassword) -> Result<(String, String), DeskError> {
    let mut flaws = Flaws::default();
    let current = flaws.need("current_password", typed.current, |raw| {
        // Nobody makes us hash a novel.
        if raw.len() > 512 { Err(wrong_field()) } else { Ok(raw) }
    });
    let new = flaws.need("new_password", typed.new, |raw| password("new_password", raw));
    flaws.check().map_err(DeskError::Invalid)?;
    let read = current.zip(new);
    read.ok_or_else(|| DeskError::Defect("passwords without flaws were not read".to_owned()))
}

fn wrong() -> DeskError {
    DeskError::Invalid(vec![wrong_field()])
}

fn wrong_field() -> FieldError {
    let say = "the current password is wrong";
    FieldError::new("current_password", "wrong_password", say)
}
