//! WhatsApp by Meta's Cloud API: sending, and reading what Meta reports.
mod client;
mod code;
pub mod errors;
mod examine;
mod faults;
mod graph;
mod hints;
mod signature;
pub mod templates;
mod token;
pub mod version;
mod webhook;
mod wire;

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::domain::attempt::{Answer, Failure, Remedy};
use crate::domain::callback::Callbacks;
use crate::domain::fault::Fault;
use crate::domain::medium::Medium;
use crate::domain::standing::Standing;
use crate::ports::channel::{Channel, Genuine, Outgoing, Posted};
use crate::ports::templates::Registry;
use crate::ports::webhook::Read;
use graph::NoAnswer;

/// What the channel has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the Graph API stands, without a version.
    pub api_url: String,
    /// Its version, like `v25.0`.
    pub api_version: String,
    /// The bearer token.
    pub access_token: SecretString,
    /// The file that it was read from, which is read again when it changes.
    pub access_token_file: Option<PathBuf>,
    /// Meta's id of our number.
    pub phone_number_id: String,
    /// Our number as people know it, where it is to be compared with that of the id.
    pub business_number: Option<String>,
    /// Meta's id of the account that holds the number; asked of the token unless set.
    pub business_account_id: Option<String>,
    /// Whether Meta is simulated.
    pub is_simulated: bool,
    /// What Meta shows when it subscribes to our webhook.
    pub verify_token: Option<SecretString>,
    /// What Meta signs webhooks with; two while one is rotated.
    pub app_secrets: Vec<SecretString>,
}

/// The channel.
pub struct WhatsApp {
    settings: Settings,
    client: client::Client,
    callbacks: Callbacks,
}

impl WhatsApp {
    /// Opens the channel; nothing is sent yet.
    ///
    /// # Errors
    /// Where the HTTP client or its address cannot be made.
    pub fn open(settings: Settings, callbacks: Callbacks) -> anyhow::Result<Self> {
        let client = client::Client::new(&settings)?;
        Ok(Self { settings, client, callbacks })
    }
}

#[async_trait]
impl Channel for WhatsApp {
    async fn send(&self, message: Outgoing) -> Answer {
        let callback = self.callbacks.write(message.notification, message.attempt);
        self.client.send(&wire::Message::of(message.to.as_str(), &message.form, &callback)).await
    }

    async fn probe(&self) -> Result<(), Failure> {
        let asked = self.client.ask(&self.settings.phone_number_id, &[("fields", "id")]).await;
        asked.map(drop).map_err(|why| match why {
            NoAnswer::Refused(error) => errors::failure(&error),
            NoAnswer::Unreached(message) => Failure { code: None, message, remedy: Remedy::Again },
        })
    }

    fn fault(&self, failure: &Failure) -> Fault {
        faults::fault(failure)
    }

    fn registry(&self) -> Option<&dyn Registry> {
        Some(self)
    }

    fn medium(&self) -> Medium {
        Medium::WhatsApp
    }

    fn provider(&self) -> &'static str {
        "meta"
    }

    fn sender(&self) -> &str {
        &self.settings.phone_number_id
    }

    fn unreached(&self) -> &'static str {
        "WhatsApp could not be reached: whoever runs Deskbell checks the network and \
         WHATSAPP_API_URL; it is tried again by itself while attempts last."
    }

    fn webhooks(&self) -> Option<&'static str> {
        Some("meta")
    }

    fn is_genuine(&self, posted: &Posted<'_>) -> Genuine {
        let Posted { body, signature, .. } = *posted;
        match (self.settings.app_secrets.as_slice(), signature) {
            ([], _) => Genuine::NoSecret,
            (secrets, Some(header)) if signature::is_ours(secrets, body, header) => Genuine::Yes,
            _ => Genuine::No,
        }
    }

    fn knows_verify_token(&self, token: &str) -> bool {
        let known = self.settings.verify_token.as_ref();
        known.is_some_and(|known| known.expose_secret().as_bytes().ct_eq(token.as_bytes()).into())
    }

    fn read_webhook(&self, body: &[u8], _received_at: DateTime<Utc>) -> Read {
        let phone_number_id = &self.settings.phone_number_id;
        webhook::Reader { callbacks: &self.callbacks, phone_number_id }.read(body)
    }

    fn is_simulated(&self) -> bool {
        self.settings.is_simulated
    }

    async fn examine(&self, public_url: Option<&str>) -> Option<Standing> {
        Some(self.standing(public_url).await)
    }

    fn hint(&self, code: i64) -> String {
        hints::hint(code)
    }

    /// The identity behind the number is another one.
    fn says_another(&self, code: i64) -> bool {
        code == 137_000
    }

    /// The number is not on WhatsApp, or whoever has it never agreed to its terms.
    fn says_nobody(&self) -> &'static [i64] {
        &[131_026]
    }
}
