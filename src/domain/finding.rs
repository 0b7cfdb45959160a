//! What an examination finds: one question that an operator has, how it stands, and what to do.
use serde::{Deserialize, Serialize};

use super::workflow::UnknownWord;
use std::str::FromStr;

/// A question that an operator has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Check {
    /// Are the settings right?
    Settings,
    /// Is there a secret to sign with?
    Secrets,
    /// Does the database answer?
    Database,
    /// Is its schema this program's?
    Schema,
    /// Do the clocks of program and database agree?
    Clock,
    /// Under which address do providers reach us?
    PublicUrl,
    /// Does the provider's API answer?
    Api,
    /// Until when does it answer as we ask?
    ApiVersion,
    /// Is the access token good?
    Token,
    /// Until when?
    TokenExpiry,
    /// May it do what we need?
    Permissions,
    /// Is it our number?
    Number,
    /// Can the number send?
    Registration,
    /// Is the account in order, and the number one of its own?
    Account,
    /// How do people rate what we send?
    Quality,
    /// How many new people may we write to in a day?
    Limit,
    /// What does this month cost so far?
    Usage,
    /// May only some people be written to?
    Recipients,
    /// Do the templates stand that people are written to by who did not write?
    Templates,
    /// Is the app secret the app's?
    AppSecret,
    /// Does our webhook answer under its public address?
    Webhook,
    /// Does the provider call it?
    Subscription,
    /// Is anything heard of what goes out?
    Reports,
    /// Does a test message go?
    TestMessage,
}

impl Check {
    /// Every one, in the order in which one looks for a fault.
    pub const ALL: [Self; 24] = [
        Self::Settings,
        Self::Secrets,
        Self::Database,
        Self::Schema,
        Self::Clock,
        Self::PublicUrl,
        Self::Api,
        Self::ApiVersion,
        Self::Token,
        Self::TokenExpiry,
        Self::Permissions,
        Self::Number,
        Self::Registration,
        Self::Account,
        Self::Quality,
        Self::Limit,
        Self::Usage,
        Self::Recipients,
        Self::Templates,
        Self::AppSecret,
        Self::Webhook,
        Self::Subscription,
        Self::Reports,
        Self::TestMessage,
    ];

    /// The word on the command line, on the wire and in the documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "SETTINGS",
            Self::Secrets => "SECRETS",
            Self::Database => "DATABASE",
            Self::Schema => "SCHEMA",
            Self::Clock => "CLOCK",
            Self::PublicUrl => "PUBLIC_URL",
            Self::Api => "API",
            Self::ApiVersion => "API_VERSION",
            Self::Token => "TOKEN",
            Self::TokenExpiry => "TOKEN_EXPIRY",
            Self::Permissions => "PERMISSIONS",
            Self::Number => "NUMBER",
            Self::Registration => "REGISTRATION",
            Self::Account => "ACCOUNT",
            Self::Quality => "QUALITY",
            Self::Limit => "LIMIT",
            Self::Usage => "USAGE",
            Self::Recipients => "RECIPIENTS",
            Self::Templates => "TEMPLATES",
            Self::AppSecret => "APP_SECRET",
            Self::Webhook => "WEBHOOK",
            Self::Subscription => "SUBSCRIPTION",
            Self::Reports => "REPORTS",
            Self::TestMessage => "TEST_MESSAGE",
        }
    }
}

impl FromStr for Check {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|check| check.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// As it should.
    Ok,
    /// Well enough for now.
    Warning,
    /// Messages do not go, or reports do not come, until it is mended.
    Failed,
    /// It was not looked at.
    LeftOut,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Failed, Self::LeftOut];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::LeftOut => "LEFT_OUT",
        }
    }
}

/// How one question stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The question.
    pub check: Check,
    /// How it stands.
    pub verdict: Verdict,
    /// What is so, in a few words.
    pub so: String,
    /// What to do, and who can do it; nothing where all is well.
    pub todo: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: Check, so: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, so: so.into(), todo: None }
    }

    /// Well enough for now.
    pub fn warning(check: Check, so: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, so: so.into(), todo: Some(todo.into()) }
    }

    /// It is broken.
    pub fn failed(check: Check, so: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, so: so.into(), todo: Some(todo.into()) }
    }

    /// It was not looked at, and why.
    pub fn left_out(check: Check, so: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::LeftOut, so: so.into(), todo: None }
    }
}
