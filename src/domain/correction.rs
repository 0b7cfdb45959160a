//! Changing an account: what somebody typed over what stood there, and what follows from it.
use chrono::{DateTime, Utc};

use super::account::{email, locale};
use super::phone::PhoneNumber;
use super::text::{FieldError, Flaws, line};
use super::ticket::word;
use super::user::{Role, User, VerifiedBy};

/// What somebody typed. What was left out stays as it is; `Some(None)` was meant to take it away.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    /// Raw name.
    pub full_name: Option<Option<String>>,
    /// Raw e-mail.
    pub email: Option<Option<String>>,
    /// Raw number, the only one that can be taken away.
    pub whatsapp_number: Option<Option<String>>,
    /// Raw locale.
    pub locale: Option<Option<String>>,
    /// Raw role.
    pub role: Option<Option<String>>,
    /// Whether it may log in.
    pub is_active: Option<Option<bool>>,
    /// Whether they agreed to hear from us.
    pub whatsapp_opt_in: Option<Option<bool>>,
}

/// A correction that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    full_name: Option<String>,
    email: Option<String>,
    whatsapp_number: Option<Option<PhoneNumber>>,
    locale: Option<String>,
    role: Option<Role>,
    is_active: Option<bool>,
    whatsapp_opt_in: Option<bool>,
}

/// Who corrects: an admin vouches for the number, its owner has yet to confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrector {
    /// The person themselves.
    Owner,
    /// An admin.
    Admin,
}

impl Correction {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Every flaw.
    pub fn read(self) -> Result<Corrected, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        let number = self.whatsapp_number.map(|raw| flaws.may(raw, |raw| number(&raw)));
        let corrected = Corrected {
            full_name: given(&mut flaws, "full_name", self.full_name, |raw| {
                line("full_name", &raw, 100)
            }),
            email: given(&mut flaws, "email", self.email, |raw| email(&raw)),
            whatsapp_number: number,
            locale: given(&mut flaws, "locale", self.locale, |raw| locale(&raw)),
            role: given(&mut flaws, "role", self.role, |raw| {
                word("role", &raw, &Role::ALL.map(Role::as_str))
            }),
            is_active: given(&mut flaws, "is_active", self.is_active, Ok),
            whatsapp_opt_in: given(&mut flaws, "whatsapp_opt_in", self.whatsapp_opt_in, Ok),
        };
        flaws.check()?;
        Ok(corrected)
    }
}

/// A field that can be changed but not taken away.
fn given<R, T>(
    flaws: &mut Flaws,
    field: &'static str,
    raw: Option<Option<R>>,
    parse: impl FnOnce(R) -> Result<T, FieldError>,
) -> Option<T> {
    raw.and_then(|raw| flaws.need(field, raw, parse))
}

fn number(raw: &str) -> Result<PhoneNumber, FieldError> {
    PhoneNumber::parse(raw)
        .map_err(|wrong| FieldError::new("whatsapp_number", "phone_number", wrong.to_string()))
}

impl Corrected {
    /// The account as it stands after this.
    pub fn over(self, before: &User, by: Corrector, now: DateTime<Utc>) -> User {
        let mut after = before.clone();
        if let Some(number) = self.whatsapp_number {
            renumber(&mut after, number, by, now);
        }
        if let Some(opted_in) = self.whatsapp_opt_in {
            after.whatsapp_opt_in_at = opted_in.then(|| after.whatsapp_opt_in_at.unwrap_or(now));
            after.opted_out_at = after.opted_out_at.filter(|_| !opted_in);
        }
        after.full_name = self.full_name.unwrap_or(after.full_name);
        if let Some(email) = self.email.filter(|email| *email != after.email) {
            // That it was confirmed belongs to an e-mail, and goes with it.
            after.email_verified_at = None;
            after.email = email;
        }
        after.locale = self.locale.unwrap_or(after.locale);
        after.role = self.role.unwrap_or(after.role);
        after.is_active = self.is_active.unwrap_or(after.is_active);
        if after != *before {
            after.updated_at = now;
        }
        after
    }
}

/// Trust, consent and an open window belong to a number, and go with it. Whoever says the same number again takes
/// nothing away; an admin who says it confirms it.
fn renumber(user: &mut User, number: Option<PhoneNumber>, by: Corrector, now: DateTime<Utc>) {
    let same = user.whatsapp_number == number;
    if !same {
        user.whatsapp_verified = None;
        user.whatsapp_opt_in_at = None;
        user.whatsapp_heard_at = None;
        user.opted_out_at = None;
        user.sms_opted_out_at = None;
        user.undeliverable_at = None;
    }
    if by == Corrector::Admin && number.is_some() && user.whatsapp_verified.is_none() {
        user.whatsapp_verified = Some((now, VerifiedBy::Admin));
        user.whatsapp_opt_in_at = user.whatsapp_opt_in_at.or(Some(now));
    }
    user.whatsapp_number = number;
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::user::UserId;

    const MADE: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn jane(verified: Option<VerifiedBy>) -> User {
        User {
            id: UserId(1),
            username: "jane".into(),
            email: "jane@example.com".into(),
            full_name: "Jane".into(),
            role: Role::Client,
            whatsapp_number: PhoneNumber::parse("+447700900123").ok(),
            whatsapp_verified: verified.map(|by| (MADE, by)),
            whatsapp_opt_in_at: verified.map(|_| MADE),
            whatsapp_heard_at: None,
            opted_out_at: None,
            sms_opted_out_at: None,
            email_opted_out_at: None,
            undeliverable_at: None,
            email_verified_at: Some(MADE),
            preferences: Default::default(),
            locale: "en".into(),
            is_active: true,
            created_at: MADE,
            updated_at: MADE,
            erased_at: None,
        }
    }

    #[test]
    fn trust_and_consent_follow_the_number() {
        use Corrector::{Admin, Owner};
        use VerifiedBy::{Admin as ByAdmin, Code};
        let now = MADE + TimeDelta::days(1);
        let (same, other) = (Some("0044 7700 900123"), Some("+447700900999"));
        for (before, number, by, verified, opted_in) in [
            (Some(Code), same, Owner, Some((MADE, Code)), Some(MADE)),
            (Some(Code), same, Admin, Some((MADE, Code)), Some(MADE)),
            (None, same, Owner, None, None),
            (None, same, Admin, Some((now, ByAdmin)), Some(now)),
            (Some(Code), other, Owner, None, None),
            (Some(Code), other, Admin, Some((now, ByAdmin)), Some(now)),
            (Some(Code), None, Owner, None, None),
            (Some(Code), None, Admin, None, None),
        ] {
            let typed = Correction {
                whatsapp_number: Some(number.map(str::to_owned)),
                ..Default::default()
            };
            let after = typed.read().unwrap().over(&jane(before), by, now);
            assert_eq!(after.whatsapp_verified, verified, "{before:?} {number:?} {by:?}");
            assert_eq!(after.whatsapp_opt_in_at, opted_in, "{before:?} {number:?} {by:?}");
        }
    }

    #[test]
    fn an_admin_says_who_agreed_and_nothing_else_changes() {
        let now = MADE + TimeDelta::days(1);
        let said =
            |opt_in| Correction { whatsapp_opt_in: Some(Some(opt_in)), ..Default::default() };
        let after = |opt_in, of: &User| {
            said(opt_in).read().unwrap().over(of, Corrector::Admin, now).whatsapp_opt_in_at
        };
        assert_eq!(after(true, &jane(Some(VerifiedBy::Code))), Some(MADE));
        assert_eq!(after(true, &jane(None)), Some(now));
        assert_eq!(after(false, &jane(Some(VerifiedBy::Code))), None);
        let same = Correction::default().read().unwrap();
        assert_eq!(same.over(&jane(None), Corrector::Admin, now), jane(None), "nor its instant");
    }

    #[test]
    fn what_cannot_be_taken_away_is_said() {
        let typed = Correction {
            full_name: Some(None),
            email: Some(Some("nobody".into())),
            role: Some(Some("KING".into())),
            is_active: Some(None),
            ..Default::default()
        };
        let flaws = typed.read().unwrap_err();
        let named: Vec<&str> = flaws.iter().map(|flaw| flaw.field.as_ref()).collect();
        assert_eq!(named, ["full_name", "email", "role", "is_active"]);
    }
}
