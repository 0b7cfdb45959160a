//! Reading a stored webhook: every report is merged into its attempt, in any order, as often as it
//! comes; one that cannot be placed yet is looked at again.
use chrono::TimeDelta;

use super::deliver::{next, ring_next, settled};
use super::error::DeskError;
use super::{Desk, moment};
use crate::domain::notification::NotificationId;
use crate::ports::channel::{Read, Reported};
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::webhook_events::{Processed, ToProcess};

/// A report about a message that is never known: another system's on the same account.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(24);
/// Waits before it is looked at again; the last one goes on.
const WAITS: [TimeDelta; 4] =
    [TimeDelta::seconds(5), TimeDelta::seconds(30), TimeDelta::minutes(5), TimeDelta::minutes(30)];

impl Desk {
    /// Merges what one webhook reports. May be called twice; processing one again is harmless.
    ///
    /// # Errors
    /// Where the database is away; then the sweep finds the event again.
    pub async fn process_webhook(&self, id: i64) -> Result<(), DeskError> {
        let Some(event) = self.store.webhook_to_process(id).await? else { return Ok(()) };
        let read = self.channel.read_reports(&event.raw);
        let mut tx = self.store.begin().await?;
        let Merged { orphans, settled, to_forget } =
            merge(&mut tx, &read, self.channel.sender()).await?;
        tx.webhook_processed(id, outcome(&event, &read, orphans, tx.now)).await?;
        if to_forget {
            tx.forget_webhook(id).await?;
        }
        tx.commit().await?;
        ring_next(&self.store, settled);
        if read.unreadable > 0 {
            tracing::warn!(
                webhook.id = id,
                "{} parts of webhook {id} cannot be read",
                read.unreadable
            );
        }
        Ok(())
    }
}

/// What came of merging.
#[derive(Default)]
struct Merged {
    /// Reports that could not be placed.
    orphans: usize,
    /// Rows that are settled now.
    settled: Vec<NotificationId>,
    /// One of the reports is about a message whose person was erased meanwhile.
    to_forget: bool,
}

/// Merges every report that can be placed.
async fn merge(tx: &mut Tx, read: &Read, sender: &str) -> Result<Merged, StoreError> {
    let nameless = read.reports.iter().filter(|told| told.attempt.is_none());
    let messages = nameless.map(|told| told.provider_message_id.clone()).collect();
    let known = tx.attempts_by_message(messages).await?;
    let placed: Vec<(NotificationId, u32, &Reported)> = read
        .reports
        .iter()
        .filter_map(|told| {
            // What we wrote on the message ourselves is surer than an id that may come later.
            let attempt = told.attempt.or_else(|| known.get(&told.provider_message_id).copied());
            attempt.map(|(id, number)| (id, number, told))
        })
        .collect();
    let orphans = read.reports.len() - placed.len();
    if placed.is_empty() {
        return Ok(Merged { orphans, ..Merged::default() });
    }
    let mut held = tx.hold(placed.iter().map(|(id, _, _)| *id)).await?;
    for (id, number, told) in placed {
        let Some(row) = held.get_mut(&id) else { continue };
        let delivery = &mut row.delivery;
        if delivery.report(number, &told.report, told.at, moment(tx.now)).is_err() {
            tracing::error!(
                notification.id = id.0,
                attempt = number,
                "a report speaks of an attempt that is not known: the database has lost a commit"
            );
            continue;
        }
        delivery.attempts[number as usize - 1]
            .provider_message_id
            .get_or_insert_with(|| told.provider_message_id.clone());
        if delivery.is_doubled() {
            tracing::warn!(
                notification.id = id.0,
                "notification {} may stand twice on a phone",
                id.0
            );
        }
    }
    tx.write(held.values(), sender).await?;
    tx.enqueue_at(held.values().filter_map(next).collect()).await?;
    let to_forget = held.values().any(|row| row.to.is_empty());
    Ok(Merged { orphans, settled: settled(&held), to_forget })
}

fn outcome(
    event: &ToProcess,
    read: &Read,
    orphans: usize,
    now: chrono::DateTime<chrono::Utc>,
) -> Processed {
    let mut notes = vec![];
    if read.unreadable > 0 {
        notes.push(format!("{} parts could not be read", read.unreadable));
    }
    if orphans > 0 {
        notes.push(format!("{orphans} reports are about messages that are not known here"));
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    if orphans > 0 && now - event.received_at < GIVEN_UP_AFTER {
        let wait = WAITS[(event.tries as usize).min(WAITS.len() - 1)];
        return Processed::Waiting(note.unwrap_or_default(), now + wait);
    }
    Processed::Done(note)
}
