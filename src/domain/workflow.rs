//! The life of a ticket: every state, every verb, and which leads where. Nothing moves elsewhere.
use std::{fmt, str::FromStr};

use Status::{Assigned, Closed, Finished, InProgress, New, Opened, Rejected};

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Filed, seen by nobody yet.
    New,
    /// Acknowledged by an admin.
    Opened,
    /// Given to a developer.
    Assigned,
    /// Being worked on.
    InProgress,
    /// Done, says the developer.
    Finished,
    /// Done, and settled.
    Closed,
    /// Turned down, with a reason.
    Rejected,
}

/// What can be done to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// An admin acknowledges it.
    Open,
    /// An admin gives it to a developer.
    Assign,
    /// The developer begins.
    Start,
    /// The developer is done.
    Finish,
    /// It is settled or withdrawn.
    Close,
    /// An admin turns it down.
    Reject,
    /// It comes back.
    Reopen,
}

/// The ticket cannot do that from where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ticket that is {from} cannot {verb}")]
pub struct IllegalTransition {
    /// Where it stands.
    pub from: Status,
    /// What was asked.
    pub verb: Verb,
}

impl Status {
    /// Every status, in the order of a ticket's life.
    pub const ALL: [Self; 7] = [New, Opened, Assigned, InProgress, Finished, Closed, Rejected];

    /// Where `verb` leads from here.
    ///
    /// # Errors
    /// [`IllegalTransition`] where it leads nowhere.
    pub fn after(self, verb: Verb) -> Result<Self, IllegalTransition> {
        match (self, verb) {
            (New, Verb::Open) => Ok(Opened),
            (New | Opened | Assigned | InProgress, Verb::Assign) => Ok(Assigned),
            (Assigned, Verb::Start) => Ok(InProgress),
            (InProgress, Verb::Finish) => Ok(Finished),
            (New | Opened | Assigned | InProgress | Finished, Verb::Close) => Ok(Closed),
            (New | Opened, Verb::Reject) => Ok(Rejected),
            (Finished | Closed | Rejected, Verb::Reopen) => Ok(Opened),
            (from, verb) => Err(IllegalTransition { from, verb }),
        }
    }

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            New => "NEW",
            Opened => "OPENED",
            Assigned => "ASSIGNED",
            InProgress => "IN_PROGRESS",
            Finished => "FINISHED",
            Closed => "CLOSED",
            Rejected => "REJECTED",
        }
    }
}

impl Verb {
    /// Every verb, in the order in which a ticket usually meets them.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Assign,
        Self::Start,
        Self::Finish,
        Self::Close,
        Self::Reject,
        Self::Reopen,
    ];

    /// The last part of the route: `POST /api/tickets/{id}/<verb>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assign => "assign",
            Self::Start => "start",
            Self::Finish => "finish",
            Self::Close => "close",
            Self::Reject => "reject",
            Self::Reopen => "reopen",
        }
    }
}

/// A word that names nothing here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of the words that are known here")]
pub struct UnknownWord(pub String);

impl FromStr for Status {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl FromStr for Verb {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|verb| verb.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CONTRACT: the table of transitions, row by row; a dot is a move that does not exist.
    #[rustfmt::skip]
    const TABLE: [(Status, [&str; 7]); 7] = [
        //               open      assign      start          finish      close     reject      reopen
        (New,        ["OPENED", "ASSIGNED", ".",           ".",        "CLOSED", "REJECTED", "."]),
        (Opened,     [".",      "ASSIGNED", ".",           ".",        "CLOSED", "REJECTED", "."]),
        (Assigned,   [".",      "ASSIGNED", "IN_PROGRESS", ".",        "CLOSED", ".",        "."]),
        (InProgress, [".",      "ASSIGNED", ".",           "FINISHED", "CLOSED", ".",        "."]),
        (Finished,   [".",      ".",        ".",           ".",        "CLOSED", ".",        "OPENED"]),
        (Closed,     [".",      ".",        ".",           ".",        ".",      ".",        "OPENED"]),
        (Rejected,   [".",      ".",        ".",           ".",        ".",      ".",        "OPENED"]),
    ];

    #[test]
    fn every_pair_of_status_and_verb_leads_where_the_contract_says() {
        for (from, row) in TABLE {
            for (verb, to) in Verb::ALL.into_iter().zip(row) {
                let expected = (to != ".").then_some(to);
                assert_eq!(from.after(verb).ok().map(Status::as_str), expected, "{from} {verb}");
            }
        }
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        assert!(Status::ALL.into_iter().all(|s| s.as_str().parse() == Ok(s)));
        assert!(Verb::ALL.into_iter().all(|v| v.as_str().parse() == Ok(v)));
        assert!("new".parse::<Status>().is_err());
    }
}
