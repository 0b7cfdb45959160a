//! E-mail by SMTP: the second way for it, to any mail server.
pub mod errors;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::mime::Sender;
use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};
use crate::domain::fault::Fault;
use crate::domain::finding::{Check, Finding};
use crate::domain::medium::Medium;
use crate::domain::standing::Standing;
use crate::ports::channel::{Channel, Outgoing};

/// Each word between us and the server may take so long.
const PATIENCE: Duration = Duration::from_secs(8);
/// And all of them together.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(14);

/// What the channel has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server: `smtps://`, or `smtp://`, which changes to TLS; perhaps with a user and a password.
    pub url: SecretString,
    /// From whom e-mails come.
    pub from: Sender,
}

/// The channel.
pub struct Smtp {
    settings: Settings,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

/// Whether this names a mail server.
pub fn is_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host())
}

impl Smtp {
    /// Opens the channel; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address cannot be used.
    pub fn open(settings: Settings) -> anyhow::Result<Self> {
        let url = settings.url.expose_secret();
        // What went wrong could hold the password.
        let wrong = || anyhow::anyhow!("SMTP_URL is no address of a mail server");
        let parsed = Url::parse(url).map_err(|_| wrong())?;
        let host = parsed.host_str().ok_or_else(wrong)?;
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| wrong())?;
        let says = parsed.query_pairs().any(|(name, _)| name == "tls");
        if parsed.scheme() == "smtp" && !says && !is_here(host) {
            let tls = TlsParameters::new(host.to_owned()).map_err(|_| wrong())?;
            // A password never goes in the open; a mail without one goes as safely as it can.
            builder = match parsed.password() {
                Some(_) => builder.tls(Tls::Required(tls)),
                None => builder.tls(Tls::Opportunistic(tls)),
            };
            builder = builder.port(parsed.port().unwrap_or(587));
        }
        let transport = builder.timeout(Some(PATIENCE)).build();
        Ok(Self { settings, transport })
    }

    async fn carry(&self, mail: Message) -> Outcome {
        let id = mail.headers().get_raw("Message-ID").unwrap_or_default();
        let provider_message_id = id.trim_matches(['<', '>', ' ']).to_owned();
        match tokio::time::timeout(PATIENCE_IN_ALL, self.transport.send(mail)).await {
            Ok(Ok(_)) => Outcome::Accepted { provider_message_id },
            Ok(Err(error)) => errors::outcome(&error),
            Err(_) => Outcome::Unknown {
                reason: format!("no answer within {} s", PATIENCE_IN_ALL.as_secs()),
            },
        }
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, message: Outgoing) -> Answer {
        let mail = match self.settings.from.write(&message) {
            Ok(mail) => mail,
            Err(failure) => return Answer::not_sent(failure),
        };
        let begun = Instant::now();
        let outcome = self.carry(mail).await;
        let took = TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
        Answer { took, ..Answer::of(outcome) }
    }

    async fn probe(&self) -> Result<(), Failure> {
        let away = |message: String| Failure { code: None, message, remedy: Remedy::Again };
        match tokio::time::timeout(PATIENCE_IN_ALL, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(away("the mail server did not answer as one".to_owned())),
            Ok(Err(error)) => Err(match errors::outcome(&error) {
                Outcome::Rejected(failure) | Outcome::NotSent(failure) => failure,
                _ => away("the mail server broke the connection".to_owned()),
            }),
            Err(_) => Err(away("the mail server did not answer in time".to_owned())),
        }
    }

    fn fault(&self, failure: &Failure) -> Fault {
        errors::fault(failure)
    }

    fn medium(&self) -> Medium {
        Medium::Email
    }

    fn provider(&self) -> &'static str {
        "smtp"
    }

    fn sender(&self) -> &str {
        self.settings.from.address().unwrap_or("smtp")
    }

    fn unreached(&self) -> &'static str {
        "The mail server could not be reached, or did not answer as one: whoever runs Deskbell checks \
         the host, port and TLS of SMTP_URL; it is tried again by itself while attempts last."
    }

    async fn examine(&self, _public_url: Option<&str>) -> Option<Standing> {
        Some(Standing::of(match self.probe().await {
            Ok(()) => vec![
                Finding::ok(Check::Api, "the mail server answers"),
                Finding::ok(Check::Token, "the mail server lets us in"),
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
