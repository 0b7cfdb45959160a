//! How many tickets a client may file in an hour: counted over what was filed, so that neither a
//! restart nor another replica begins anew, and refused requests cost nothing.
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Desk;
use super::error::DeskError;
use crate::domain::user::{Actor, Role};

const MOST: u64 = 30;
const WITHIN: TimeDelta = TimeDelta::hours(1);
/// Two clients who share a turn wait for each other, now and then.
const TURNS: usize = 64;

/// Turns of clients: two requests of one must not both take the last ticket.
#[derive(Clone)]
pub(super) struct Quota(Arc<[Arc<Mutex<()>>]>);

impl Default for Quota {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Arc::default()).collect())
    }
}

impl Desk {
    /// Whether whoever asks may file one more ticket now. What is given back is held until it is
    /// filed.
    ///
    /// # Errors
    /// [`DeskError::UsedUp`] where they have filed enough for now.
    pub(super) async fn may_file_one_more(
        &self,
        by: Actor,
    ) -> Result<Option<OwnedMutexGuard<()>>, DeskError> {
        let Some(quota) = self.quota.as_ref().filter(|_| by.role == Role::Client) else {
            return Ok(None);
        };
        let at = by.id.0.unsigned_abs() % TURNS as u64;
        let turn = quota.0[usize::try_from(at).unwrap_or_default()].clone().lock_owned().await;
        let now = self.store.now();
        match self.store.filed_before_last(by.id, MOST - 1, now - WITHIN).await? {
            Some(first) => {
                self.metrics.limited("TICKETS");
                let what = "a client may file 30 tickets in an hour";
                Err(DeskError::UsedUp { what, wait: first + WITHIN - now })
            }
            None => Ok(Some(turn)),
        }
    }
}
