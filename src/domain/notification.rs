//! A notification: one message to one person, and the words in which the log speaks of it.
use std::str::FromStr;

use chrono::TimeDelta;

use super::workflow::UnknownWord;

/// Names one notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotificationId(pub i64);

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// To be sent, or sent again.
    Queued,
    /// Under way to the provider.
    Sending,
    /// The provider took it.
    Sent,
    /// It will not arrive.
    Failed,
    /// It was never to be sent, for a reason that is said.
    Skipped,
    /// The answer was lost; nothing yet proves that it went or did not.
    Unconfirmed,
}

/// What the person's phone told the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receipt {
    /// It stands on the phone.
    Delivered,
    /// It was read.
    Read,
}

/// Why a message was not to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The person has no number.
    NoNumber,
    /// The number was never confirmed.
    NumberUnverified,
    /// The person never agreed to hear from us.
    NoConsent,
    /// The account is switched off.
    Inactive,
    /// It waited longer than it is worth.
    Expired,
    /// The ticket was deleted before it went.
    TicketDeleted,
    /// The person was erased.
    PersonErased,
}

/// Which messages go first, and how long they are worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// About a CRITICAL ticket.
    Critical,
    /// Everything else.
    Normal,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Skipped, Self::Unconfirmed];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
            Self::Unconfirmed => "UNCONFIRMED",
        }
    }
}

impl Receipt {
    /// Both receipts.
    pub const ALL: [Self; 2] = [Self::Delivered, Self::Read];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVERED",
            Self::Read => "READ",
        }
    }
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::NoNumber,
        Self::NumberUnverified,
        Self::NoConsent,
        Self::Inactive,
        Self::Expired,
        Self::TicketDeleted,
        Self::PersonErased,
    ];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoNumber => "no_number",
            Self::NumberUnverified => "number_unverified",
            Self::NoConsent => "no_consent",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::TicketDeleted => "ticket_deleted",
            Self::PersonErased => "person_erased",
        }
    }
}

impl Lane {
    /// Both lanes.
    pub const ALL: [Self; 2] = [Self::Critical, Self::Normal];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::Normal => "NORMAL",
        }
    }

    /// How long a message of this lane is worth sending.
    pub fn worth(self) -> TimeDelta {
        match self {
            Self::Critical => TimeDelta::hours(6),
            Self::Normal => TimeDelta::hours(24),
        }
    }

    /// How long a lost answer is waited for before the message may be sent once more, counted
    /// from the start of the attempt.
    pub fn patience(self) -> TimeDelta {
        match self {
            Self::Critical => TimeDelta::minutes(2),
            Self::Normal => TimeDelta::minutes(10),
        }
    }
}

impl FromStr for Status {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl FromStr for Receipt {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|receipt| receipt.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl FromStr for SkipReason {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl FromStr for Lane {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|lane| lane.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}
