//! Words of closed lists, ids and instants, as they stand in answers and in the OpenAPI document: the
//! lists are those of the domain.
use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::desk::report::State;
use crate::domain::comment::Visibility;
use crate::domain::event::Event;
use crate::domain::finding::{Check, Verdict as Finding};
use crate::domain::history::Deed;
use crate::domain::medium::Medium;
use crate::domain::notification::{self, Receipt, SkipReason};
use crate::domain::ticket::{Category, Priority};
use crate::domain::user::{Role, VerifiedBy};
use crate::domain::webhook;
use crate::domain::workflow::{Status, Verb};

/// A closed list of words.
pub trait Vocabulary {
    /// What the list is called in the document.
    const NAME: &'static str;
    /// What its words say.
    const ABOUT: &'static str;

    /// Every word of it.
    fn words() -> Vec<&'static str>;

    /// This one.
    fn word(&self) -> &'static str;
}

macro_rules! vocabularies {
    ($($list:ty = $name:literal $about:literal;)*) => {
        $(impl Vocabulary for $list {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = $about;
            fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|word| word.as_str()).collect()
            }
            fn word(&self) -> &'static str {
                self.as_str()
            }
        })*
    };
}

vocabularies! {
    Role = "Role" "What an account is here for: a `CLIENT` files tickets and sees its own, a `DEVELOPER` works those assigned to it, an `ADMIN` sees and does everything.";
    VerifiedBy = "VerifiedBy" "How the number was confirmed: by a code that was sent to it, by one that was sent from it, or by an admin who vouches for it.";
    Status = "TicketStatus" "Where a ticket stands.";
    Verb = "Transition" "What can be done to a ticket.";
    Priority = "Priority" "How urgent a ticket is.";
    Category = "Category" "What kind of matter a ticket is.";
    Event = "Event" "What happened.";
    Visibility = "Visibility" "For whom a comment is: an `INTERNAL` one no client sees.";
    notification::Status = "NotificationStatus" "What became of a message. `SENT`: the provider took it, no more; `UNCONFIRMED`: the answer to the send was lost, and nothing yet proves that it went or did not.";
    Receipt = "Receipt" "What the person's phone told the provider.";
    webhook::State = "WebhookState" "What became of a webhook. `FAILED`: something in it could not be read, or came to nothing; all else in it did its work.";
    Medium = "ChannelName" "What carries a message to a person.";
    State = "ChannelState" "Whether a channel carries messages.";
    Check = "Check" "A question that whoever runs Deskbell has.";
    Finding = "Verdict" "How a question stands. `LEFT_OUT`: it could not be asked.";
    SkipReason = "SkipReason" "Why a message was not to be sent.";
}

impl Vocabulary for Deed {
    const NAME: &'static str = "Deed";
    const ABOUT: &'static str = "What somebody did to a ticket.";

    fn words() -> Vec<&'static str> {
        Event::words().into_iter().chain([Self::EDITED]).collect()
    }

    fn word(&self) -> &'static str {
        self.as_str()
    }
}

/// A word of such a list, in an answer.
pub struct Word<T>(pub T);

impl<T: Vocabulary> fmt::Debug for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.word())
    }
}

impl<T: Vocabulary> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.word())
    }
}

impl<T: Vocabulary> JsonSchema for Word<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": T::words(), "description": T::ABOUT })
    }
}

/// An instant in RFC 3339 UTC with milliseconds.
#[derive(Debug)]
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    /// As it is written everywhere.
    pub fn text(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
            "description": "An instant in RFC 3339, in UTC with milliseconds.",
        })
    }
}

/// The schema of an id.
pub struct Id;

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX })
    }
}
