//! The ways in which a message can go wrong.

use serde::{Deserialize, Serialize};

/// A way to go wrong; on the wire it has the name that the table below gives it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(super) enum Kind {
    /// Taken, and failed later with 131026: so does Meta tell it mostly.
    NotOnWhatsapp,
    /// 401, code 190.
    TokenExpired,
    /// 400, code 130429: too many messages from this number.
    RateLimited,
    /// 400, code 131056: too many messages to this person.
    PairRateLimited,
    /// 503, code 2.
    Unavailable,
    /// A Meta error of the tester's choice.
    Error,
    /// Never taken, never answered.
    Hang,
    /// Taken, its statuses posted, never answered.
    AcceptThenHang,
    /// A wait before a normal answer.
    Slow,
    /// 502 with a page from some proxy; not taken.
    Html,
    /// Taken, answered 200 with a body that is not JSON.
    Garbled,
    /// Taken, and the connection breaks in the middle of the answer.
    Cut,
    /// A wait before `delivered`.
    DeliveredLate,
    /// `sent` and no more.
    DeliveredNever,
    /// Taken, and no status at all.
    NoStatus,
    /// Twilio: taken, and what becomes of it is told to nobody but whoever asks.
    Unreported,
    /// Taken, `sent`, then `failed`.
    FailedLater,
    /// The statuses come in reverse, each twice.
    Shuffled,
    /// The first statuses come before the answer.
    Early,
    /// Every status comes twice.
    Duplicated,
    /// A wait before every status.
    StatusLate,
    /// The statuses come under a wrong signature, once.
    WrongSignature,
    /// Beside the statuses come those of another system's message.
    OtherSystem,
    /// Beside the statuses come a field, a type and a status that nobody knows yet.
    Unheard,
    /// Taken and held back for its quality, then let go, or dropped with the code.
    Held,
}

/// Each kind with its name on the wire and what it means to a tester.
pub(super) const KINDS: [(Kind, &str, &str); 25] = [
    (Kind::NotOnWhatsapp, "NOT_ON_WHATSAPP", "not on WhatsApp"),
    (Kind::TokenExpired, "TOKEN_EXPIRED", "access token expired"),
    (Kind::RateLimited, "RATE_LIMITED", "too many messages from the business"),
    (Kind::PairRateLimited, "PAIR_RATE_LIMITED", "too many messages to this person"),
    (Kind::Unavailable, "UNAVAILABLE", "Meta is away"),
    (Kind::Error, "ERROR", "refused with the code below"),
    (Kind::Hang, "HANG", "time-out, message not taken"),
    (Kind::AcceptThenHang, "ACCEPT_THEN_HANG", "time-out, message taken"),
    (Kind::Slow, "SLOW", "slow answer"),
    (Kind::Html, "HTML", "an HTML page instead of an answer"),
    (Kind::Garbled, "GARBLED", "taken, answer unreadable"),
    (Kind::Cut, "CUT", "taken, connection cut"),
    (Kind::DeliveredLate, "DELIVERED_LATE", "delivered late"),
    (Kind::DeliveredNever, "DELIVERED_NEVER", "never delivered"),
    (Kind::NoStatus, "NO_STATUS", "taken, no status at all"),
    (Kind::Unreported, "UNREPORTED", "taken, its callbacks lost (Twilio); with a code it fails"),
    (Kind::FailedLater, "FAILED_LATER", "sent, then failed with the code below"),
    (Kind::Shuffled, "SHUFFLED", "statuses out of order and doubled"),
    (Kind::Early, "EARLY", "statuses before the answer"),
    (Kind::Duplicated, "DUPLICATED", "every status twice"),
    (Kind::StatusLate, "STATUS_LATE", "every status late"),
    (Kind::WrongSignature, "WRONG_SIGNATURE", "statuses under a wrong signature"),
    (Kind::OtherSystem, "OTHER_SYSTEM", "statuses of another system's message besides"),
    (Kind::Unheard, "UNHEARD", "a field, a type and a status that are new besides"),
    (Kind::Held, "HELD", "held for its quality, then sent, or dropped with the code below"),
];

impl Kind {
    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        KINDS.iter().find(|row| row.0 == self).map_or("UNNAMED", |row| row.1)
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        kind.name()
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = KINDS.iter().find(|row| row.1 == name);
        found.map(|row| row.0).ok_or_else(|| {
            let allowed: Vec<_> = KINDS.iter().map(|row| row.1).collect();
            format!("kind is one of {}", allowed.join(", "))
        })
    }
}
