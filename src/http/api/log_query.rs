//! Which notifications somebody asks for: the filters of the log, in a query or in a body.
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{BAD_QUERY, Problem};
use super::super::words::{Id, Word};
use super::{id_of, period};
use crate::domain::event::Event;
use crate::domain::filter::AnyOf;
use crate::domain::log::NotificationFilter;
use crate::domain::notification::{Receipt, Status};
use crate::domain::text::{FieldError, Flaws};
use crate::domain::ticket::{TicketId, word};
use crate::domain::user::UserId;

pub(super) const CHANNELS: [&str; 3] = ["WHATSAPP", "SMS", "EMAIL"];

/// The query of the log; several values with commas.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    pub(super) limit: Option<String>,
    pub(super) cursor: Option<String>,
    status: Option<String>,
    receipt: Option<String>,
    channel: Option<String>,
    event: Option<String>,
    ticket_id: Option<String>,
    recipient_id: Option<String>,
    created_from: Option<String>,
    created_to: Option<String>,
}

impl LogQuery {
    pub(super) fn filter(&self) -> Result<NotificationFilter, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        let filter = NotificationFilter {
            status: AnyOf::read(&mut flaws, "status", self.status.as_deref(), |raw| {
                word("status", raw, &Status::ALL.map(Status::as_str))
            }),
            receipt: AnyOf::read(&mut flaws, "receipt", self.receipt.as_deref(), |raw| {
                word("receipt", raw, &Receipt::ALL.map(Receipt::as_str))
            }),
            channel: AnyOf::read(&mut flaws, "channel", self.channel.as_deref(), channel),
            event: AnyOf::read(&mut flaws, "event", self.event.as_deref(), |raw| {
                word("event", raw, &Event::ALL.map(Event::as_str))
            }),
            ticket_id: AnyOf::read(&mut flaws, "ticket_id", self.ticket_id.as_deref(), |raw| {
                id_of("ticket_id", raw).map(TicketId)
            }),
            recipient_id: AnyOf::read(
                &mut flaws,
                "recipient_id",
                self.recipient_id.as_deref(),
                |raw| id_of("recipient_id", raw).map(UserId),
            ),
            created: period(&mut flaws, self.created_from.as_deref(), self.created_to.as_deref()),
        };
        flaws.check()?;
        Ok(filter)
    }

    /// The same where the answer has no pages.
    pub(super) fn without_pages(self) -> Result<Self, Problem> {
        match (&self.limit, &self.cursor) {
            (None, None) => Ok(self),
            _ => {
                Err(Problem::new(&BAD_QUERY, "there are no pages here, so no `limit` and `cursor`"))
            }
        }
    }

    /// With the filters of a body besides; what stands in both is a flaw.
    pub(super) fn and(mut self, body: BodyFilter) -> Result<Self, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        for (field, own, given) in [
            ("status", &mut self.status, body.status),
            ("receipt", &mut self.receipt, body.receipt),
            ("channel", &mut self.channel, body.channel),
            ("event", &mut self.event, body.event),
            ("ticket_id", &mut self.ticket_id, body.ticket_id),
            ("recipient_id", &mut self.recipient_id, body.recipient_id),
            ("created_from", &mut self.created_from, body.created_from.map(OneOrMore::of)),
            ("created_to", &mut self.created_to, body.created_to.map(OneOrMore::of)),
        ] {
            let Some(given) = given else { continue };
            if own.is_some() {
                let say = format!("`{field}` stands in the query and in the body: say it once");
                flaws.keep::<()>(Err(FieldError::new(field, "given_twice", say)));
            }
            *own = Some(given.text());
        }
        flaws.check()?;
        Ok(self)
    }
}

/// The same filters in a JSON body, each a value or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RetryMany")]
pub(in crate::http) struct BodyFilter {
    /// That some may arrive twice, where the answer to the last attempt was lost.
    pub(super) accept_duplicate: Option<bool>,
    #[schemars(with = "Option<Several<Word<Status>>>")]
    status: Option<OneOrMore>,
    #[schemars(with = "Option<Several<Word<Receipt>>>")]
    receipt: Option<OneOrMore>,
    #[schemars(with = "Option<Several<String>>")]
    channel: Option<OneOrMore>,
    #[schemars(with = "Option<Several<Word<Event>>>")]
    event: Option<OneOrMore>,
    #[schemars(with = "Option<Several<Id>>")]
    ticket_id: Option<OneOrMore>,
    #[schemars(with = "Option<Several<Id>>")]
    recipient_id: Option<OneOrMore>,
    created_from: Option<String>,
    created_to: Option<String>,
}

/// How the document tells it: one, a list, or several with commas.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(dead_code, reason = "its schema is all there is to it")]
enum Several<T> {
    One(T),
    List(Vec<T>),
    WithCommas(String),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a word, a number, or a list of them")]
enum OneOrMore {
    Word(String),
    Number(i64),
    Words(Vec<String>),
    Numbers(Vec<i64>),
}

impl OneOrMore {
    fn of(word: String) -> Self {
        Self::Word(word)
    }

    fn text(self) -> String {
        let numbers = |all: Vec<i64>| all.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Word(word) => word,
            Self::Number(number) => number.to_string(),
            Self::Words(words) => words.join(","),
            Self::Numbers(all) => numbers(all),
        }
    }
}

fn channel(raw: &str) -> Result<String, FieldError> {
    let known = CHANNELS.contains(&raw).then(|| raw.to_owned());
    let say = || format!("`channel` is one of {}", CHANNELS.join(", "));
    known.ok_or_else(|| FieldError::new("channel", "unknown_value", say()))
}
