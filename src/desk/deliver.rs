//! Delivering notifications: claim one, send it, write down what came of it.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::FutureExt;
use futures::future::join_all;

use super::rush::Rush;
use super::{Desk, moment};
use crate::domain::attempt::{Answer, Failure, Outcome, Remedy};
use crate::domain::delivery::Intent;
use crate::domain::notification::{Lane, NotificationId};
use crate::ports::channel::{Channel, Form, Outgoing};
use crate::store::Store;
use crate::store::deliveries::{Claimed, Claims};
use crate::store::error::StoreError;
use crate::store::group::{GivenUp, Group, Shape};
use crate::store::held::Held;
use crate::store::jobs::Job;

/// A process that slept longer than this between its claim and its send may have lost the claim.
const STALE_CLAIM: Duration = Duration::from_secs(25);

/// Then it is left to the sweep.
const CLAIM_AGAIN_AFTER: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(800), Duration::ZERO];

/// The only channel so far.
pub(super) const CHANNEL: &str = "WHATSAPP";

/// The answer to one attempt.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    id: NotificationId,
    attempt: u32,
    answer: Answer,
}

impl Desk {
    /// Sends those of these notifications that wait and whose time has come. May be called twice;
    /// what cannot be done now is found again by the sweep.
    pub async fn deliver(&self, ids: Vec<NotificationId>, lane: Lane) {
        join_all(ids.into_iter().map(|id| self.deliver_one(id, lane))).await;
    }

    async fn deliver_one(&self, id: NotificationId, lane: Lane) {
        let Ok(_slot) = self.sends.of(lane).acquire().await else { return };
        let begun = Instant::now();
        let Some(claimed) = self.claim(id).await else { return };
        let attempt = claimed.attempt;
        let answer = match begun.elapsed() {
            waited if waited > STALE_CLAIM => stale(waited),
            _ => self.channel.send(outgoing(claimed)).await,
        };
        log(id, attempt, &answer);
        self.metrics.sent(CHANNEL, &answer);
        self.write_down(Answered { id, attempt, answer }).await;
    }

    /// A database that is away for a moment is asked again: the sweep would take much longer. To
    /// claim twice does no harm, what was claimed without our hearing of it ends as a lost answer.
    async fn claim(&self, id: NotificationId) -> Option<Claimed> {
        for wait in CLAIM_AGAIN_AFTER {
            match self.claims.join(id).await {
                Ok(Ok(claimed)) => return claimed,
                Ok(Err(error)) => {
                    tracing::warn!(notification.id = id.0, %error, "notification {} not claimed", id.0);
                }
                Err(GivenUp) => {}
            }
            tokio::time::sleep(wait).await;
        }
        None
    }

    /// The answer is evidence that nothing else holds: it is kept until the database takes it.
    async fn write_down(&self, answered: Answered) {
        let mut wait = Duration::from_millis(100);
        loop {
            match self.answers.join(answered.clone()).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    let id = answered.id.0;
                    tracing::warn!(notification.id = id, %error, "the answer to {id} waits for the database");
                }
                Err(GivenUp) => {}
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }
}

/// The one place that chooses the form in which a message goes out.
fn outgoing(claimed: Claimed) -> Outgoing {
    Outgoing {
        notification: claimed.id,
        attempt: claimed.attempt,
        to: claimed.to,
        form: Form::Text(claimed.body),
    }
}

fn stale(waited: Duration) -> Answer {
    let message =
        format!("the program stood still for {} s before it could send", waited.as_secs());
    Answer {
        outcome: Outcome::NotSent(Failure { code: None, message, remedy: Remedy::Again }),
        http_status: None,
        took: TimeDelta::zero(),
        retry_after: None,
    }
}

fn log(id: NotificationId, attempt: u32, answer: &Answer) {
    let id = id.0;
    let took = answer.took.num_milliseconds();
    match &answer.outcome {
        Outcome::Accepted { .. } => {
            tracing::debug!(notification.id = id, attempt, took, "notification {id} sent");
        }
        Outcome::NotSent(failure) | Outcome::Rejected(failure) => {
            let code = failure.code;
            tracing::warn!(notification.id = id, attempt, took, code, "notification {id} not sent");
        }
        Outcome::Unknown { reason } => {
            tracing::warn!(
                notification.id = id,
                attempt,
                took,
                reason,
                "notification {id}: answer lost"
            );
        }
        Outcome::Started => {}
    }
}

/// Claims what is asked for together in one statement.
pub(super) fn claims(
    store: Store,
    rush: Rush,
    shape: Shape,
) -> Group<NotificationId, Result<Option<Claimed>, StoreError>> {
    Group::new(shape, move |ids: Vec<NotificationId>| {
        let (store, rush) = (store.clone(), rush.clone());
        async move {
            rush.give_way().await;
            match store.claim(&ids).await {
                Ok(Claims { mut begun, skipped }) => {
                    ring_next(&store, skipped);
                    let claimed = ids.into_iter().map(|id| {
                        let at = begun.iter().position(|claimed| claimed.id == id);
                        Ok(at.map(|at| begun.swap_remove(at)))
                    });
                    claimed.collect()
                }
                Err(error) => vec![Err(error); ids.len()],
            }
        }
        .boxed()
    })
}

/// Writes answers down that come in together in one transaction.
pub(super) fn answers(
    store: Store,
    channel: Arc<dyn Channel>,
    shape: Shape,
) -> Group<Answered, Result<(), StoreError>> {
    Group::new(shape, move |answered: Vec<Answered>| {
        let (store, channel) = (store.clone(), channel.clone());
        async move {
            match record(&store, channel.sender(), &answered).await {
                Ok(()) => vec![Ok(()); answered.len()],
                Err(error) => vec![Err(error); answered.len()],
            }
        }
        .boxed()
    })
}

async fn record(store: &Store, sender: &str, answered: &[Answered]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut held = tx.hold(answered.iter().map(|answered| answered.id)).await?;
    for Answered { id, attempt, answer } in answered {
        let Some(row) = held.get_mut(id) else { continue };
        if row.delivery.answer(*attempt, answer, moment(tx.now)).is_err() {
            tracing::error!(
                notification.id = id.0,
                attempt,
                "an attempt that we made is not known: the database has lost a commit"
            );
        }
    }
    tx.write(held.values(), sender).await?;
    tx.enqueue_at(held.values().filter_map(next).collect()).await?;
    tx.commit().await?;
    ring_next(store, settled(&held));
    Ok(())
}

/// Which of these rows leave the way to the next in their line.
pub(super) fn settled(held: &HashMap<NotificationId, Held>) -> Vec<NotificationId> {
    held.values().filter(|row| row.has_settled()).map(|row| row.id).collect()
}

/// Rings for those who were held back by these. Nobody waits for it, and where it gets lost the
/// sweep finds them.
pub(super) fn ring_next(store: &Store, settled: Vec<NotificationId>) {
    if settled.is_empty() {
        return;
    }
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.ring_next(&settled).await {
            tracing::warn!(%error, "messages that were held back are left to the sweep");
        }
    });
}

/// The task that rings for a row when it is to be tried again.
pub(super) fn next(held: &Held) -> Option<(Job, chrono::DateTime<chrono::Utc>)> {
    match held.delivery.intent {
        Intent::Waiting(until) => Some((Job::of(held.lane, &[held.id]), until)),
        _ => None,
    }
}
