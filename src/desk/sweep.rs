//! Looking after what nobody rings for: answers that will not come, tasks that were lost, messages
//! that are past their worth, silence that proves a loss.
use super::deliver::{next, settled};
use super::error::DeskError;
use super::follow::follow_silent;
use super::{Desk, moment};
use crate::domain::delivery::Moment;
use crate::domain::notification::NotificationId;
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::held::Held;
use crate::store::jobs::Job;

/// Rows that one sweep takes up; the next one goes on.
const MOST: u64 = 500;
/// Webhooks that one task rings for.
const WEBHOOKS: usize = 16;
/// Parts of so many that one sweep looks through.
const PARTS: usize = 20;

impl Desk {
    /// One round. Every replica makes them; what two find at once is done once.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn sweep(&self) -> Result<(), DeskError> {
        self.tend_lines().await;
        let mut tx = self.store.begin().await?;
        let lost = tx.lost_answers(MOST).await?;
        let settled = self.conclude(&mut tx, lost, |row, at| row.delivery.lose_answer(at)).await?;
        let forsaken = tx.forsaken(MOST).await?;
        self.conclude(&mut tx, forsaken, send_once_more).await?;
        let webhooks = tx.overdue_webhooks(MOST).await?;
        let webhooks = webhooks.chunks(WEBHOOKS).map(|some| Job::ProcessWebhooks(some.to_vec()));
        tx.enqueue(webhooks);
        tx.commit().await?;
        self.store.ring_next(&settled).await?;
        self.place_reports().await?;
        for _ in 0..PARTS {
            if self.look_through_what_waits().await? < MOST {
                break;
            }
        }
        self.notice_silence().await?;
        self.ask_after_unheard().await
    }

    /// What is not worth sending any more is skipped, and what it held back goes on, as does what
    /// waited for an hour or for a task that was lost. Says how many were skipped.
    async fn look_through_what_waits(&self) -> Result<u64, DeskError> {
        let mut tx = self.store.begin().await?;
        follow_silent(&mut tx, &self.channels, MOST).await?;
        let aside = tx.set_aside(MOST).await?;
        tx.wake(MOST).await?;
        let overdue = tx.overdue(MOST).await?;
        tx.enqueue(Job::deliver(&overdue));
        tx.commit().await?;
        self.store.ring_next(&aside).await?;
        Ok(aside.len() as u64)
    }

    /// Deletes what is of no use any more, and trusts no number whose person has gone silent.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune(&self) -> Result<(), DeskError> {
        let doubted = self.store.doubt_silent_numbers().await?;
        if doubted > 0 {
            tracing::info!(
                doubted,
                "{doubted} numbers are to be confirmed anew: their clients were silent for 90 days"
            );
        }
        Ok(self.store.prune().await?)
    }

    /// Deletes the tasks that have ended.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn prune_tasks(&self) -> Result<(), DeskError> {
        Ok(self.store.prune_tasks().await?)
    }

    async fn conclude(
        &self,
        tx: &mut Tx,
        ids: Vec<NotificationId>,
        change: impl Fn(&mut Held, Moment),
    ) -> Result<Vec<NotificationId>, StoreError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let mut held = tx.hold(ids).await?;
        held.values_mut().for_each(|row| change(row, moment(tx.now)));
        tx.write(held.values(), self.channels.senders()).await?;
        tx.enqueue_at(held.values().filter_map(next).collect());
        Ok(settled(&held))
    }
}

fn send_once_more(row: &mut Held, at: Moment) {
    if row.delivery.send_once_more(at) {
        let id = row.id.0;
        tracing::warn!(
            notification.id = id,
            "notification {id} was lost, as later reports prove: sent once more"
        );
    }
}
