//! A message that Twilio took, and how far it came.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::super::{address::Address, provider::Provider};

/// How far a message came, in Twilio's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A Messaging Service has it and has chosen no number yet.
    Accepted,
    /// It waits to be sent.
    Queued,
    /// It is on its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// It never left.
    Failed,
    /// It left and never came.
    Undelivered,
    /// It is on the phone.
    Delivered,
    /// The person saw it; WhatsApp only.
    Read,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Undelivered => "undelivered",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

/// A message that Twilio took.
pub struct Text {
    /// Twilio's name for it.
    pub sid: String,
    /// Whose phone it is for.
    pub to: Address,
    /// Over which of Twilio's channels it goes.
    pub provider: Provider,
    /// The number that sends it.
    pub from: String,
    /// The Messaging Service, where one was asked to choose the number.
    pub service: Option<String>,
    /// What the person reads.
    pub body: String,
    /// How many pictures or files come with it.
    pub media: usize,
    /// Where news of it goes.
    pub callback: Option<String>,
    /// The request as it came.
    pub form: Vec<(String, String)>,
    /// When it was taken.
    pub at: DateTime<Utc>,
    state: Mutex<State>,
}

/// What changes about a message.
#[derive(Clone)]
pub struct State {
    /// How far it came.
    pub status: Status,
    /// Why it did not come, if it did not.
    pub code: Option<i64>,
    /// When it left.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A message that nobody has taken yet.
pub struct Draft {
    /// Whose phone it is for.
    pub to: Address,
    /// Over which of Twilio's channels it goes.
    pub provider: Provider,
    /// The number that sends it.
    pub from: String,
    /// The Messaging Service.
    pub service: Option<String>,
    /// What the person reads.
    pub body: String,
    /// How many pictures or files come with it.
    pub media: usize,
    /// Whether an approved template says what it says.
    pub is_template: bool,
    /// Where news of it goes.
    pub callback: Option<String>,
    /// The request as it came.
    pub form: Vec<(String, String)>,
}

impl Text {
    /// Takes a draft.
    pub fn take(draft: Draft, at: DateTime<Utc>) -> Self {
        let kind = if draft.media > 0 { "MM" } else { "SM" };
        let status = if draft.service.is_some() { Status::Accepted } else { Status::Queued };
        Self {
            sid: format!("{kind}{}", hex::encode(rand::random::<[u8; 16]>())),
            to: draft.to,
            provider: draft.provider,
            from: draft.from,
            service: draft.service,
            body: draft.body,
            media: draft.media,
            callback: draft.callback,
            form: draft.form,
            at,
            state: Mutex::new(State { status, code: None, sent_at: None, updated_at: at }),
        }
    }

    /// How far it is.
    pub fn state(&self) -> State {
        self.lock().clone()
    }

    /// Notes how far it came; false where it was as far already.
    pub fn note(&self, status: Status, code: Option<i64>, at: DateTime<Utc>) -> bool {
        let mut state = self.lock();
        if status <= state.status {
            return false;
        }
        if status >= Status::Sent {
            state.sent_at.get_or_insert(at);
        }
        (state.status, state.code, state.updated_at) = (status, code, at);
        true
    }

    /// Whether the person saw it.
    pub fn is_read(&self) -> bool {
        self.lock().status == Status::Read
    }

    /// A number of it as Twilio writes it on its channel.
    pub fn spelt(&self, number: &str) -> String {
        match self.provider {
            Provider::TwilioWhatsapp => format!("whatsapp:{number}"),
            _ => number.to_owned(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
