//! What a channel to people's phones does for us: it carries a message, and it reads what the
//! provider reports about one.
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::attempt::{Answer, Report};
use crate::domain::notification::NotificationId;
use crate::domain::phone::PhoneNumber;

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which notification it is.
    pub notification: NotificationId,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// To whom.
    pub to: PhoneNumber,
    /// In which form.
    pub form: Form,
}

/// The form in which a message goes out.
#[derive(Clone)]
pub enum Form {
    /// Free text, for people who wrote to us within a day.
    Text(String),
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

/// A channel to people's phones.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// Carries one message, once: the answer says what is known of it, and nothing is repeated.
    async fn send(&self, message: Outgoing) -> Answer;

    /// From which of our numbers it sends: reports about one number say nothing of another.
    fn sender(&self) -> &str;

    /// Whether the body of a webhook is the provider's own.
    fn is_genuine(&self, body: &[u8], signature: Option<&str>) -> Genuine;

    /// Whether this is the token that we gave the provider to subscribe with.
    fn knows_verify_token(&self, token: &str) -> bool;

    /// What a stored webhook reports about our messages; what it says besides is kept raw.
    fn read_reports(&self, body: &[u8]) -> Read;

    /// What a person can do about an error of this provider.
    fn hint(&self, code: i64) -> String;
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

/// What was read from a webhook.
#[derive(Debug, Default)]
pub struct Read {
    /// The reports, each on its own.
    pub reports: Vec<Reported>,
    /// How many parts could not be read; they stand in the raw event.
    pub unreadable: usize,
}

/// A report about one message.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Which attempt it names by our callback data, where that is ours.
    pub attempt: Option<(NotificationId, u32)>,
    /// The provider's id of the message.
    pub provider_message_id: String,
    /// What it says.
    pub report: Report,
    /// When it happened, by the provider's clock.
    pub at: DateTime<Utc>,
}
