//! Waiting for what becomes of one message, as long as a person waits who has asked for it. The
//! answer is heard of in this process; where another one sends, its row is looked at now and then.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::Desk;
use super::error::DeskError;
use crate::domain::notification::{NotificationId, Status};
use crate::store::notifications::Logged;

/// Nobody waits longer than this for a message.
const PATIENCE: Duration = Duration::from_secs(8);
/// So often a row is looked at of which nothing was heard.
const LOOK: Duration = Duration::from_millis(400);

/// Messages that somebody waits for.
#[derive(Clone, Default)]
pub(super) struct Awaited(Arc<Mutex<HashMap<NotificationId, Arc<Notify>>>>);

/// While this lives, somebody waits.
struct Waiting {
    awaited: Awaited,
    id: NotificationId,
    told: Arc<Notify>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.awaited.lock().remove(&self.id);
    }
}

impl Awaited {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<NotificationId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for(&self, id: NotificationId) -> Waiting {
        let told = self.lock().entry(id).or_default().clone();
        Waiting { awaited: self.clone(), id, told }
    }

    /// The answers to these have been written down.
    pub(super) fn told(&self, ids: impl IntoIterator<Item = NotificationId>) {
        let waiting = self.lock();
        if waiting.is_empty() {
            return;
        }
        ids.into_iter().filter_map(|id| waiting.get(&id)).for_each(|told| told.notify_one());
    }
}

impl Desk {
    /// What became of the first attempt at this message, or how it stands once patience ends.
    pub(super) async fn outcome_of(&self, id: NotificationId) -> Result<Logged, DeskError> {
        let end = Instant::now() + PATIENCE;
        let waiting = self.codes.awaited.wait_for(id);
        loop {
            let told = waiting.told.notified();
            let logged = self.store.logged(id).await?.ok_or(DeskError::NotFound("notification"))?;
            let rest = end.saturating_duration_since(Instant::now());
            if is_decided(&logged, self.store.now()) || rest.is_zero() {
                return Ok(logged);
            }
            // Heard of it or not: the row tells.
            timeout(LOOK.min(rest), told).await.ok();
        }
    }
}

/// An attempt has been made and no other one follows at once, or none will be made.
fn is_decided(logged: &Logged, now: DateTime<Utc>) -> bool {
    match logged.status {
        Status::Queued => logged.attempts > 0 && logged.next_attempt_at.is_none_or(|at| at > now),
        Status::Sending => false,
        Status::Sent | Status::Failed | Status::Skipped | Status::Unconfirmed => true,
    }
}
