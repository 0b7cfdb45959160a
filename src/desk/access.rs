//! Who is asking: a token names an account, the account says what it may.
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::sync::Cache;

use super::Desk;
use super::error::DeskError;
use crate::domain::user::{Actor, User, UserId};

/// A deactivated account or a changed role counts within 5 seconds on every replica; this leaves
/// time for the look-up itself.
const REMEMBERED: Duration = Duration::from_secs(3);

/// Accounts that were asked about a moment ago.
#[derive(Clone)]
pub(super) struct Actors(Cache<i64, Actor>);

impl Default for Actors {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(REMEMBERED).build())
    }
}

impl Actors {
    /// What was known of this account counts no more, here at once.
    pub(super) fn forget(&self, id: UserId) {
        self.0.invalidate(&id.0);
    }
}

impl Desk {
    /// Which account this access token names, if it is ours and still good; nobody is looked up.
    pub fn named(&self, token: &str) -> Option<UserId> {
        self.tokens.read(token, self.store.now())
    }

    /// When whoever shows this access token logged in, if it is ours and still good: a token that
    /// another was given for is as old as its session.
    pub fn logged_in_at(&self, token: &str) -> Option<DateTime<Utc>> {
        self.tokens.logged_in_at(token, self.store.now())
    }

    /// Whoever this access token names, as they are now.
    ///
    /// # Errors
    /// [`DeskError::Unknown`] where the token is bad, old, or its account switched off.
    pub async fn actor(&self, token: &str) -> Result<Actor, DeskError> {
        let id = self.named(token).ok_or(DeskError::Unknown)?;
        if let Some(actor) = self.actors.0.get(&id.0) {
            return Ok(actor);
        }
        let user = self.store.user(id).await?.filter(|user| user.is_active);
        let actor = user.map(|user| Actor { id, role: user.role }).ok_or(DeskError::Unknown)?;
        self.actors.0.insert(id.0, actor);
        Ok(actor)
    }

    /// One's own account.
    ///
    /// # Errors
    /// [`DeskError::Unknown`] where it has gone.
    pub async fn me(&self, by: Actor) -> Result<User, DeskError> {
        self.account(by.id).await
    }

    async fn account(&self, id: UserId) -> Result<User, DeskError> {
        self.store.user(id).await?.ok_or(DeskError::Unknown)
    }
}
