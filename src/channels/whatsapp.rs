//! WhatsApp by Meta's Cloud API: sending, and reading what Meta reports.
mod client;
pub mod errors;
mod hints;
mod signature;
mod webhook;
mod wire;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::domain::attempt::Answer;
use crate::domain::callback::Callbacks;
use crate::ports::channel::{Channel, Form, Genuine, Outgoing, Read};

/// What the channel has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the Graph API stands, without a version.
    pub api_url: String,
    /// Its version, like `v25.0`.
    pub api_version: String,
    /// The bearer token.
    pub access_token: SecretString,
    /// Meta's id of our number.
    pub phone_number_id: String,
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
        let Form::Text(body) = &message.form;
        self.client.send(&wire::Message::text(message.to.as_str(), body, &callback)).await
    }

    fn sender(&self) -> &str {
        &self.settings.phone_number_id
    }

    fn is_genuine(&self, body: &[u8], signature: Option<&str>) -> Genuine {
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

    fn read_reports(&self, body: &[u8]) -> Read {
        webhook::read(body, &self.callbacks)
    }

    fn hint(&self, code: i64) -> String {
        hints::hint(code)
    }
}
