//! Taking stock of what waits, for whoever watches over the program: seldom, whoever asks how often.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::Desk;
use crate::domain::notification::Lane;
use crate::metrics::Waiting;
use crate::store::bulletin::Bulletin;
use crate::store::depths::{Depth, UNSETTLED, Unread};
use crate::store::error::StoreError;

/// Between two looks at the database; a backlog of a million rows takes a second to count.
const EVERY: TimeDelta = TimeDelta::seconds(10);
/// What is still to be read.
const EVENT_STATES: [&str; 1] = ["RECEIVED"];
const NOTHING: Waiting = Waiting { count: 0, since: None, due: None };

/// When stock was taken last. Whoever asks meanwhile waits for it.
pub(super) type Stock = Arc<Mutex<Option<DateTime<Utc>>>>;

impl Desk {
    /// Brings the metrics of what waits up to date.
    pub async fn take_stock(&self) {
        let mut last = self.stock.lock().await;
        let now = self.store.now();
        if last.is_some_and(|last| last <= now && now - last < EVERY) {
            return;
        }
        let looked = self.look().await;
        self.metrics.database(looked.is_ok());
        match looked {
            Ok((depths, unread, unplaced, bulletin)) => {
                self.show(&depths, &unread, now);
                self.metrics.unplaced(unplaced);
                self.show_pauses(&bulletin);
            }
            Err(error) => tracing::warn!(%error, "what waits is not known"),
        }
        *last = Some(now);
    }

    async fn look(&self) -> Result<(Vec<Depth>, Vec<Unread>, u64, Bulletin), StoreError> {
        let (depths, unread) = (self.store.depths().await?, self.store.unread_webhooks().await?);
        let bulletin = self.store.bulletin().await?;
        Ok((depths, unread, self.store.unplaced().await?, bulletin))
    }

    /// Another process may be the one that sends.
    fn show_pauses(&self, bulletin: &Bulletin) {
        for channel in self.channels.all() {
            let ours = bulletin.state(channel.provider(), channel.sender());
            let is_paused = ours.is_some_and(|state| state.paused.is_some());
            self.metrics.paused(channel.medium().as_str(), is_paused);
        }
    }

    fn show(&self, depths: &[Depth], unread: &[Unread], now: DateTime<Utc>) {
        for (status, lane) in UNSETTLED.into_iter().flat_map(|s| Lane::ALL.map(|lane| (s, lane))) {
            let here = depths.iter().find(|depth| depth.status == status && depth.lane == lane);
            let waiting = here.map_or(NOTHING, |depth| Waiting {
                count: depth.count,
                since: depth.since,
                due: depth.due,
            });
            self.metrics.notifications(status.as_str(), lane.as_str(), waiting, now);
        }
        for state in EVENT_STATES {
            let here = unread.iter().find(|unread| unread.state == state);
            let waiting = here.map_or(NOTHING, |unread| Waiting {
                count: unread.count,
                since: unread.since,
                due: None,
            });
            self.metrics.webhook_events(state, waiting, now);
        }
    }
}
