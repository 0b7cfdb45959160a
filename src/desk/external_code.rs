//! Sending a code that another system made: it is sealed until its one attempt ends, and what became
//! of it can be asked for.
use super::Desk;
use super::code_error::CodeError;
use super::code_limits::Counted;
use super::codes::post;
use super::confirm_number::phone;
use super::error::DeskError;
use super::find::only_admins;
use super::once::{Done, Once};
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::{Lane, NotificationId, Status};
use crate::domain::one_time_code::{Code, HIDDEN, LIFETIME, Purpose};
use crate::domain::phone::PhoneNumber;
use crate::domain::text::{FieldError, Flaws};
use crate::domain::user::Actor;
use crate::store::codes::NewCode;
use crate::store::letters::NewLetter;
use crate::store::notifications::Logged;

/// The code of the mock.
pub const MOCK_CODE: &str = "123456";
/// By this a message is named that the provider has not named yet.
const OWN: &str = "deskbell_";

/// A code that another system made.
#[derive(Clone, Default)]
pub struct GivenCode {
    /// Raw number.
    pub to_phone: Option<String>,
    /// Raw code.
    pub otp: Option<String>,
}

/// What became of one.
#[derive(Clone, Debug)]
pub struct GivenSent {
    /// Who carries it.
    pub provider: String,
    /// By what one asks about it.
    pub message_id: String,
    /// Where it stands: `queued`, `sent`, `delivered`, `read`, `failed`, `unconfirmed`.
    pub status: &'static str,
    /// To which number.
    pub to: String,
    /// The words, without the code.
    pub message: String,
    /// Nothing has left.
    pub mock: bool,
    /// What to do about it, where it failed.
    pub hint: Option<String>,
}

impl Desk {
    /// Sends a code that the caller made.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::Invalid`] with every flaw;
    /// [`DeskError::Code`] says why it was not sent.
    pub async fn send_given_code(
        &self,
        medium: Medium,
        given: Result<GivenCode, Vec<FieldError>>,
        by: Actor,
        once: Option<Once<GivenSent>>,
    ) -> Result<Done<GivenSent>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            let (to, code) = read(given.map_err(DeskError::Invalid)?)?;
            if self.codes.settings.mock {
                return Ok(self.mocked(&to));
            }
            let letter = self.post_given(medium, to, code).await?;
            let logged = self.outcome_of(letter).await?;
            let sent = self.given(&logged);
            if sent.status == "failed" {
                let usual = || "look at its attempts in the log".to_owned();
                return Err(CodeError::SendFailed { hint: sent.hint.unwrap_or_else(usual) }.into());
            }
            if let Some(once) = &once {
                let tx = self.store.begin().await?;
                tx.keep_answers(vec![once.kept(&sent)]).await?;
                tx.commit().await?;
            }
            Ok(sent)
        })
        .await
    }

    /// What became of a code that another system made.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`].
    pub async fn given_code(
        &self,
        medium: Medium,
        message_id: &str,
        by: Actor,
    ) -> Result<GivenSent, DeskError> {
        only_admins(by)?;
        if self.codes.settings.mock
            && let Some(to) = mocked_number(message_id)
        {
            let message_id = message_id.to_owned();
            return Ok(GivenSent { message_id, ..self.mocked(&to) });
        }
        let own = message_id.strip_prefix(OWN).and_then(|id| id.parse().ok());
        let id = match own {
            Some(id) => Some(NotificationId(id)),
            None => self.store.letter_by_message(message_id).await?,
        };
        let logged = match id {
            Some(id) => self.store.logged(id).await?,
            None => None,
        };
        let logged =
            logged.filter(|it| it.event == Event::ExternalCode && it.channel == medium.as_str());
        Ok(self.given(&logged.ok_or(DeskError::NotFound("message"))?))
    }

    async fn post_given(
        &self,
        medium: Medium,
        to: PhoneNumber,
        code: Code,
    ) -> Result<NotificationId, DeskError> {
        let via = self.route(medium).await?;
        let to = Address::Phone(to);
        let country = self.country(&to, "to_phone")?;
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let sealed = self.codes.sealed(&code, &nonce, to.as_str())?;
        let mut tx = self.store.begin().await?;
        let counted = Counted {
            one_by_one: None,
            destination: to.as_str(),
            country: &country,
            account: None,
            address: None,
        };
        self.codes.limits.take(&tx, &counted).await?;
        let expires_at = tx.now + LIFETIME;
        let row = NewCode {
            purpose: Purpose::External,
            user: None,
            subject: String::new(),
            medium,
            to: to.as_str().to_owned(),
            country,
            nonce,
            sealed: Some(sealed),
            payload: None,
            address: String::new(),
            tries: 0,
            expires_at,
        };
        let id = tx.add_code(row).await?;
        let letter = NewLetter {
            event: Event::ExternalCode,
            lane: Lane::Code,
            recipient: None,
            via,
            to,
            body: self.codes.words(HIDDEN, LIFETIME.num_minutes()),
            expires_at,
        };
        let letter = post(&mut tx, id, letter, None).await?;
        tx.commit().await?;
        Ok(letter)
    }

    fn mocked(&self, to: &PhoneNumber) -> GivenSent {
        GivenSent {
            provider: "mock".to_owned(),
            message_id: format!("mock_{}_{}", to.as_str(), self.store.now().timestamp()),
            status: "sent",
            to: to.as_str().to_owned(),
            message: self.codes.words(MOCK_CODE, LIFETIME.num_minutes()),
            mock: true,
            hint: None,
        }
    }

    fn given(&self, logged: &Logged) -> GivenSent {
        let status = match (logged.status, logged.receipt.map(|receipt| receipt.as_str())) {
            (Status::Queued | Status::Sending, _) => "queued",
            (Status::Sent, Some("READ")) => "read",
            (Status::Sent, Some(_)) => "delivered",
            (Status::Sent, None) => "sent",
            (Status::Failed | Status::Skipped, _) => "failed",
            (Status::Unconfirmed, _) => "unconfirmed",
        };
        let named = logged.provider_message_id.clone();
        GivenSent {
            provider: logged.provider.clone(),
            message_id: named.unwrap_or_else(|| format!("{OWN}{}", logged.id.0)),
            status,
            to: logged.to.clone(),
            message: logged.body.clone(),
            mock: false,
            hint: self.hint(logged),
        }
    }
}

/// `mock_<number>_<unix seconds>`
fn mocked_number(message_id: &str) -> Option<PhoneNumber> {
    let (number, at) = message_id.strip_prefix("mock_")?.rsplit_once('_')?;
    at.parse::<i64>().ok()?;
    PhoneNumber::parse(number).ok()
}

fn read(given: GivenCode) -> Result<(PhoneNumber, Code), DeskError> {
    let mut flaws = Flaws::default();
    // A plus that was not encoded arrives as a space.
    let plus = |raw: String| match raw.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|sign: char| sign.is_ascii_digit()) => format!("+{rest}"),
        _ => raw,
    };
    let to = flaws.need("to_phone", given.to_phone.map(plus), |raw| phone("to_phone", &raw));
    let say = "a code has 4 to 8 digits, like `123456`";
    let code = flaws.need("otp", given.otp, |raw| {
        Code::given(&raw).ok_or_else(|| FieldError::new("otp", "code", say))
    });
    flaws.check().map_err(DeskError::Invalid)?;
    to.zip(code).ok_or_else(|| DeskError::Defect("a code without flaws was not read".to_owned()))
}
