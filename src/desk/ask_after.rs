//! Asking a provider after messages of which no report came: a callback is posted once or twice and
//! then never again. What it says is merged like a report.
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;

use super::Desk;
use super::error::DeskError;
use super::silence::is_time;
use crate::ports::webhook::Reported;
use crate::store::unheard::Unheard;
use crate::store::unplaced::Told;

/// Nobody looks oftener, over all messages.
const EVERY: TimeDelta = TimeDelta::minutes(1);
/// So many are asked about in one look.
const AT_ONCE: u64 = 10;
/// A message is asked about when nothing was heard of it for so long, then each time after as long
/// again as it is old.
const FIRST: TimeDelta = TimeDelta::minutes(5);
/// What was sent before is asked about no more.
const GIVEN_UP: TimeDelta = TimeDelta::days(1);

/// When somebody last looked.
pub(super) type Asked = Arc<Mutex<Option<DateTime<Utc>>>>;

impl Desk {
    /// Asks about a few of them, where it is time to; only the process that sends does.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn ask_after_unheard(&self) -> Result<(), DeskError> {
        let now = self.store.now();
        let asks = self.channels.all().any(|channel| channel.can_be_asked());
        if !asks || !self.lines.may_send() || !is_time(&self.asked, now, EVERY) {
            return Ok(());
        }
        let mut unheard = self.store.unheard(now - FIRST, now - GIVEN_UP, AT_ONCE).await?;
        if unheard.is_empty() {
            return Ok(());
        }
        // In the order of their ids, so that no two stories wait for each other.
        unheard.sort_by_key(|one| one.id.0);
        // Written down first: whatever becomes of the question, nobody asks again and again.
        let tx = self.store.begin().await?;
        for one in &unheard {
            tx.asked_about(one.id, unheard_since(one.started_at, now)).await?;
        }
        tx.commit().await?;
        let told: Vec<Told> = join_all(unheard.iter().map(|one| self.ask_after_one(one, now)))
            .await
            .into_iter()
            .flatten()
            .collect();
        self.heed_reports(&told).await?;
        Ok(self.merge_asked(told).await?)
    }

    async fn ask_after_one(&self, one: &Unheard, now: DateTime<Utc>) -> Option<Told> {
        let channel = self.channels.of(&one.provider)?;
        match channel.ask_after(&one.message_id).await {
            Ok(None) => None,
            Ok(Some((report, at))) => Some(Told {
                // No webhook told it.
                webhook: 0,
                provider: one.provider.clone(),
                report: Reported {
                    attempt: None,
                    provider_message_id: one.message_id.clone(),
                    report,
                    // It happened after it was sent, whatever their clock says, and before now.
                    at: at.map_or(now, |at| at.max(one.started_at).min(now)),
                    pricing: None,
                },
            }),
            Err(failure) => {
                let (id, code) = (one.id.0, failure.code);
                tracing::info!(notification.id = id, code, "nobody said what became of {id}");
                None
            }
        }
    }
}

/// From when on a message that is asked about now counts as silent, so that it is next asked about
/// when it is twice as old.
fn unheard_since(started_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    now + (now - started_at) - FIRST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_asked_about_more_and_more_rarely_for_a_day() {
        let started = DateTime::UNIX_EPOCH;
        let (mut now, mut since, mut asked) = (started, started, vec![]);
        while now - started < GIVEN_UP {
            if since <= now - FIRST {
                asked.push((now - started).num_minutes());
                since = unheard_since(started, now);
            }
            now += TimeDelta::minutes(1);
        }
        assert_eq!(asked, [5, 10, 20, 40, 80, 160, 320, 640, 1280]);
    }
}
