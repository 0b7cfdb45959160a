//! Sending a code: it is made again for this one moment, and stands nowhere afterwards.
use super::Desk;
use super::unsent::not_sent;
use crate::domain::attempt::{Answer, Outcome, Remedy};
use crate::domain::notification::NotificationId;
use crate::domain::one_time_code::{HIDDEN, minutes_left};
use crate::ports::channel::{CodeForm, Form, Outgoing};
use crate::store::deliveries::Claimed;

impl Desk {
    /// The code that this message carries, if it is still good, else the answer that it was not sent.
    pub(super) async fn code_outgoing(&self, claimed: Claimed) -> Result<Outgoing, Answer> {
        let code = match self.store.code_of(claimed.id).await {
            Ok(Some(pending)) => pending,
            Ok(None) => return Err(gone()),
            Err(error) => {
                tracing::warn!(%error, "a code could not be made again");
                return Err(not_sent("the database was away".to_owned(), Remedy::Again));
            }
        };
        let Some(digits) = self.codes.of(&code) else { return Err(gone()) };
        let form = CodeForm {
            text: claimed.body.replace(HIDDEN, digits.as_str()),
            code: digits.as_str().to_owned(),
            minutes: minutes_left(code.standing.expires_at, self.store.now()),
            language: self.channels.templates().of_codes(&claimed.locale).code().to_owned(),
        };
        Ok(Outgoing {
            notification: claimed.id,
            attempt: claimed.attempt,
            to: claimed.to,
            form: Form::Code(form),
            opt_out: None,
        })
    }
}

impl Desk {
    /// After the one attempt of a code that a caller gave nothing is left of it, and nothing is
    /// tried again.
    pub(super) async fn after_code(&self, letter: NotificationId, mut answer: Answer) -> Answer {
        match self.store.blank_seal(letter).await {
            Ok(true) => {}
            Ok(false) => return answer,
            Err(error) => {
                tracing::warn!(%error, "a sealed code is blanked once its time is over");
                return answer;
            }
        }
        if let Outcome::NotSent(failure) | Outcome::Rejected(failure) = &mut answer.outcome {
            failure.remedy = Remedy::Never;
        }
        answer
    }
}

fn gone() -> Answer {
    not_sent("the code is not good any more".to_owned(), Remedy::Never)
}
