//! What a channel to people does for us: it carries a message, and it reads what the provider
//! tells by webhook.
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::templates::Registry;
use super::webhook::Read;
use crate::domain::attempt::{Answer, Failure, Remedy, Report};
use crate::domain::fault::{Fault, Pause};
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::standing::Standing;

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which notification it is.
    pub notification: NotificationId,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// To whom.
    pub to: Address,
    /// In which form.
    pub form: Form,
    /// Where its reader says that they want no more of its kind; nowhere, where that cannot be said.
    pub opt_out: Option<OptOut>,
}

/// A way out of further messages of a kind.
#[derive(Clone)]
pub struct OptOut {
    /// The address: nothing happens where it is looked at, and once something is posted there, the
    /// reader gets no more. Whoever has it can say so for them.
    pub url: String,
    /// What stands there, in the reader's language.
    pub words: &'static str,
}

impl std::fmt::Debug for OptOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OptOut(••••••)")
    }
}

/// The form in which a message goes out.
#[derive(Clone)]
pub enum Form {
    /// Free text, for people who wrote to us within a day.
    Text(String),
    /// A template that the provider knows, for everybody else.
    Template(TemplateMessage),
    /// A one-time code, alone.
    Code(CodeForm),
}

/// A one-time code on its way: for a provider that has words of its own for codes, and for all
/// others.
#[derive(Clone)]
pub struct CodeForm {
    /// The code.
    pub code: String,
    /// The whole message.
    pub text: String,
    /// For how many minutes it is good.
    pub minutes: i64,
    /// In which language a provider says it that has words of its own: its code, like `pt_BR`.
    pub language: String,
}

/// A template with the values that fill it.
#[derive(Clone)]
pub struct TemplateMessage {
    /// Its name.
    pub name: String,
    /// The provider's code of its language, like `pt_BR`.
    pub language: String,
    /// Its values, each with the name of its place.
    pub parameters: Vec<(String, String)>,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Code(_) => f.write_str("Code(••••••)"),
            Self::Template(TemplateMessage { name, language, parameters }) => {
                write!(f, "Template({name} {language}, {} parameters)", parameters.len())
            }
        }
    }
}

/// Which way a message takes: its medium, and the provider that carries it, as a row names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// By which medium.
    pub medium: Medium,
    /// By which provider.
    pub provider: &'static str,
}

/// A channel to people: one provider that serves one medium.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// Carries one message, once: the answer says what is known of it, and nothing is repeated.
    async fn send(&self, message: Outgoing) -> Answer;

    /// What it serves.
    fn medium(&self) -> Medium;

    /// The provider's name, as rows keep it.
    fn provider(&self) -> &'static str;

    /// From which of our numbers or addresses it sends: reports about one say nothing of another.
    fn sender(&self) -> &str;

    /// Asks whether the provider would take messages, and sends none.
    ///
    /// # Errors
    /// Why it would not.
    async fn probe(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// What a failure says about more than its message.
    fn fault(&self, failure: &Failure) -> Fault {
        match failure.remedy {
            Remedy::Again => Fault::Outage,
            Remedy::Slower => Fault::Number,
            Remedy::Hold => Fault::Account(Pause::every(TimeDelta::minutes(10))),
            Remedy::Never | Remedy::AsTemplate => Fault::Message,
        }
    }

    /// Whether it could carry a message of this lane that this template would tell, too: where it
    /// could not, nobody tries it after another one.
    fn carries(&self, _lane: Lane, _template: Option<&str>) -> bool {
        true
    }

    /// What a person can do about an error of this provider.
    fn hint(&self, code: i64) -> String;

    /// Whether an error says that the person wants to hear no more by this medium.
    fn says_stop(&self, _code: i64) -> bool {
        false
    }

    /// Errors that say that nobody is at a number, by this medium.
    fn says_nobody(&self) -> &'static [i64] {
        &[]
    }

    /// Whether an error says that a number may have another person now.
    fn says_another(&self, _code: i64) -> bool {
        false
    }

    /// What a person can do where this provider could not be reached, or something else answered.
    fn unreached(&self) -> &'static str;

    /// The name under which its webhooks are kept; none where it sends none.
    fn webhooks(&self) -> Option<&'static str> {
        None
    }

    /// Whether a webhook is the provider's own.
    fn is_genuine(&self, _posted: &Posted<'_>) -> Genuine {
        Genuine::NoSecret
    }

    /// What is kept of a webhook that is the provider's own: its body, to the byte, with whatever
    /// else says what it is about.
    fn kept(&self, posted: &Posted<'_>) -> Vec<u8> {
        posted.body.to_vec()
    }

    /// By what one webhook is known from another: what is kept of it, where the provider repeats that
    /// to the byte.
    fn known_by(&self, kept: &[u8]) -> Vec<u8> {
        kept.to_vec()
    }

    /// Whether this is the token that we gave the provider to subscribe with.
    fn knows_verify_token(&self, _token: &str) -> bool {
        false
    }

    /// What a stored webhook tells; what nobody reads is kept raw. Where a provider does not say
    /// when something happened, it happened when that came in.
    fn read_webhook(&self, _kept: &[u8], _received_at: DateTime<Utc>) -> Read {
        Read::default()
    }

    /// Whether it says what became of a message where it is asked, besides reporting it.
    fn can_be_asked(&self) -> bool {
        false
    }

    /// What became of a message that it took, by its id there, and when that was, as far as it says so
    /// and proves anything.
    ///
    /// # Errors
    /// Why nobody said.
    async fn ask_after(
        &self,
        _message_id: &str,
    ) -> Result<Option<(Report, Option<DateTime<Utc>>)>, Failure> {
        Ok(None)
    }

    /// Where its templates are registered; none where it has none.
    fn registry(&self) -> Option<&dyn Registry> {
        None
    }

    /// Whether its provider is simulated.
    fn is_simulated(&self) -> bool {
        false
    }

    /// Asks the provider how we stand with it, and our own webhook under its public address whether
    /// it answers; nothing is sent and nothing is changed. Nothing where there is nobody to ask.
    async fn examine(&self, _public_url: Option<&str>) -> Option<Standing> {
        None
    }

    /// As a row names it.
    fn route(&self) -> Route {
        Route { medium: self.medium(), provider: self.provider() }
    }
}

/// From which of our numbers and addresses each provider sends. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Senders(Arc<HashMap<&'static str, String>>);

impl Senders {
    /// Of this provider; its own name where it is not set up any more.
    pub fn of<'a>(&'a self, provider: &'a str) -> &'a str {
        self.0.get(provider).map_or(provider, String::as_str)
    }
}

impl FromIterator<(&'static str, String)> for Senders {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(each: I) -> Self {
        Self(Arc::new(each.into_iter().collect()))
    }
}

/// A webhook as it came, before anybody knows whose it is.
#[derive(Clone, Copy, Default)]
pub struct Posted<'a> {
    /// What stands in its address after the question mark, as it came.
    pub query: &'a str,
    /// Its body, to the byte.
    pub body: &'a [u8],
    /// The signature that it shows.
    pub signature: Option<&'a str>,
    /// How it says that it was signed.
    pub settings: Option<&'a str>,
}

/// Whether a webhook is the provider's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Genuine {
    /// It is signed with our secret.
    Yes,
    /// It is not.
    No,
    /// We have no secret, so nothing can be told.
    NoSecret,
}
