//! Where one is logged in, and ending that elsewhere.
use super::Desk;
use super::error::DeskError;
use crate::domain::user::Actor;
use crate::store::open_sessions::OpenSession;

impl Desk {
    /// The caller's sessions that are not over, the newest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn own_sessions(&self, by: Actor) -> Result<Vec<OpenSession>, DeskError> {
        Ok(self.store.open_sessions(by.id).await?)
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where it is not theirs, or over.
    pub async fn end_own_session(&self, id: i64, by: Actor) -> Result<(), DeskError> {
        let tx = self.store.begin().await?;
        tx.hold_user(by.id).await?.ok_or(DeskError::Unknown)?;
        if !tx.end_session_of(id, by.id).await? {
            return Err(DeskError::NotFound("session"));
        }
        Ok(tx.commit().await?)
    }

    /// Ends every session of the caller.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_own_sessions(&self, by: Actor) -> Result<(), DeskError> {
        let tx = self.store.begin().await?;
        tx.hold_user(by.id).await?.ok_or(DeskError::Unknown)?;
        tx.end_sessions_of(by.id).await?;
        Ok(tx.commit().await?)
    }
}
