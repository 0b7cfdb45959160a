//! What somebody asks for who wants a one-time code.
use chrono::{DateTime, Utc};

use super::code_limits::Counted;
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::one_time_code::Purpose;
use crate::domain::user::UserId;
use crate::store::codes::NewCode;

/// A code that somebody asks for.
pub(super) struct Ask {
    /// What it is good for.
    pub(super) purpose: Purpose,
    /// Whose it is, where there is an account.
    pub(super) user: Option<UserId>,
    /// Under what it is looked for.
    pub(super) subject: String,
    /// By which medium.
    pub(super) medium: Medium,
    /// Where it goes.
    pub(super) to: Address,
    /// The field in which that was said.
    pub(super) field: &'static str,
    /// From where it was asked for, as a digest.
    pub(super) address: String,
    /// For what nobody gets two in a minute.
    pub(super) one_by_one: String,
    /// What is to be done once it is entered.
    pub(super) payload: Option<String>,
    /// What is told instead of the code: its owner has no use for one.
    pub(super) instead: Option<Event>,
}

impl Ask {
    /// What its limits go by.
    pub(super) fn counted<'a>(&'a self, country: &'a str) -> Counted<'a> {
        Counted {
            one_by_one: Some(&self.one_by_one),
            destination: self.to.as_str(),
            country,
            account: Some(&self.subject),
            address: Some(&self.address),
        }
    }

    /// What is kept of it.
    pub(super) fn row(
        &self,
        nonce: &str,
        country: String,
        tries: i64,
        expires_at: DateTime<Utc>,
    ) -> NewCode {
        NewCode {
            purpose: self.purpose,
            user: self.user,
            subject: self.subject.clone(),
            medium: self.medium,
            to: self.to.as_str().to_owned(),
            country,
            nonce: nonce.to_owned(),
            sealed: None,
            payload: self.payload.clone(),
            address: self.address.clone(),
            tries,
            expires_at,
        }
    }
}
