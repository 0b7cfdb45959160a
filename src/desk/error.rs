//! Why the desk did not do what it was asked, sorted by what the caller does next.
use chrono::TimeDelta;

use super::code_error::CodeError;
use crate::domain::delivery::NotNow;
use crate::domain::text::FieldError;
use crate::domain::workflow::{Status, Verb};
use crate::store::error::StoreError;
use crate::store::group::GivenUp;

/// Why the desk did not do it.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Something about the request itself.
    #[error("the request has flaws")]
    Invalid(Vec<FieldError>),
    /// It is not there, or not the caller's to see.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller's role may not.
    #[error("this is not yours to do")]
    Forbidden,
    /// An admin logged in too long ago for this.
    #[error(
        "an admin's number, e-mail and role change within 15 minutes of a log-in only: log in again, then ask with the new token"
    )]
    LogInAgain,
    /// Nobody is known by this token.
    #[error("nobody is known by this token")]
    Unknown,
    /// The name or the password is wrong; nobody says which.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The refresh token is spent, old or not ours.
    #[error("the refresh token is spent, too old or unknown; log in again")]
    BadRefreshToken,
    /// Tried too often.
    #[error("{what}; try again in {seconds} s")]
    Limited {
        /// What.
        what: Limited,
        /// When it is worth trying again.
        seconds: u64,
    },
    /// Nobody may open an account by themselves.
    #[error("registration is closed")]
    RegistrationClosed,
    /// The workflow has no such move from where the ticket stands.
    #[error("the ticket is {from}: {verb} leads nowhere from there")]
    IllegalTransition {
        /// Where it stands.
        from: Status,
        /// What was asked.
        verb: Verb,
        /// What the caller can do instead.
        allowed: Vec<Verb>,
    },
    /// It belongs to somebody else already, or stands so already.
    #[error("{0}")]
    Conflict(Conflict),
    /// The caller's version is not the newest.
    #[error("it has changed: its version is {0}")]
    Stale(i64),
    /// The notification stands where it cannot be sent anew.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The key was used for another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The first request with this key still runs.
    #[error("the first request with this Idempotency-Key still runs")]
    StillRunning,
    /// What was allowed for a while is used up.
    #[error("{what}")]
    UsedUp {
        /// What is allowed.
        what: &'static str,
        /// How long until there is room for one more.
        wait: TimeDelta,
    },
    /// No code was sent, or one was not taken.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// Too much at once.
    #[error("too much at once")]
    Busy,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of ours.
    #[error("{0}")]
    Defect(String),
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The username is another's.
    #[error("this username is taken")]
    UsernameTaken,
    /// The e-mail is another's.
    #[error("this e-mail is taken")]
    EmailTaken,
    /// The confirmed number is another's.
    #[error("this number is confirmed for another account")]
    NumberTaken,
    /// The ticket is that developer's already.
    #[error("the ticket is assigned to this developer already")]
    AlreadyAssigned,
    /// The client's words have been looked at.
    #[error("the ticket is no longer NEW; add a comment instead")]
    NoLongerNew,
    /// Nobody would be left to administer.
    #[error("this is the last active admin; make another one first")]
    LastAdmin,
    /// Nothing is left of the person.
    #[error("this person was erased; open a new account instead")]
    Erased,
    /// Somebody else was faster.
    #[error("somebody else changed the ticket at the same time; look at it again")]
    ChangedMeanwhile,
}

/// What was tried too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limited {
    /// Passwords, or names: a wait helps.
    #[error("too many attempts")]
    Attempts,
    /// Accounts that an address opens: its share is used up.
    #[error("this address has opened its share of accounts for this hour")]
    Registrations,
}

impl From<GivenUp> for DeskError {
    fn from(_: GivenUp) -> Self {
        Self::Busy
    }
}

impl DeskError {
    /// One flaw of one field.
    pub fn flaw(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}
