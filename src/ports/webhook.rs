//! What a provider's webhook tells, once it is read: what people wrote, what became of our messages,
//! and news about our account, its numbers, its templates and the people we know.
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::domain::attempt::{Pricing, Report};
use crate::domain::consent::Said;
use crate::domain::medium::Medium;
use crate::domain::notification::NotificationId;
use crate::domain::phone::PhoneNumber;

/// What was read from a webhook. Each part stands on its own: one that cannot be read loses no
/// other, and stands in the raw event.
#[derive(Debug, Default)]
pub struct Read {
    /// What people wrote to us; to be acted on before the reports.
    pub incoming: Vec<Incoming>,
    /// What became of our messages.
    pub reports: Vec<Reported>,
    /// News about the account and its numbers.
    pub facts: Vec<Fact>,
    /// News about templates.
    pub templates: Vec<TemplateNews>,
    /// Numbers that another person has from now on, as far as the provider knows.
    pub left: Vec<Left>,
    /// Other news about people, of which nothing follows yet.
    pub people: usize,
    /// Messages to a number that is not ours, or to a group: not to be acted on.
    pub set_aside: usize,
    /// How many parts could not be read.
    pub unreadable: usize,
}

/// A number that its person has no more, or that may have another person now.
#[derive(Clone, PartialEq, Eq)]
pub struct Left {
    /// The number.
    pub number: PhoneNumber,
    /// Since when, by the provider's clock.
    pub at: DateTime<Utc>,
}

/// What a person wrote to a number of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The provider's id of the message; whoever acts on one twice does no harm.
    pub message_id: String,
    /// Who wrote.
    pub from: Writer,
    /// By which medium.
    pub over: Medium,
    /// Whether it was written to the number that we write from on WhatsApp, which may answer freely
    /// for a day, and which confirms who wrote.
    pub opens_window: bool,
    /// What the provider itself took it for, where it acts on such words of its own accord.
    pub taken_for: Option<Said>,
    /// The provider's word for what it is, such as `text`, `image`, `button`.
    pub kind: String,
    /// Its words: what was written, the caption of a picture, the title of the button.
    pub text: Option<String>,
    /// Which button was tapped, by the name that we gave it.
    pub button: Option<String>,
    /// The message that it answers, by the provider's id.
    pub quoted: Option<String>,
    /// When it was written, by the provider's clock.
    pub at: DateTime<Utc>,
}

/// Who wrote: by number, by an id that only this business knows, or both; never by none.
#[derive(Clone, PartialEq, Eq)]
pub struct Writer {
    /// Their number, where they show it.
    pub number: Option<PhoneNumber>,
    /// Their id towards this business. It is no number and is never read as one.
    pub user_id: Option<String>,
    /// What they call themselves.
    pub name: Option<String>,
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
    /// What the message counts as on the bill, where it says so.
    pub pricing: Option<Pricing>,
}

/// Something about our account or a number of ours, of which the newest counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is about, in the provider's words, such as `account_update.ACCOUNT_RESTRICTION`.
    pub name: String,
    /// Which number or account it is about, as the provider names it.
    pub about: String,
    /// What the provider said.
    pub value: Value,
    /// When, by the provider's clock, where it says so.
    pub at: Option<DateTime<Utc>>,
    /// Nothing can be sent while this holds.
    pub bars: bool,
    /// When it ends by itself, where that is known.
    pub until: Option<DateTime<Utc>>,
}

/// News about one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateNews {
    /// Its name.
    pub name: String,
    /// Its language, with an underscore, as in `en_US`.
    pub language: String,
    /// The provider's id of it.
    pub id: Option<String>,
    /// What is new.
    pub change: TemplateChange,
    /// When, by the provider's clock, where it says so.
    pub at: Option<DateTime<Utc>>,
}

/// What is new about a template; words are the provider's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateChange {
    /// How it stands, such as `APPROVED`, `REJECTED`, `PAUSED`.
    Status {
        /// The provider's word.
        event: String,
        /// Why, where it says.
        reason: Option<String>,
    },
    /// What people think of it, such as `GREEN`.
    Quality(String),
    /// In which category it is, or will be.
    Category {
        /// The category that is meant.
        category: String,
        /// From when on, where that is not now.
        from: Option<DateTime<Utc>>,
    },
    /// Its text is another one.
    Text,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming")
            .field("kind", &self.kind)
            .field("text", &self.text.as_ref().map(|text| text.len()))
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Left").field("at", &self.at).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("number", &self.number).finish_non_exhaustive()
    }
}
