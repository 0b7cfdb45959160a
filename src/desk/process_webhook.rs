//! Reading stored webhooks: what people wrote first, then what became of our messages, then news.
//! Whatever comes in together is read together.
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::Desk;
use super::error::DeskError;
use super::merge_reports::Merged;
use crate::ports::webhook::Read;
use crate::store::unplaced::Told;
use crate::store::webhook_events::{Processed, ToProcess};

/// Webhooks that are read together.
const TOGETHER: usize = 16;

/// Webhooks that wait to be read by this process, and whose turn it is to read them.
#[derive(Clone)]
pub(super) struct Inbox(Arc<(Mutex<BTreeSet<i64>>, Semaphore)>);

impl Default for Inbox {
    fn default() -> Self {
        Self(Arc::new((Mutex::default(), Semaphore::new(1))))
    }
}

impl Inbox {
    fn add(&self, ids: Vec<i64>) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    fn take(&self) -> Vec<i64> {
        let mut waiting = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<i64> = waiting.iter().take(TOGETHER).copied().collect();
        waiting.retain(|id| !some.contains(id));
        some
    }
}

impl Desk {
    /// Reads these webhooks, and with them those for which others ask meanwhile. May be called
    /// twice; processing one again is harmless.
    ///
    /// # Errors
    /// Where the database is away; then the sweep finds them again.
    pub async fn process_webhooks(&self, ids: Vec<i64>) -> Result<(), DeskError> {
        self.inbox.add(ids);
        loop {
            // Nobody closes it, so there is always a turn.
            let Ok(_turn) = self.inbox.0.1.acquire().await else { return Ok(()) };
            let ids = self.inbox.take();
            if ids.is_empty() {
                return Ok(());
            }
            self.read_webhooks(&ids).await?;
        }
    }

    async fn read_webhooks(&self, ids: &[i64]) -> Result<(), DeskError> {
        let events = self.store.webhooks_to_process(ids).await?;
        if events.is_empty() {
            return Ok(());
        }
        let mut told = vec![];
        let mut kept = vec![];
        for event in &events {
            let mut read = self.read_webhook(event);
            // A reply may answer what a report speaks of.
            self.hear(&read.incoming).await?;
            self.hear_who_left(&read.left).await?;
            self.hear_of_templates(&read.templates).await?;
            self.keep_facts(&event.provider, &read.facts, event.received_at).await?;
            let reports = std::mem::take(&mut read.reports).into_iter();
            told.extend(reports.map(|report| Told {
                webhook: event.id,
                provider: event.provider.clone(),
                report,
            }));
            kept.push((event.id, read));
        }
        self.heed_reports(&told).await?;
        let merged = self.merge_reports(told).await?;
        let tx = self.store.begin().await?;
        let processed: Vec<Processed> =
            kept.iter().map(|(id, read)| outcome(*id, read, &merged)).collect();
        tx.webhooks_processed(&processed).await?;
        for id in &merged.to_forget {
            tx.forget_webhook(*id).await?;
        }
        tx.commit().await?;
        for failed in processed.iter().filter(|processed| processed.failed) {
            let (id, note) = (failed.id, failed.note.as_deref());
            tracing::warn!(webhook.id = id, note, "something in webhook {id} came to nothing");
        }
        Ok(())
    }

    /// What a webhook says; one that brings its reader down says nothing.
    fn read_webhook(&self, event: &ToProcess) -> Read {
        let lost = || Read { unreadable: 1, ..Read::default() };
        let Some(channel) = self.channels.reading(&event.provider) else {
            return lost();
        };
        catch_unwind(AssertUnwindSafe(|| channel.read_webhook(&event.raw, event.received_at)))
            .unwrap_or_else(|_| lost())
    }
}

fn outcome(id: i64, read: &Read, merged: &Merged) -> Processed {
    let count = |of: &[i64]| of.iter().filter(|webhook| **webhook == id).count();
    let (failed, unplaced) = (count(&merged.failed), count(&merged.unplaced));
    let notes = [
        (read.unreadable, "parts could not be read"),
        (failed, "reports came to nothing: the log of the program says why"),
        (unplaced, "reports are about messages that are not known here; they are kept for a day"),
        (
            read.set_aside,
            "messages are to another number or a group, or from nobody's number, and are not acted on",
        ),
        (
            read.people,
            "people changed their number, their id or their wishes, of which nothing follows yet",
        ),
    ];
    let notes = notes.into_iter().filter(|(count, _)| *count > 0);
    let notes: Vec<String> = notes.map(|(count, what)| format!("{count} {what}")).collect();
    Processed {
        id,
        failed: read.unreadable + failed > 0,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}
