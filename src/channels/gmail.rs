//! E-mail by Gmail's API, in the name of whoever consented once: an access token is fetched with
//! their refresh token, for many messages, and again before it ends.
mod client;
pub mod connect;
pub mod errors;
mod token;

use async_trait::async_trait;
use secrecy::SecretString;

use super::mime::Sender;
use crate::domain::attempt::{Answer, Failure};
use crate::domain::fault::Fault;
use crate::domain::finding::{Check, Finding};
use crate::domain::medium::Medium;
use crate::domain::standing::Standing;
use crate::ports::channel::{Channel, Outgoing};
use crate::ports::clock::SharedClock;

/// What the channel has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The client at Google.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// By which access tokens are fetched.
    pub refresh_token: SecretString,
    /// From whom e-mails come.
    pub from: Sender,
    /// Where Gmail's API stands.
    pub api_url: String,
    /// Where access tokens are fetched.
    pub token_url: String,
    /// Whether Google is simulated.
    pub is_simulated: bool,
}

/// The channel.
pub struct Gmail {
    settings: Settings,
    client: client::Client,
}

impl Gmail {
    /// Opens the channel; nothing is sent yet.
    ///
    /// # Errors
    /// Where the HTTP client or its address cannot be made.
    pub fn open(settings: Settings, clock: SharedClock) -> anyhow::Result<Self> {
        let client = client::Client::new(&settings, clock)?;
        Ok(Self { settings, client })
    }
}

#[async_trait]
impl Channel for Gmail {
    async fn send(&self, message: Outgoing) -> Answer {
        match self.settings.from.write(&message) {
            Ok(mail) => self.client.send(&mail.formatted()).await,
            Err(failure) => Answer::not_sent(failure),
        }
    }

    async fn probe(&self) -> Result<(), Failure> {
        self.client.probe().await
    }

    fn fault(&self, failure: &Failure) -> Fault {
        errors::fault(failure)
    }

    fn medium(&self) -> Medium {
        Medium::Email
    }

    fn provider(&self) -> &'static str {
        "gmail"
    }

    fn sender(&self) -> &str {
        self.settings.from.address().unwrap_or("gmail")
    }

    fn unreached(&self) -> &'static str {
        "Google could not be reached, or did not answer as itself: whoever runs Deskbell checks the \
         network, GMAIL_API_URL and GOOGLE_TOKEN_URL; it is tried again by itself while attempts last."
    }

    fn is_simulated(&self) -> bool {
        self.settings.is_simulated
    }

    async fn examine(&self, _public_url: Option<&str>) -> Option<Standing> {
        Some(Standing::of(match self.probe().await {
            Ok(()) => vec![
                Finding::ok(Check::Api, "Google answers"),
                Finding::ok(Check::Token, "Google grants access to the mailbox"),
            ],
            Err(Failure { code: Some(code), message, .. }) => {
                vec![Finding::failed(Check::Token, message, self.hint(code))]
            }
            Err(Failure { code: None, message, .. }) => {
                vec![Finding::failed(Check::Api, message, self.unreached())]
            }
        }))
    }

    fn hint(&self, code: i64) -> String {
        errors::hint(code)
    }
}
