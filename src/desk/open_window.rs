//! Whoever writes to us may be answered freely for a day, and agrees to be, or says
//! that it was enough.
use super::Desk;
use super::error::DeskError;
use crate::domain::consent::Said;
use crate::ports::webhook::Incoming;

impl Desk {
    /// Opens the window of whoever wrote this. May be called twice, and in any order.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn open_window(&self, message: &Incoming) -> Result<(), DeskError> {
        // What the provider itself says about a person is nothing that they wrote.
        let Some(number) = message.from.number.as_ref().filter(|_| message.kind != "system") else {
            return Ok(());
        };
        let said = Said::read(message.text.as_deref().unwrap_or_default());
        let tx = self.store.begin().await?;
        tx.heard_from(number, message.at, said).await?;
        Ok(tx.commit().await?)
    }
}
