//! A webhook that a provider sent, and what the list of them is narrowed by.
use std::str::FromStr;

use super::filter::AnyOf;
use super::workflow::UnknownWord;

/// Names one stored webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookId(pub i64);

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is stored, and is to be read.
    Received,
    /// All of it did its work.
    Processed,
    /// Something in it could not be read, or came to nothing; the rest did its work.
    Failed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Received, Self::Processed, Self::Failed];

    /// The word in the list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Processed => "PROCESSED",
            Self::Failed => "FAILED",
        }
    }
}

impl FromStr for State {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What the list of webhooks is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// Standing there.
    pub state: AnyOf<State>,
    /// Sent by this provider.
    pub provider: AnyOf<String>,
}
