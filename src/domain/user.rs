//! People with an account: who they are and what they are here for.
use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};

use super::filter::AnyOf;
use super::phone::PhoneNumber;
use super::preferences::Preferences;
use super::workflow::UnknownWord;

/// Names one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub i64);

/// What an account is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Files tickets, sees its own.
    Client,
    /// Works the tickets that are assigned to it.
    Developer,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Client, Self::Developer, Self::Admin];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Developer => "DEVELOPER",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How we came to trust a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifiedBy {
    /// Its owner entered a code that we sent.
    Code,
    /// Its owner sent us a code that we showed.
    ReverseCode,
    /// An admin, or the command line, set it.
    Admin,
}

impl VerifiedBy {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Code, Self::ReverseCode, Self::Admin];

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "CODE",
            Self::ReverseCode => "REVERSE_CODE",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for VerifiedBy {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|by| by.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// An account as it stands; its password hash never leaves the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub id: UserId,
    /// What it logs in with.
    pub username: String,
    /// Its e-mail, in lower case.
    pub email: String,
    /// What people call them.
    pub full_name: String,
    /// What it is here for.
    pub role: Role,
    /// Their number on WhatsApp.
    pub whatsapp_number: Option<PhoneNumber>,
    /// When and how the number was confirmed.
    pub whatsapp_verified: Option<(DateTime<Utc>, VerifiedBy)>,
    /// Since when they want to hear from us.
    pub whatsapp_opt_in_at: Option<DateTime<Utc>>,
    /// When they last wrote to us; for a day after that we may write freely.
    pub whatsapp_heard_at: Option<DateTime<Utc>>,
    /// Since when they do not want to hear from us at this number, where they said so.
    pub opted_out_at: Option<DateTime<Utc>>,
    /// Since when they do not want text messages from us.
    pub sms_opted_out_at: Option<DateTime<Utc>>,
    /// Since when their number is of no use on WhatsApp: it had nobody there, again and again.
    pub undeliverable_at: Option<DateTime<Utc>>,
    /// When they said that they want no more e-mails about tickets.
    pub email_opted_out_at: Option<DateTime<Utc>>,
    /// When they confirmed their e-mail.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// How they want to be told.
    pub preferences: Preferences,
    /// The language we write in, as a BCP 47 tag.
    pub locale: String,
    /// Whether it may log in and hears from us.
    pub is_active: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When its person was erased; then nothing of them is left in it.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Who is asking: an account that is active now, in the role that it has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Their account.
    pub id: UserId,
    /// Their role.
    pub role: Role,
}
/// Which accounts somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// In this role.
    pub role: AnyOf<Role>,
    /// Whether they may log in.
    pub is_active: Option<bool>,
    /// Words that stand in the username, the e-mail, the name or the number, in lower case.
    pub words: Vec<String>,
}
