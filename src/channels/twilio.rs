//! SMS, and WhatsApp by another way, over Twilio's Messages API: sending, and reading what Twilio
//! reports. The two are one account and two channels.
mod client;
pub mod errors;
mod examine;
mod form;
mod inbound;
mod signature;
mod webhook;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::domain::attempt::{Answer, Failure, Report};
use crate::domain::callback::Callbacks;
use crate::domain::fault::Fault;
use crate::domain::medium::Medium;
use crate::domain::notification::Lane;
use crate::domain::standing::Standing;
use crate::ports::channel::{Channel, Genuine, Outgoing, Posted};
use crate::ports::webhook::Read;

/// Where Twilio posts what became of our messages.
pub const WEBHOOK: &str = "/webhook/twilio";
/// The number of Twilio's sandbox for WhatsApp, which everybody shares.
const SANDBOX: &str = "+14155238886";

/// What the channels have to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API stands.
    pub api_url: String,
    /// The account.
    pub account_sid: String,
    /// Its secret: the password of every request, and the key of every callback.
    pub auth_token: SecretString,
    /// The key of the newer signatures, where the account has one.
    pub webhook_key: Option<SecretString>,
    /// The number that SMS come from.
    pub number: Option<String>,
    /// The Messaging Service that chooses a number for each SMS; it goes before the number.
    pub messaging_service: Option<String>,
    /// The number that WhatsApp messages come from.
    pub whatsapp_from: Option<String>,
    /// The Content of each template, by its name, perhaps with its language.
    pub content_sids: BTreeMap<String, String>,
    /// Under which address Twilio reaches us; without one it is asked for no reports.
    pub callback_base: Option<String>,
    /// Whether Twilio is simulated.
    pub is_simulated: bool,
}

/// One of the two channels.
pub struct Twilio {
    account: Arc<Account>,
    medium: Medium,
    sender: String,
}

struct Account {
    settings: Settings,
    client: client::Client,
    callbacks: Callbacks,
}

impl Twilio {
    /// Opens what the account can carry: SMS where it has a number or a Messaging Service for it,
    /// WhatsApp where it has a number for that. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the HTTP client or its address cannot be made.
    pub fn open(settings: Settings, callbacks: Callbacks) -> anyhow::Result<Vec<Self>> {
        let client = client::Client::new(&settings)?;
        let sms = settings.messaging_service.clone().or_else(|| settings.number.clone());
        let whatsapp = settings.whatsapp_from.clone();
        let account = Arc::new(Account { settings, client, callbacks });
        let channel = |medium, sender: Option<String>| {
            sender.map(|sender| Self { account: account.clone(), medium, sender })
        };
        let both = [channel(Medium::Sms, sms), channel(Medium::WhatsApp, whatsapp)];
        Ok(both.into_iter().flatten().collect())
    }
}

#[async_trait]
impl Channel for Twilio {
    async fn send(&self, message: Outgoing) -> Answer {
        match form::write(&self.account, self.medium, &message) {
            Ok(form) => self.account.client.send(&form).await,
            Err(failure) => Answer::not_sent(failure),
        }
    }

    async fn probe(&self) -> Result<(), Failure> {
        self.account.client.probe().await
    }

    fn fault(&self, failure: &Failure) -> Fault {
        errors::fault(failure)
    }

    fn medium(&self) -> Medium {
        self.medium
    }

    fn provider(&self) -> &'static str {
        match self.medium {
            Medium::WhatsApp => "twilio_whatsapp",
            Medium::Sms | Medium::Email => "twilio",
        }
    }

    fn sender(&self) -> &str {
        &self.sender
    }

    fn unreached(&self) -> &'static str {
        "Twilio could not be reached, or did not answer as itself: whoever runs Deskbell checks the \
         network and TWILIO_API_URL; it is tried again by itself while attempts last."
    }

    fn webhooks(&self) -> Option<&'static str> {
        self.account.settings.callback_base.is_some().then_some("twilio")
    }

    fn is_genuine(&self, posted: &Posted<'_>) -> Genuine {
        signature::judge(&self.account.settings, posted)
    }

    /// Which notification it is about stands in the address, so that belongs to what is kept.
    fn kept(&self, posted: &Posted<'_>) -> Vec<u8> {
        match posted.query {
            "" => posted.body.to_vec(),
            query => [query.as_bytes(), b"&", posted.body].concat(),
        }
    }

    fn known_by(&self, kept: &[u8]) -> Vec<u8> {
        inbound::id(kept).unwrap_or_else(|| kept.to_vec())
    }

    fn read_webhook(&self, kept: &[u8], received_at: DateTime<Utc>) -> Read {
        webhook::read(kept, &self.account.callbacks, received_at)
    }

    fn can_be_asked(&self) -> bool {
        true
    }

    async fn ask_after(
        &self,
        message_id: &str,
    ) -> Result<Option<(Report, Option<DateTime<Utc>>)>, Failure> {
        let said = self.account.client.ask(&format!("/Messages/{message_id}.json")).await?;
        Ok(webhook::told(&said))
    }

    fn carries(&self, lane: Lane, template: Option<&str>) -> bool {
        let settings = &self.account.settings;
        let is_sandbox = settings.whatsapp_from.as_deref() == Some(SANDBOX);
        let name = if lane == Lane::Code { Some(form::CODE) } else { template };
        let known = |name: &str| {
            let of_language = |known: &String| known.split('.').next() == Some(name);
            settings.content_sids.keys().any(of_language)
        };
        self.medium == Medium::Sms || is_sandbox || name.is_some_and(known)
    }

    fn is_simulated(&self) -> bool {
        self.account.settings.is_simulated
    }

    async fn examine(&self, _public_url: Option<&str>) -> Option<Standing> {
        Some(Standing::of(self.findings().await))
    }

    fn hint(&self, code: i64) -> String {
        errors::hint(code)
    }

    fn says_nobody(&self) -> &'static [i64] {
        match self.medium {
            Medium::WhatsApp => &errors::NOBODY_THERE,
            Medium::Sms | Medium::Email => &[],
        }
    }

    fn says_stop(&self, code: i64) -> bool {
        self.medium == Medium::Sms && code == errors::SAID_STOP
    }
}
