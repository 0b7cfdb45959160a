//! Merging reports into their attempts, in any order, as often as they come: part by part, so that
//! no story is long, and so that one that comes to nothing loses no other.
use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use super::channels::Channels;
use super::deliver::{next, ring_next, settled};
use super::follow::after_failures;
use super::follow_on::follow_on;
use super::{Desk, moment};
use crate::domain::notification::NotificationId;
use crate::store::Tx;
use crate::store::digests;
use crate::store::error::StoreError;
use crate::store::held::Held;
use crate::store::unplaced::Told;

/// Reports that are merged in one story.
const PART: usize = 128;
/// Reports that one look at those without a message takes up.
const LOOKED_AT: u64 = 500;
/// A deadlock or a busy database passes; then it is left to the sweep.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// What came of reports; webhooks stand there once for each of theirs.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// About messages that are not known.
    pub(super) unplaced: Vec<i64>,
    /// Could not be merged.
    pub(super) failed: Vec<i64>,
    /// Webhooks that speak of somebody who was erased meanwhile.
    pub(super) to_forget: BTreeSet<i64>,
}

/// What came of one part.
#[derive(Debug, Default)]
struct Part {
    /// Places of those about messages that are not known.
    unplaced: Vec<usize>,
    to_forget: BTreeSet<i64>,
    settled: Vec<NotificationId>,
}

impl Desk {
    /// Merges every report that can be placed, and keeps the others apart.
    ///
    /// # Errors
    /// Where the database is away; what was merged then stays merged.
    pub(super) async fn merge_reports(&self, told: Vec<Told>) -> Result<Merged, StoreError> {
        self.merge_all(told, true).await.map(|(merged, _)| merged)
    }

    /// Merges what a provider said where it was asked; whom it is about is known.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn merge_asked(&self, told: Vec<Told>) -> Result<(), StoreError> {
        self.merge_all(told, false).await.map(drop)
    }

    /// Looks whether reports without a message have found it; those of yesterday are given up.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn place_reports(&self) -> Result<(), StoreError> {
        let due = self.store.unplaced_due(LOOKED_AT).await?;
        if due.is_empty() {
            return Ok(());
        }
        let told = due.iter().map(|report| report.told.clone()).collect();
        let (_, unplaced) = self.merge_all(told, false).await?;
        let is_same = |one: &Told, other: &Told| {
            one.webhook == other.webhook
                && one.report.provider_message_id == other.report.provider_message_id
        };
        let (rest, placed): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|report| unplaced.iter().any(|it| is_same(it, &report.told)));
        let tx = self.store.begin().await?;
        tx.placed(&placed.iter().map(|report| report.id).collect::<Vec<_>>()).await?;
        let given_up = tx.put_off(&rest).await?;
        tx.commit().await?;
        if given_up > 0 {
            tracing::info!("{given_up} reports never found their message and were given up");
        }
        Ok(())
    }

    async fn merge_all(
        &self,
        mut told: Vec<Told>,
        keep: bool,
    ) -> Result<(Merged, Vec<Told>), StoreError> {
        // What is about one message is merged together, and written once.
        told.sort_by_cached_key(|told| {
            (told.report.attempt.map(|(id, _)| id), told.report.provider_message_id.clone())
        });
        let (mut merged, mut rest) = (Merged::default(), vec![]);
        let mut parts: Vec<&[Told]> = told.chunks(PART).rev().collect();
        while let Some(part) = parts.pop() {
            match self.merge_part(part, keep).await {
                Ok(done) => {
                    merged.unplaced.extend(done.unplaced.iter().map(|at| part[*at].webhook));
                    merged.to_forget.extend(done.to_forget);
                    rest.extend(done.unplaced.iter().map(|at| part[*at].clone()));
                    ring_next(&self.store, done.settled);
                }
                Err(error @ StoreError::Away(_)) => return Err(error),
                Err(error) => match part {
                    [alone] => {
                        let id = alone.webhook;
                        tracing::error!(webhook.id = id, %error, "a report came to nothing");
                        merged.failed.push(id);
                    }
                    several => {
                        let (first, second) = several.split_at(several.len() / 2);
                        parts.extend([second, first]);
                    }
                },
            }
        }
        Ok((merged, rest))
    }

    async fn merge_part(&self, part: &[Told], keep: bool) -> Result<Part, StoreError> {
        let mut waits = AGAIN_AFTER.into_iter();
        loop {
            let merging = AssertUnwindSafe(self.merge_in_one(part, keep));
            let panicked = || StoreError::Refused("merging it panicked".to_owned());
            match merging.catch_unwind().await.unwrap_or_else(|_| Err(panicked())) {
                Err(error @ StoreError::Away(_)) => match waits.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(error),
                },
                done => return done,
            }
        }
    }

    async fn merge_in_one(&self, part: &[Told], keep: bool) -> Result<Part, StoreError> {
        let mut tx = self.store.begin().await?;
        match merge(&mut tx, part, keep, &self.channels).await {
            Ok(done) => {
                tx.commit().await?;
                Ok(done)
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }
}

async fn merge(
    tx: &mut Tx,
    part: &[Told],
    keep: bool,
    channels: &Channels,
) -> Result<Part, StoreError> {
    let nameless = part.iter().filter(|told| told.report.attempt.is_none());
    let messages = nameless.map(|told| told.report.provider_message_id.clone()).collect();
    let known = tx.attempts_by_message(messages).await?;
    // What we wrote on the message ourselves is surer than an id that may come later.
    let attempt = |told: &Told| {
        told.report.attempt.or_else(|| known.get(&told.report.provider_message_id).copied())
    };
    let named = part.iter().filter_map(attempt).map(|(id, _)| id);
    let named: BTreeSet<NotificationId> = named.collect();
    let mut held = match named.is_empty() {
        true => HashMap::new(),
        false => tx.hold(named).await?,
    };
    let besides = told_besides(tx, &mut held).await?;
    let mut done = Part::default();
    for (at, told) in part.iter().enumerate() {
        let named = attempt(told);
        for other in besides.iter().filter(|other| Some(other.by) == named) {
            let (id, number) = other.attempt;
            held.get_mut(&id).and_then(|row| note(row, number, told, tx.now));
        }
        let found = named.and_then(|(id, number)| Some((held.get_mut(&id)?, number)));
        let placed = found.and_then(|(row, number)| {
            let row = note(row, number, told, tx.now)?;
            // Meta counts a message once, however many it tells of.
            if let Some(pricing) = &told.report.pricing {
                row.delivery.attempts[number as usize - 1].priced(pricing);
            }
            Some(&*row)
        });
        match placed {
            Some(row) if row.to.is_empty() => drop(done.to_forget.insert(told.webhook)),
            Some(_) => {}
            None => done.unplaced.push(at),
        }
    }
    held.values_mut().for_each(|row| follow_on(channels, row, moment(tx.now)));
    let changed = || held.values().filter(|row| row.has_news());
    tx.write(changed(), channels.senders()).await?;
    tx.enqueue_at(changed().filter_map(next).collect());
    after_failures(tx, changed(), channels).await?;
    if keep {
        let apart: Vec<&Told> = done.unplaced.iter().map(|at| &part[*at]).collect();
        tx.keep_reports(&apart).await?;
    }
    done.settled = settled(&held);
    Ok(done)
}

/// A message may tell of several notifications: what is reported about it concerns them all.
async fn told_besides(
    tx: &Tx,
    held: &mut HashMap<NotificationId, Held>,
) -> Result<Vec<digests::Told>, StoreError> {
    let tellers: Vec<_> = held.values().filter(|row| row.tells_others).map(|row| row.id).collect();
    if tellers.is_empty() {
        return Ok(vec![]);
    }
    let besides = tx.told_by(tellers).await?;
    let others = besides.iter().map(|told| told.attempt.0).filter(|id| !held.contains_key(id));
    let others = tx.hold(others.collect::<BTreeSet<_>>()).await?;
    held.extend(others);
    Ok(besides)
}

/// Notes one report on its row, which it gives back; `None` where that attempt never began.
fn note<'a>(
    row: &'a mut Held,
    number: u32,
    told: &Told,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<&'a mut Held> {
    let (id, report) = (row.id.0, &told.report);
    let delivery = &mut row.delivery;
    if delivery.report(number, &report.report, report.at, moment(now)).is_err() {
        tracing::error!(
            notification.id = id,
            attempt = number,
            "a report speaks of an attempt that is not known: the database has lost a commit"
        );
        return None;
    }
    let attempt = &mut delivery.attempts[number as usize - 1];
    attempt.provider_message_id.get_or_insert_with(|| report.provider_message_id.clone());
    if delivery.is_doubled() {
        tracing::warn!(notification.id = id, "notification {id} may stand twice on a phone");
    }
    Some(row)
}
