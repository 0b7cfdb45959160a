//! How many tickets a client may file in an hour: counted over what was filed, so that neither a
//! restart nor another replica begins anew, and refused requests cost nothing.
use chrono::TimeDelta;

use super::Desk;
use super::error::DeskError;
use super::turns::{Turn, Turns};
use crate::domain::user::{Actor, Role};

const MOST: u64 = 30;
const WITHIN: TimeDelta = TimeDelta::hours(1);

/// Turns of clients: two requests of one must not both take the last ticket.
#[derive(Clone, Default)]
pub(super) struct Quota(Turns);

impl Desk {
    /// Whether whoever asks may file one more ticket now. What is given back is held until it is
    /// filed.
    ///
    /// # Errors
    /// [`DeskError::UsedUp`] where they have filed enough for now.
    pub(super) async fn may_file_one_more(&self, by: Actor) -> Result<Option<Turn>, DeskError> {
        let Some(quota) = self.quota.as_ref().filter(|_| by.role == Role::Client) else {
            return Ok(None);
        };
        let turn = quota.0.take(&by.id.0.to_string()).await;
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
