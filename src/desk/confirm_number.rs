//! Confirming one's number: by a code that we send and its owner enters.
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::Desk;
use super::code_ask::Ask;
use super::code_error::CodeError;
use super::codes::CodeSent;
use super::create_user::taken;
use super::error::DeskError;
use super::once::{Done, Once};
use super::users::still_theirs;
use crate::domain::medium::Medium;
use crate::domain::number_trust::may_confirm;
use crate::domain::one_time_code::{Code, Purpose};
use crate::domain::phone::PhoneNumber;
use crate::domain::text::{FieldError, Flaws};
use crate::domain::user::{Actor, User, UserId, VerifiedBy};
use crate::store::Tx;
use crate::store::codes::Pending;

/// What somebody asks for who wants to confirm a number.
#[derive(Clone, Default)]
pub struct NumberAsked {
    /// Raw number; their account's where there is none.
    pub phone_number: Option<String>,
    /// Raw medium: `whatsapp` or `sms`.
    pub channel: Option<String>,
}

/// Whoever says that a number is theirs.
#[derive(Clone, Copy, Debug)]
pub struct Claimant {
    /// Who they are.
    pub actor: Actor,
    /// When they logged in, as far as their token says.
    pub logged_in_at: Option<DateTime<Utc>>,
    /// From where they ask.
    pub from: IpAddr,
}

impl Desk {
    /// Sends a code to a number that the caller says is theirs.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::LogInAgain`] where an admin's number is to
    /// change long after they logged in; [`DeskError::Code`] says why no code was sent.
    pub async fn ask_for_number_code(
        &self,
        asked: Result<NumberAsked, Vec<FieldError>>,
        by: Claimant,
        once: Option<Once<CodeSent>>,
    ) -> Result<Done<CodeSent>, DeskError> {
        self.once(once.as_ref(), async || {
            let asked = asked.map_err(DeskError::Invalid)?;
            let (number, medium) = self.number_asked(asked, by).await?;
            let id = by.actor.id;
            let sent = self
                .ask_for_code(Ask {
                    purpose: Purpose::ConfirmNumber,
                    user: Some(id),
                    subject: subject(id),
                    medium,
                    to: number.into(),
                    field: "phone_number",
                    address: self.limits.address(by.from),
                    one_by_one: subject(id),
                    payload: None,
                    instead: None,
                })
                .await?;
            let sent = self.sent(sent).await?;
            self.keep_code_answer(once.as_ref(), &sent).await?;
            Ok(sent)
        })
        .await
    }

    /// Takes the code that the caller was sent: the number that it went to is theirs from then on.
    ///
    /// # Errors
    /// [`CodeError::Wrong`], whatever is wrong with it; [`DeskError::Conflict`] where the number is
    /// confirmed for another account.
    pub async fn confirm_number(
        &self,
        typed: Result<Option<String>, Vec<FieldError>>,
        by: Actor,
        once: Option<Once<()>>,
    ) -> Result<Done<()>, DeskError> {
        self.once(once.as_ref(), async || {
            let code = code_typed("code", typed.map_err(DeskError::Invalid)?)?;
            let account = subject(by.id);
            let found = self.enter_code(Purpose::ConfirmNumber, &account, &code).await?;
            let mut tx = self.store.begin().await?;
            let (before, after) = confirm(&tx, by.id, &found, VerifiedBy::Code).await?;
            self.tell_old_number(&mut tx, &before, &after).await?;
            self.codes.limits.was_right(&tx, &account).await?;
            tx.keep_answers(once.iter().map(|once| once.kept(&())).collect()).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// The number that is to be confirmed, and by which medium.
    pub(super) async fn number_asked(
        &self,
        asked: NumberAsked,
        by: Claimant,
    ) -> Result<(PhoneNumber, Medium), DeskError> {
        let user = self.store.user(by.actor.id).await?.ok_or(DeskError::Unknown)?;
        let (number, medium) = number_read(asked, &user)?;
        match may_confirm(&user, &number, by.logged_in_at, self.store.now()) {
            true => Ok((number, medium)),
            false => Err(DeskError::LogInAgain),
        }
    }

    /// The code that was entered, if it is one of those that are pending: the try is counted before
    /// anybody looks. It is not used yet.
    pub(super) async fn enter_code(
        &self,
        purpose: Purpose,
        subject: &str,
        code: &Code,
    ) -> Result<Pending, DeskError> {
        let tried = self.store.try_codes(purpose, subject).await?;
        if tried.is_empty() {
            return Err(CodeError::Wrong.into());
        }
        let tx = self.store.begin().await?;
        self.codes.limits.tried(&tx, subject).await?;
        tx.commit().await?;
        // All of them are looked at, so that nobody learns by the time which it was.
        let mut fits: Vec<Pending> = tried
            .into_iter()
            .filter(|it| self.codes.of(it).is_some_and(|own| own.is(code)))
            .collect();
        match (fits.pop(), fits.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(CodeError::Wrong.into()),
        }
    }

    /// Keeps what was answered, unless a code stands in it.
    pub(super) async fn keep_code_answer(
        &self,
        once: Option<&Once<CodeSent>>,
        sent: &CodeSent,
    ) -> Result<(), DeskError> {
        let Some(once) = once.filter(|_| sent.debug_otp.is_none()) else { return Ok(()) };
        let tx = self.store.begin().await?;
        tx.keep_answers(vec![once.kept(sent)]).await?;
        Ok(tx.commit().await?)
    }
}

/// Under what an account's codes are looked for.
pub(super) fn subject(user: UserId) -> String {
    user.0.to_string()
}

/// Six digits, however they were typed.
pub(super) fn code_typed(field: &'static str, typed: Option<String>) -> Result<Code, DeskError> {
    let mut flaws = Flaws::default();
    let read = flaws.need(field, typed, |raw| code_read(field, &raw));
    flaws.check().map_err(DeskError::Invalid)?;
    read.ok_or_else(|| DeskError::Defect("a code without flaws was not read".to_owned()))
}

/// As [`code_typed`], for a field that is there.
pub(super) fn code_read(field: &'static str, raw: &str) -> Result<Code, FieldError> {
    let say = "a code has six digits, like `123456`";
    Code::typed(raw).ok_or_else(|| FieldError::new(field, "code", say))
}

/// Uses the code, and gives the account the number that it went to.
pub(super) async fn confirm(
    tx: &Tx,
    id: UserId,
    code: &Pending,
    by: VerifiedBy,
) -> Result<(User, User), DeskError> {
    let before = still_theirs(tx.hold_user(id).await?)?;
    if !tx.use_code(code).await? {
        return Err(CodeError::Wrong.into());
    }
    let number = PhoneNumber::parse(&code.destination)
        .map_err(|_| DeskError::Defect("a code went to no number".to_owned()))?;
    let same = before.whatsapp_number.as_ref() == Some(&number);
    let opted_in = before.whatsapp_opt_in_at.filter(|_| same);
    let after = User {
        whatsapp_number: Some(number),
        whatsapp_verified: Some((tx.now, by)),
        // Confirming a number is agreeing to hear from us.
        whatsapp_opt_in_at: opted_in.or(Some(tx.now)),
        // A window belongs to a number.
        whatsapp_heard_at: before.whatsapp_heard_at.filter(|_| same),
        opted_out_at: None,
        sms_opted_out_at: before.sms_opted_out_at.filter(|_| same),
        undeliverable_at: None,
        updated_at: tx.now,
        ..before.clone()
    };
    tx.change_user(&after).await.map_err(taken)?;
    Ok((before, after))
}

fn number_read(asked: NumberAsked, user: &User) -> Result<(PhoneNumber, Medium), DeskError> {
    let mut flaws = Flaws::default();
    let number = match (asked.phone_number, &user.whatsapp_number) {
        (None, Some(own)) => Some(own.clone()),
        (typed, _) => flaws.need("phone_number", typed, |raw| phone("phone_number", &raw)),
    };
    let medium = match asked.channel {
        None => Some(Medium::WhatsApp),
        Some(raw) => flaws.keep(phone_medium("channel", &raw)),
    };
    flaws.check().map_err(DeskError::Invalid)?;
    let read = number.zip(medium);
    read.ok_or_else(|| DeskError::Defect("a number without flaws was not read".to_owned()))
}

/// A number as somebody typed it.
pub(super) fn phone(field: &'static str, raw: &str) -> Result<PhoneNumber, FieldError> {
    PhoneNumber::parse(raw)
        .map_err(|wrong| FieldError::new(field, "phone_number", wrong.to_string()))
}

/// A medium that reaches a phone.
fn phone_medium(field: &'static str, raw: &str) -> Result<Medium, FieldError> {
    match raw.trim().to_ascii_lowercase().as_str() {
        "whatsapp" => Ok(Medium::WhatsApp),
        "sms" => Ok(Medium::Sms),
        _ => Err(FieldError::new(field, "unknown_value", "`channel` is one of whatsapp, sms")),
    }
}
