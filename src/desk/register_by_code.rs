//! Opening an account by a code: until it is entered there is no account, and nobody is told whether
//! there is one already. Each request is a registration of its own.
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Desk;
use super::code_ask::Ask;
use super::code_error::CodeError;
use super::codes::CodeSent;
use super::confirm_number::{code_read, phone};
use super::create_user::taken;
use super::error::DeskError;
use super::sessions::LoggedIn;
use crate::domain::account::{Application, NewAccount};
use crate::domain::event::Event;
use crate::domain::medium::{Address, EmailAddress, Medium};
use crate::domain::one_time_code::Purpose;
use crate::domain::phone::PhoneNumber;
use crate::domain::text::{FieldError, Flaws, line};
use crate::domain::user::{Role, VerifiedBy};
use crate::store::codes::Pending;
use crate::store::users::NewUser;

/// Together with the space between them they fit into a name.
const LONGEST_NAME: usize = 49;

/// What somebody typed who opens an account.
#[derive(Clone, Default)]
pub struct Registering {
    /// Raw e-mail.
    pub email: Option<String>,
    /// Raw medium: `email`, `whatsapp` or `sms`.
    pub otp_method: Option<String>,
    /// Raw number.
    pub mobile: Option<String>,
    /// Raw username.
    pub username: Option<String>,
    /// Raw name.
    pub first_name: Option<String>,
    /// Raw name.
    pub last_name: Option<String>,
    /// Raw password.
    pub password: Option<String>,
}

/// An account that was opened, and the names that its person gave.
#[derive(Debug)]
pub struct Registered {
    /// The first one.
    pub first_name: String,
    /// The last one.
    pub last_name: String,
    /// They are logged in.
    pub known: LoggedIn,
}

/// What is kept until the code is entered; never the password.
#[derive(Serialize, Deserialize)]
struct Kept {
    username: String,
    first_name: String,
    last_name: String,
    password_hash: String,
    mobile: Option<String>,
}

impl Desk {
    /// Keeps what is to become an account, and sends a code.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Code`] says why no code was sent.
    pub async fn begin_registration(
        &self,
        typed: Result<Registering, Vec<FieldError>>,
        from: IpAddr,
    ) -> Result<CodeSent, DeskError> {
        if !self.open_registration {
            return Err(DeskError::RegistrationClosed);
        }
        let (account, kept, medium, to) = read(typed.map_err(DeskError::Invalid)?)?;
        self.route(medium).await?;
        let password_hash = self.passwords.hash(account.password).await?;
        let kept = Kept { password_hash, ..kept };
        let payload = serde_json::to_string(&kept)
            .map_err(|error| DeskError::Defect(format!("a registration: {error}")))?;
        let ask = Ask {
            purpose: Purpose::Register,
            user: None,
            one_by_one: one_by_one(&account.email, &account.username),
            subject: account.email,
            medium,
            to,
            field: "mobile",
            address: self.limits.address(from),
            payload: Some(payload),
            instead: None,
        };
        self.send_registration(ask).await
    }

    /// Sends the code of a pending registration once more: that from this address, or the only one.
    ///
    /// # Errors
    /// As [`Self::begin_registration`].
    pub async fn resend_registration(
        &self,
        typed: Result<(Option<String>, Option<String>), Vec<FieldError>>,
        from: IpAddr,
    ) -> Result<CodeSent, DeskError> {
        let (email, method) = typed.map_err(DeskError::Invalid)?;
        let mut flaws = Flaws::default();
        let email = flaws.need("email", email, |raw| email_typed(&raw));
        let medium = flaws.need("otp_method", method, |raw| medium_typed(&raw));
        flaws.check().map_err(DeskError::Invalid)?;
        let (Some(email), Some(medium)) = (email, medium) else {
            return Err(DeskError::Defect("a request without flaws was not read".to_owned()));
        };
        self.route(medium).await?;
        let address = self.limits.address(from);
        let tx = self.store.begin().await?;
        let pending = tx.pending_codes(Purpose::Register, email.as_str()).await?;
        tx.rollback().await?;
        let mut same: Vec<Pending> = pending.into_iter().filter(|it| it.medium == medium).collect();
        let at = same.iter().rposition(|it| it.address == address);
        let chosen = match at {
            Some(at) => Some(same.swap_remove(at)),
            None if same.len() == 1 => same.pop(),
            None => None,
        };
        match chosen {
            Some(pending) => self.resend(pending).await,
            // Nobody is told that there is none.
            None => Ok(CodeSent { medium, queued: false, debug_otp: None }),
        }
    }

    /// Opens the account whose code this is, and logs its owner in.
    ///
    /// # Errors
    /// [`CodeError::Wrong`], whatever is wrong with it; [`DeskError::Conflict`] where the username,
    /// the e-mail or the number is another's by now.
    pub async fn end_registration(
        &self,
        typed: Result<(Option<String>, Option<String>), Vec<FieldError>>,
        from: IpAddr,
    ) -> Result<Registered, DeskError> {
        let (email, otp) = typed.map_err(DeskError::Invalid)?;
        let mut flaws = Flaws::default();
        let email = flaws.need("email", email, |raw| email_typed(&raw));
        let code = flaws.need("otp", otp, |raw| code_read("otp", &raw));
        flaws.check().map_err(DeskError::Invalid)?;
        let (Some(email), Some(code)) = (email, code) else {
            return Err(DeskError::Defect("a request without flaws was not read".to_owned()));
        };
        let pending = self.enter_code(Purpose::Register, email.as_str(), &code).await?;
        let kept: Kept = serde_json::from_str(pending.payload.as_deref().unwrap_or_default())
            .map_err(|_| DeskError::Code(CodeError::Wrong))?;
        let tx = self.store.begin().await?;
        if !tx.use_code(&pending).await? {
            return Err(CodeError::Wrong.into());
        }
        let new = new_user(&kept, &pending, self.locale.clone());
        let user = tx.add_user(new).await.map_err(taken)?;
        if pending.medium == Medium::Email {
            tx.email_verified(user.id).await?;
        }
        self.codes.limits.was_right(&tx, email.as_str()).await?;
        let token = self.begin_session(&tx, &user, self.limits.address(from)).await?;
        let since = tx.now;
        tx.commit().await?;
        let known = self.logged_in(user, token, since)?;
        Ok(Registered { first_name: kept.first_name, last_name: kept.last_name, known })
    }

    /// Whoever has an account already is told so at their e-mail, and nobody else is.
    async fn send_registration(&self, ask: Ask) -> Result<CodeSent, DeskError> {
        let known = self.store.user_by_login(&ask.subject).await?;
        let known = known.filter(|_| ask.medium == Medium::Email);
        let instead = known.map(|_| Event::AccountExists);
        let asked = self.ask_for_code(Ask { instead, ..ask }).await?;
        self.sent(asked).await
    }

    async fn resend(&self, pending: Pending) -> Result<CodeSent, DeskError> {
        let kept: Option<Kept> =
            pending.payload.as_deref().and_then(|payload| serde_json::from_str(payload).ok());
        let username = kept.map(|kept| kept.username).unwrap_or_default();
        let to = Address::parse(pending.medium, &pending.destination)
            .ok_or_else(|| DeskError::Defect("a code went nowhere".to_owned()))?;
        let ask = Ask {
            purpose: Purpose::Register,
            user: None,
            one_by_one: one_by_one(&pending.subject, &username),
            subject: pending.subject.clone(),
            medium: pending.medium,
            to,
            field: "email",
            address: pending.address.clone(),
            payload: None,
            instead: None,
        };
        let known = self.store.user_by_login(&ask.subject).await?;
        let known = known.filter(|_| ask.medium == Medium::Email);
        let instead = known.map(|_| Event::AccountExists);
        let asked = self.ask_again(Ask { instead, ..ask }, pending).await?;
        self.sent(asked).await
    }
}

fn one_by_one(email: &str, username: &str) -> String {
    format!("{email} {username}")
}

fn new_user(kept: &Kept, pending: &Pending, locale: String) -> NewUser {
    let mobile = kept.mobile.as_deref().and_then(|raw| PhoneNumber::parse(raw).ok());
    let account = NewAccount {
        username: kept.username.clone(),
        email: pending.subject.clone(),
        password: String::new(),
        full_name: format!("{} {}", kept.first_name, kept.last_name),
        whatsapp_number: mobile,
        locale: None,
    };
    let by_phone = pending.medium != Medium::Email;
    NewUser {
        account,
        password_hash: kept.password_hash.clone(),
        role: Role::Client,
        verified_by: by_phone.then_some(VerifiedBy::Code),
        opted_in: None,
        locale,
    }
}

fn read(typed: Registering) -> Result<(NewAccount, Kept, Medium, Address), DeskError> {
    let mut flaws = Flaws::default();
    let medium = flaws.need("otp_method", typed.otp_method, |raw| medium_typed(&raw));
    let mobile = typed.mobile.filter(|raw| !raw.trim().is_empty());
    let by_phone = medium.is_some_and(|medium| medium != Medium::Email);
    let mobile = match by_phone {
        true => flaws.need("mobile", mobile, |raw| phone("mobile", &raw)),
        false => flaws.may(mobile, |raw| phone("mobile", &raw)),
    };
    let first =
        flaws.need("first_name", typed.first_name, |raw| line("first_name", &raw, LONGEST_NAME));
    let last =
        flaws.need("last_name", typed.last_name, |raw| line("last_name", &raw, LONGEST_NAME));
    let application = Application {
        username: typed.username,
        email: typed.email,
        password: typed.password,
        // Their names are read above, each by its own field.
        full_name: Some("-".to_owned()),
        ..Application::default()
    };
    let account = application.read(&mut flaws);
    flaws.check().map_err(DeskError::Invalid)?;
    let unread = || DeskError::Defect("a registration without flaws was not read".to_owned());
    let (account, medium) = account.zip(medium).ok_or_else(unread)?;
    let (first_name, last_name) = first.zip(last).ok_or_else(unread)?;
    let to = match (medium, &mobile) {
        (Medium::Email, _) => EmailAddress::parse(&account.email).map(Address::Email),
        (_, Some(number)) => Some(Address::Phone(number.clone())),
        (_, None) => None,
    };
    let kept = Kept {
        username: account.username.clone(),
        first_name,
        last_name,
        password_hash: String::new(),
        mobile: mobile.map(|number| number.as_str().to_owned()),
    };
    Ok((account, kept, medium, to.ok_or_else(unread)?))
}

/// An e-mail as somebody typed it.
pub(super) fn email_typed(raw: &str) -> Result<EmailAddress, FieldError> {
    let say = "this is not an e-mail address; one looks like `jane@example.com`";
    EmailAddress::parse(raw).ok_or_else(|| FieldError::new("email", "email", say))
}

fn medium_typed(raw: &str) -> Result<Medium, FieldError> {
    match raw.trim().to_ascii_lowercase().as_str() {
        "email" => Ok(Medium::Email),
        "whatsapp" => Ok(Medium::WhatsApp),
        "sms" => Ok(Medium::Sms),
        _ => {
            let say = "`otp_method` is one of email, whatsapp, sms";
            Err(FieldError::new("otp_method", "unknown_value", say))
        }
    }
}
