//! Whoever writes to us on WhatsApp may be answered freely for a day; whoever writes to us by any
//! medium agrees to be, or says that it was enough.
use super::Desk;
use super::error::DeskError;
use crate::domain::consent::Said;
use crate::domain::medium::Medium;
use crate::ports::webhook::Incoming;

impl Desk {
    /// Opens the window of whoever wrote this to the number that we write from, and keeps what they
    /// say about hearing from us: a word to a text message counts for text messages alone, one on
    /// WhatsApp for their number. May be called twice, and in any order.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn open_window(&self, message: &Incoming) -> Result<(), DeskError> {
        // What the provider itself says about a person is nothing that they wrote.
        let Some(number) = message.from.number.as_ref().filter(|_| message.kind != "system") else {
            return Ok(());
        };
        let words = message.text.as_deref().unwrap_or_default();
        let said = message.taken_for.unwrap_or_else(|| Said::read(words));
        let tx = self.store.begin().await?;
        match message.opens_window {
            true => tx.heard_from(number, message.at).await?,
            false => tx.seen(number, message.at).await?,
        }
        match message.over {
            Medium::WhatsApp => tx.said(number, message.at, said).await?,
            Medium::Sms => tx.said_by_text(number, message.at, said).await?,
            Medium::Email => {}
        }
        Ok(tx.commit().await?)
    }
}
