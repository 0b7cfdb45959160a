//! What a provider that knows templates does for us: it says which stand there, and takes new ones.
use std::time::Duration;

use async_trait::async_trait;

/// A template as it is to stand at the provider.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The provider's code of its language.
    pub language: String,
    /// What it says.
    pub words: Words,
}

/// What a template says.
#[derive(Clone, Debug)]
pub enum Words {
    /// Words of ours.
    Ours {
        /// Its text, with `{{name}}` for each value.
        body: String,
        /// An example of each value.
        examples: Vec<(String, String)>,
    },
    /// A one-time code, in the provider's own words.
    Code {
        /// For how many minutes it is good.
        minutes: i64,
    },
}

impl Wanted {
    /// Its text, where that is ours.
    pub fn body(&self) -> Option<&str> {
        match &self.words {
            Words::Ours { body, .. } => Some(body),
            Words::Code { .. } => None,
        }
    }

    /// As what the provider is to count it.
    pub fn category(&self) -> &'static str {
        match self.words {
            Words::Ours { .. } => "UTILITY",
            Words::Code { .. } => "AUTHENTICATION",
        }
    }
}

/// A template as it stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The provider's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The provider's code of its language, with `_` before the country.
    pub language: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED` …
    pub status: String,
    /// `UTILITY`, `MARKETING` or `AUTHENTICATION`, as the provider sees it.
    pub category: String,
    /// Its text, where the provider tells it.
    pub body: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// Why it was rejected.
    pub reason: Option<String>,
}

/// Why the provider did not do as it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unwilling {
    /// It did not answer, or something else did.
    #[error("the provider's templates could not be reached: {0}")]
    Unreached(String),
    /// It refused.
    #[error("the provider refused (code {code}): {message}")]
    Refused {
        /// Its code.
        code: i64,
        /// Its words.
        message: String,
    },
    /// It takes no more for now.
    #[error("the provider takes no more for now (code {code}): {message}")]
    NotNow {
        /// Its code.
        code: i64,
        /// Its words.
        message: String,
        /// In how long it will, where it said so.
        again: Option<Duration>,
    },
    /// A setting is missing.
    #[error("{0}")]
    NotSet(&'static str),
}

/// Where templates are registered.
#[async_trait]
pub trait Registry: Send + Sync + 'static {
    /// Every template of ours that stands there.
    async fn list(&self) -> Result<Vec<Registered>, Unwilling>;

    /// Registers a new one; how it stands then.
    async fn create(&self, template: &Wanted) -> Result<Registered, Unwilling>;

    /// Gives the one with this id another text.
    async fn edit(&self, id: &str, template: &Wanted) -> Result<(), Unwilling>;
}
