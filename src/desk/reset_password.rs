//! Another password for whoever has forgotten theirs, in three steps of one flow that only its
//! beginner can go on with. The first step is the same for everybody: whether there is an account is
//! looked up once it is answered.
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::Desk;
use super::code_error::CodeError;
use super::code_limits::Counted;
use super::codes::post;
use super::confirm_number::code_read;
use super::error::DeskError;
use crate::domain::account::{self, password};
use crate::domain::country::Country;
use crate::domain::event::Event;
use crate::domain::medium::{Address, EmailAddress, Medium};
use crate::domain::notification::Lane;
use crate::domain::number_trust::for_recovery;
use crate::domain::one_time_code::{HIDDEN, LIFETIME, Purpose};
use crate::domain::text::{FieldError, Flaws, line};
use crate::domain::user::User;
use crate::store::codes::NewCode;
use crate::store::letters::NewLetter;

/// A flow that has begun.
#[derive(Clone, Debug)]
pub struct ResetBegun {
    /// What its next steps show.
    pub flow: String,
    /// The code, where everything is simulated.
    pub debug_otp: Option<String>,
}

impl Desk {
    /// Begins a flow; where there is such an account, a code goes to it.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Code`] where too many were asked for, or
    /// the way is not set up.
    pub async fn begin_reset(
        &self,
        typed: Result<(Option<String>, Option<String>), Vec<FieldError>>,
        from: IpAddr,
    ) -> Result<ResetBegun, DeskError> {
        let (login, medium) = read(typed.map_err(DeskError::Invalid)?)?;
        let via = self.route(medium).await?;
        let flow = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let subject = self.flow(&flow);
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let address = self.limits.address(from);
        let tx = self.store.begin().await?;
        let counted = Counted {
            one_by_one: Some(&login),
            destination: &login,
            country: "",
            account: None,
            address: Some(&address),
        };
        self.codes.limits.take(&tx, &counted).await?;
        let id = tx
            .add_code(NewCode {
                purpose: Purpose::ResetPassword,
                user: None,
                subject: subject.clone(),
                medium,
                to: String::new(),
                country: String::new(),
                nonce: nonce.clone(),
                sealed: None,
                payload: None,
                address,
                tries: 0,
                expires_at: tx.now + LIFETIME,
            })
            .await?;
        tx.commit().await?;
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.aim_reset(id, &login, via).await {
                tracing::warn!(%error, "a code to choose another password was not sent");
            }
        });
        let code = self.codes.made(&nonce, Purpose::ResetPassword, &subject);
        let shown = self.codes.settings.shown.contains(&medium);
        Ok(ResetBegun { flow, debug_otp: shown.then(|| code.as_str().to_owned()) })
    }

    /// Takes the code of a flow.
    ///
    /// # Errors
    /// [`CodeError::Wrong`], whatever is wrong with it.
    pub async fn enter_reset_code(
        &self,
        typed: Result<(Option<String>, Option<String>), Vec<FieldError>>,
    ) -> Result<(), DeskError> {
        let (flow, code) = typed.map_err(DeskError::Invalid)?;
        let mut flaws = Flaws::default();
        let flow = flaws.need("flow", flow, Ok);
        let code = flaws.need("code", code, |raw| code_read("code", &raw));
        flaws.check().map_err(DeskError::Invalid)?;
        let (Some(flow), Some(code)) = (flow, code) else {
            return Err(DeskError::Defect("a code without flaws was not read".to_owned()));
        };
        let found = self.enter_code(Purpose::ResetPassword, &self.flow(&flow), &code).await?;
        let tx = self.store.begin().await?;
        if found.user.is_none() || !tx.use_code(&found).await? {
            return Err(CodeError::Wrong.into());
        }
        Ok(tx.commit().await?)
    }

    /// Gives the account of a flow whose code was entered another password, once; every session of
    /// it ends.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`CodeError::Wrong`] where the flow is not there yet,
    /// or over.
    pub async fn end_reset(
        &self,
        typed: Result<(Option<String>, Option<String>), Vec<FieldError>>,
    ) -> Result<(), DeskError> {
        let (flow, new) = typed.map_err(DeskError::Invalid)?;
        let mut flaws = Flaws::default();
        let flow = flaws.need("flow", flow, Ok);
        let new = flaws.need("new_password", new, |raw| password("new_password", raw));
        flaws.check().map_err(DeskError::Invalid)?;
        let (Some(flow), Some(new)) = (flow, new) else {
            return Err(DeskError::Defect("a request without flaws was not read".to_owned()));
        };
        // Nobody who makes flows up gets us to hash.
        let subject = self.flow(&flow);
        let tx = self.store.begin().await?;
        let ended = tx.end_used_code(Purpose::ResetPassword, &subject, LIFETIME).await?;
        let Some((user, medium)) = ended else { return Err(CodeError::Wrong.into()) };
        tx.commit().await?;
        let hash = self.passwords.hash(new).await?;
        let tx = self.store.begin().await?;
        let held = tx.hold_user(user).await?;
        let (user, _) =
            held.filter(|(user, _)| user.is_active).ok_or(DeskError::Code(CodeError::Wrong))?;
        tx.change_password(user.id, hash).await?;
        tx.end_sessions_of(user.id).await?;
        if medium == Medium::Email {
            tx.email_verified(user.id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Where there is such an account, the code goes to it: to its e-mail, or to its confirmed number.
    async fn aim_reset(
        &self,
        id: i64,
        login: &str,
        via: crate::ports::channel::Route,
    ) -> Result<(), DeskError> {
        let known = self.store.user_by_login(login).await?;
        let Some((user, _)) = known.filter(|(user, _)| user.is_active) else { return Ok(()) };
        let Some(to) = reached(&user, via.medium, self.store.now()) else { return Ok(()) };
        let country = match &to {
            Address::Phone(number) => Country::of(number).map_or("", Country::as_str),
            Address::Email(_) => "",
        };
        let mut tx = self.store.begin().await?;
        tx.aim_code(id, user.id, to.as_str(), country).await?;
        let letter = NewLetter {
            event: Event::CodeRequested,
            lane: Lane::Code,
            recipient: Some(user.id),
            via,
            to,
            body: self.codes.words(HIDDEN, LIFETIME.num_minutes()),
            expires_at: tx.now + LIFETIME,
        };
        post(&mut tx, id, letter, None).await?;
        Ok(tx.commit().await?)
    }

    fn flow(&self, shown: &str) -> String {
        self.keyed.word("flow of a reset", &[shown.as_bytes()])
    }
}

fn reached(user: &User, medium: Medium, now: DateTime<Utc>) -> Option<Address> {
    match medium {
        Medium::Email => EmailAddress::parse(&user.email).map(Address::Email),
        Medium::WhatsApp | Medium::Sms => for_recovery(user, now).cloned().map(Address::Phone),
    }
}

fn read(typed: (Option<String>, Option<String>)) -> Result<(String, Medium), DeskError> {
    let (login, channel) = typed;
    let mut flaws = Flaws::default();
    let login = flaws.need("login", login, |raw| line("login", &raw, 254));
    let medium = match channel.as_deref().map(str::trim) {
        None | Some("email") => Some(Medium::Email),
        Some("whatsapp") => Some(Medium::WhatsApp),
        Some("sms") => Some(Medium::Sms),
        Some(_) => {
            let say = "`channel` is one of email, whatsapp, sms";
            flaws.keep(Err(FieldError::new("channel", "unknown_value", say)))
        }
    };
    flaws.check().map_err(DeskError::Invalid)?;
    let read = login.map(|login| account::login(&login)).zip(medium);
    read.ok_or_else(|| DeskError::Defect("a login without flaws was not read".to_owned()))
}
