//! One attempt to send a notification: what the provider answered, and what it told us later.
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::notification::Receipt;
use super::workflow::UnknownWord;

/// Why something failed, and whether trying again could end differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The provider's code, where it gave one.
    pub code: Option<i64>,
    /// The provider's words, or ours where there was no answer.
    pub message: String,
    /// What to do next.
    pub remedy: Remedy,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Try again after a wait, a few times.
    Again,
    /// It came too fast, for our number or for this person: try again soon, as often as it takes.
    Slower,
    /// The account or the template is at fault, not the message: keep it until that is mended.
    Hold,
    /// The person's window is shut: the template that tells the same may go.
    AsTemplate,
    /// This message will not go; trying again ends the same way.
    Never,
}

impl Remedy {
    /// Every remedy.
    pub const ALL: [Self; 5] =
        [Self::Again, Self::Slower, Self::Hold, Self::AsTemplate, Self::Never];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Again => "AGAIN",
            Self::Slower => "SLOWER",
            Self::Hold => "HOLD",
            Self::AsTemplate => "TEMPLATE",
            Self::Never => "NEVER",
        }
    }
}

impl FromStr for Remedy {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|remedy| remedy.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What we know of the answer to an attempt. The order is that of certainty: of two answers to one
/// attempt the later in this list is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It began; no answer is recorded.
    Started,
    /// The request left, perhaps, and its answer was lost.
    Unknown {
        /// How it was lost.
        reason: String,
    },
    /// It surely never reached the provider.
    NotSent(Failure),
    /// The provider refused it.
    Rejected(Failure),
    /// The provider took it and gave it this id.
    Accepted {
        /// The provider's id of the message.
        provider_message_id: String,
    },
}

impl Outcome {
    /// The word in the log.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Started => "STARTED",
            Self::Unknown { .. } => "UNKNOWN",
            Self::NotSent(_) => "NOT_SENT",
            Self::Rejected(_) => "REJECTED",
            Self::Accepted { .. } => "ACCEPTED",
        }
    }
}

/// What the answer to a send was, with what one needs to look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub outcome: Outcome,
    /// The HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// From the first byte sent to the last one read.
    pub took: TimeDelta,
    /// How long the provider asked us to wait.
    pub retry_after: Option<TimeDelta>,
}

/// What a status report says about one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The provider sent it on.
    Sent,
    /// It arrived, or was read.
    Received(Receipt),
    /// It failed after all.
    Failed(Failure),
}

/// What a message counts as on the provider's bill; the words are the provider's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pricing {
    /// Such as `utility`, `authentication` or `service`.
    pub category: String,
    /// Such as `regular` or `free_customer_service`.
    pub kind: Option<String>,
    /// Whether it is charged.
    pub billable: Option<bool>,
}

/// One attempt, with all the evidence that has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// What we know of the answer.
    pub outcome: Outcome,
    /// When the answer was recorded.
    pub answered_at: Option<DateTime<Utc>>,
    /// The HTTP status of the answer.
    pub http_status: Option<u16>,
    /// How long the answer took.
    pub took: Option<TimeDelta>,
    /// The provider's id, from the answer or from a report.
    pub provider_message_id: Option<String>,
    /// When the provider says it sent it on.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// When and why it failed after all.
    pub failed: Option<(DateTime<Utc>, Failure)>,
    /// When the first report about it came in.
    pub heard_at: Option<DateTime<Utc>>,
    /// What it counts as on the bill.
    pub pricing: Option<Pricing>,
    /// The template that went; free text where there is none.
    pub template: Option<String>,
    /// The language in which it went, where that is known.
    pub locale: Option<String>,
}

impl Attempt {
    /// An attempt that has just begun.
    pub fn started(number: u32, started_at: DateTime<Utc>) -> Self {
        Self {
            number,
            started_at,
            outcome: Outcome::Started,
            answered_at: None,
            http_status: None,
            took: None,
            provider_message_id: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed: None,
            heard_at: None,
            pricing: None,
            template: None,
            locale: None,
        }
    }

    /// Notes the answer; of two, the more certain one stays.
    pub fn answered(&mut self, answer: &Answer, now: DateTime<Utc>) {
        if answer.outcome <= self.outcome {
            return;
        }
        if let Outcome::Accepted { provider_message_id } = &answer.outcome {
            self.provider_message_id.get_or_insert_with(|| provider_message_id.clone());
        }
        self.outcome = answer.outcome.clone();
        self.answered_at = Some(now);
        self.http_status = answer.http_status;
        self.took = Some(answer.took);
    }

    /// Notes a report; of two of a kind, the earlier one stays.
    pub fn reported(&mut self, report: &Report, at: DateTime<Utc>, now: DateTime<Utc>) {
        match report {
            Report::Sent => earliest(&mut self.sent_at, at),
            Report::Received(Receipt::Delivered) => earliest(&mut self.delivered_at, at),
            Report::Received(Receipt::Read) => earliest(&mut self.read_at, at),
            Report::Failed(failure) => {
                let failed = (at, failure.clone());
                if self.failed.as_ref().is_none_or(|known| failed < *known) {
                    self.failed = Some(failed);
                }
            }
        }
        earliest(&mut self.heard_at, now);
    }

    /// Notes what it counts as; of two that differ the same one stays, whichever comes first.
    pub fn priced(&mut self, pricing: &Pricing) {
        if self.pricing.as_ref().is_none_or(|known| known < pricing) {
            self.pricing = Some(pricing.clone());
        }
    }

    /// What the phone confirmed.
    pub fn receipt(&self) -> Option<Receipt> {
        match (self.read_at, self.delivered_at) {
            (Some(_), _) => Some(Receipt::Read),
            (None, Some(_)) => Some(Receipt::Delivered),
            (None, None) => None,
        }
    }

    /// The provider took it and it has not failed since.
    pub fn is_alive(&self) -> bool {
        let taken = matches!(self.outcome, Outcome::Accepted { .. }) || self.sent_at.is_some();
        self.receipt().is_some() || (taken && self.failed.is_none())
    }

    /// Nobody knows whether it went.
    pub fn is_unknown(&self) -> bool {
        let unanswered = matches!(self.outcome, Outcome::Started | Outcome::Unknown { .. });
        unanswered && self.heard_at.is_none()
    }

    /// It was free text, and the person's window was shut.
    pub fn is_refused_as_text(&self) -> bool {
        let shut = self.failure().is_some_and(|failure| failure.remedy == Remedy::AsTemplate);
        self.template.is_none() && shut
    }

    /// Why it surely did not arrive, where that is known.
    pub fn failure(&self) -> Option<&Failure> {
        match (&self.failed, &self.outcome) {
            (Some((_, failure)), _) => Some(failure),
            (None, Outcome::NotSent(failure) | Outcome::Rejected(failure)) => Some(failure),
            _ => None,
        }
    }
}

fn earliest(known: &mut Option<DateTime<Utc>>, at: DateTime<Utc>) {
    *known = Some(known.map_or(at, |known| known.min(at)));
}
