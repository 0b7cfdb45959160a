//! "I didn't request a code": whoever says so is believed. The code dies, the number is left alone for
//! a day, and the admins hear of it.
use super::Desk;
use super::error::DeskError;
use crate::domain::event::Event;
use crate::messages::code::not_requested;
use crate::ports::webhook::Incoming;

/// The payload of the template's button.
const BUTTON: &str = "code:not_requested";
/// How people say it, in lower case and with plain apostrophes.
const SAID: [&str; 8] = [
    "i didn't request a code",
    "i did not request a code",
    "didn't request",
    "did not request",
    "no pedí un código",
    "não pedi um código",
    "لم أطلب",
    "আমি কোড চাইনি",
];

impl Desk {
    /// Acts on it where a code went to this number within a day. May be called twice.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn hear_not_requested(&self, message: &Incoming) -> Result<(), DeskError> {
        let Some(number) = message.from.number.as_ref().filter(|_| says_so(message)) else {
            return Ok(());
        };
        let spellings = number.spellings();
        let mut tx = self.store.begin().await?;
        let mut killed = false;
        for spelling in &spellings {
            killed |= tx.end_codes_to(spelling.as_str()).await?;
        }
        if !killed {
            return Ok(tx.rollback().await?);
        }
        let mut first = false;
        for spelling in &spellings {
            first |= self.codes.limits.leave_alone(&tx, spelling.as_str()).await?;
        }
        if first {
            let write = |language| not_requested(number, language);
            self.tell_admins(&mut tx, Event::CodeNotRequested, &[&[]], write).await?;
        }
        tx.commit().await?;
        tracing::warn!("somebody got a code that they did not ask for; their number is left alone");
        Ok(())
    }
}

fn says_so(message: &Incoming) -> bool {
    let said = message.text.as_deref().unwrap_or_default();
    let said = said.trim().trim_end_matches(['.', '!']).replace('’', "'").to_lowercase();
    message.button.as_deref() == Some(BUTTON) || SAID.contains(&said.as_str())
}
