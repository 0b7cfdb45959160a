//! Confirming one's number the other way round: its owner sends us a code that we show. That costs
//! nobody anything.
use super::Desk;
use super::code_error::CodeError;
use super::confirm_number::{Claimant, NumberAsked, confirm, subject};
use super::error::{Conflict, DeskError};
use super::users::still_theirs;
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::Lane;
use crate::domain::one_time_code::{Code, LIFETIME, Purpose};
use crate::domain::phone::PhoneNumber;
use crate::domain::text::FieldError;
use crate::domain::user::{User, VerifiedBy};
use crate::messages::code::number_confirmed;
use crate::ports::webhook::Incoming;
use crate::store::codes::{NewCode, Pending};
use crate::store::jobs::Job;
use crate::store::letters::NewLetter;

/// A code that its owner is to send us.
#[derive(Clone, Debug)]
pub struct ReverseCode {
    /// The code.
    pub code: String,
    /// Opens WhatsApp with the code typed in.
    pub wa_link: String,
}

impl Desk {
    /// Shows a code that the caller is to send from the number that they say is theirs.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::LogInAgain`] where an admin's number is to
    /// change long after they logged in; [`DeskError::Code`] where nobody knows our number, or
    /// one was asked for a moment ago.
    pub async fn ask_for_reverse_code(
        &self,
        asked: Result<NumberAsked, Vec<FieldError>>,
        by: Claimant,
    ) -> Result<ReverseCode, DeskError> {
        let (number, _) = self.number_asked(asked.map_err(DeskError::Invalid)?, by).await?;
        let id = by.actor.id;
        let ours = self.codes.settings.business_number.as_ref();
        let ours = ours.ok_or(CodeError::NotConfigured(Medium::WhatsApp))?;
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let code = self.codes.made(&nonce, Purpose::ReverseNumber, number.as_str());
        let tx = self.store.begin().await?;
        still_theirs(tx.hold_user(id).await?)?;
        self.codes.limits.shown(&tx, &subject(id)).await?;
        tx.end_codes(Purpose::ReverseNumber, &subject(id)).await?;
        tx.add_code(NewCode {
            purpose: Purpose::ReverseNumber,
            user: Some(id),
            subject: subject(id),
            medium: Medium::WhatsApp,
            to: number.as_str().to_owned(),
            country: String::new(),
            nonce,
            sealed: None,
            payload: None,
            address: self.limits.address(by.from),
            tries: 0,
            expires_at: tx.now + LIFETIME,
        })
        .await?;
        tx.commit().await?;
        let digits = ours.as_str().trim_start_matches('+');
        let wa_link = format!("https://wa.me/{digits}?text={}", code.as_str());
        Ok(ReverseCode { code: code.as_str().to_owned(), wa_link })
    }

    /// Confirms the number that a message came from, where it says a code that was shown for it;
    /// from any other number it does nothing. May be called twice.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn take_reverse_code(&self, message: &Incoming) -> Result<(), DeskError> {
        let Some(number) = message.from.number.as_ref().filter(|_| message.kind == "text") else {
            return Ok(());
        };
        let codes = codes_in(message.text.as_deref().unwrap_or_default());
        if codes.is_empty() {
            return Ok(());
        }
        let spellings = number.spellings();
        let spellings = spellings.iter().map(|number| number.as_str().to_owned()).collect();
        let pending = self.store.codes_for(Purpose::ReverseNumber, spellings).await?;
        let fits = |pending: &Pending| {
            codes.iter().any(|code| self.codes.of(pending).is_some_and(|own| own.is(code)))
        };
        let Some(found) = pending.into_iter().find(fits) else { return Ok(()) };
        let Some(user) = found.user else { return Ok(()) };
        let mut tx = self.store.begin().await?;
        let confirmed = confirm(&tx, user, &found, VerifiedBy::ReverseCode).await;
        let (before, after) = match confirmed {
            Ok(both) => both,
            // Whoever was erased or switched off meanwhile has no code any more.
            Err(
                DeskError::Code(_)
                | DeskError::Unknown
                | DeskError::Conflict(Conflict::NumberTaken),
            ) => {
                return Ok(tx.rollback().await?);
            }
            Err(error) => return Err(error),
        };
        self.tell_old_number(&mut tx, &before, &after).await?;
        let letter = self.confirmation(&after, number, tx.now)?;
        let letter = tx.add_letter(letter).await?;
        tx.enqueue([Job::of(Lane::Critical, &[letter])]);
        Ok(tx.commit().await?)
    }

    /// A polite answer; they wrote a moment ago, so we may write freely.
    fn confirmation(
        &self,
        user: &User,
        number: &PhoneNumber,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<NewLetter, DeskError> {
        Ok(NewLetter {
            event: Event::NumberConfirmed,
            lane: Lane::Critical,
            recipient: Some(user.id),
            via: self.first_route(Medium::WhatsApp)?,
            to: Address::Phone(number.clone()),
            body: number_confirmed(&self.codes.settings.product_name, &user.full_name),
            expires_at: now + LIFETIME,
        })
    }
}

/// Every six digits that stand alone in what somebody wrote.
fn codes_in(text: &str) -> Vec<Code> {
    let whole = Code::typed(text);
    let words = text.split(|sign: char| !sign.is_ascii_digit()).take(20);
    whole.into_iter().chain(words.filter_map(Code::typed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_what_people_write_around_it() {
        for (text, found) in [
            ("123456", 2),
            ("my code is 123456.", 1),
            ("123 456", 1),
            ("1234567", 0),
            ("call +447700900123", 0),
            ("", 0),
        ] {
            assert_eq!(codes_in(text).len(), found, "{text}");
        }
    }
}
