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

/// Why a message was not to be sent. What concerns the person is looked at when the message is
/// written down, when it is claimed, and when an admin asks to try anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The person has no number.
    NoNumber,
    /// The number was never confirmed.
    NumberUnverified,
    /// The person never agreed to hear from us.
    NoConsent,
    /// The person agreed once and said `STOP` since, or left every channel out.
    OptedOut,
    /// WhatsApp had nobody at their number, again and again.
    Undeliverable,
    /// Their e-mail was never confirmed, and there is no other way to them.
    EmailUnverified,
    /// No provider is set up for any of the channels that they left open.
    NoChannel,
    /// They do not want to hear of this event.
    Muted,
    /// Another way to the person turned out to have reached them: the claim sees it, or the sweep.
    ReachedOtherwise,
    /// The account is switched off.
    Inactive,
    /// It waited longer than it is worth: the claim sees it, or the sweep.
    Expired,
    /// It waited ten minutes, and the person is to hear of a newer state of the same ticket: the
    /// claim sees it, or the sweep.
    Superseded,
    /// Its ticket was deleted.
    TicketDeleted,
    /// The person was erased.
    PersonErased,
}

/// Which messages go first, and how long they are worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A code, for which somebody waits.
    Code,
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
    pub const ALL: [Self; 14] = [
        Self::NoNumber,
        Self::NumberUnverified,
        Self::NoConsent,
        Self::OptedOut,
        Self::Undeliverable,
        Self::EmailUnverified,
        Self::NoChannel,
        Self::Muted,
        Self::ReachedOtherwise,
        Self::Inactive,
        Self::Expired,
        Self::Superseded,
        Self::TicketDeleted,
        Self::PersonErased,
    ];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoNumber => "no_number",
            Self::NumberUnverified => "number_unverified",
            Self::NoConsent => "no_consent",
            Self::OptedOut => "opted_out",
            Self::Undeliverable => "undeliverable",
            Self::EmailUnverified => "email_unverified",
            Self::NoChannel => "no_channel",
            Self::Muted => "muted",
            Self::ReachedOtherwise => "reached_otherwise",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::TicketDeleted => "ticket_deleted",
            Self::PersonErased => "person_erased",
        }
    }
}

/// After this wait a state is not worth telling where a newer one is to be told.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);

impl Lane {
    /// Every lane, the one that goes first in front.
    pub const ALL: [Self; 3] = [Self::Code, Self::Critical, Self::Normal];

    /// Its place in [`Self::ALL`].
    pub fn place(self) -> usize {
        match self {
            Self::Code => 0,
            Self::Critical => 1,
            Self::Normal => 2,
        }
    }

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "CODE",
            Self::Critical => "CRITICAL",
            Self::Normal => "NORMAL",
        }
    }

    /// Whether it waits for the end of somebody's quiet hours.
    pub fn keeps_quiet(self) -> bool {
        self == Self::Normal
    }

    /// How long a message of this lane is worth sending.
    pub fn worth(self) -> TimeDelta {
        match self {
            Self::Code => TimeDelta::minutes(10),
            Self::Critical => TimeDelta::hours(6),
            Self::Normal => TimeDelta::hours(24),
        }
    }

    /// How long a lost answer is waited for before the message may be sent once more, counted
    /// from the start of the attempt; a code never is, its owner asks for another.
    pub fn patience(self) -> Option<TimeDelta> {
        match self {
            Self::Code => None,
            Self::Critical => Some(TimeDelta::minutes(2)),
            Self::Normal => Some(TimeDelta::minutes(10)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_as_they_are_written() {
        assert!(SkipReason::ALL.into_iter().all(|reason| reason.as_str().parse() == Ok(reason)));
        assert!(Lane::ALL.into_iter().all(|lane| lane.as_str().parse() == Ok(lane)));
        assert!(Lane::ALL.into_iter().enumerate().all(|(at, lane)| lane.place() == at));
        assert!(Status::ALL.into_iter().all(|status| status.as_str().parse() == Ok(status)));
    }
}
