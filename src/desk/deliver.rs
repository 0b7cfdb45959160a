//! Delivering notifications: claim one, send it, write down what came of it.
use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::join_all;
use tokio::sync::SemaphorePermit;

use super::channels::Channels;
use super::follow::after_failures;
use super::follow_on::follow_on;
use super::form::{named, outgoing};
use super::line::{Lines, opens};
use super::rush::Rush;
use super::unsent::{log, not_set_up, stale};
use super::{Desk, moment};
use crate::domain::attempt::Answer;
use crate::domain::delivery::Intent;
use crate::domain::notification::{Lane, NotificationId};
use crate::ports::channel::Outgoing;
use crate::store::Store;
use crate::store::deliveries::{Claimed, Claims};
use crate::store::error::StoreError;
use crate::store::group::{GivenUp, Group, Shape};
use crate::store::held::Held;
use crate::store::holds::{PAIR, TEMPLATE};
use crate::store::jobs::Job;
use crate::store::returned::Returned;
use crate::store::waiting::QUIET;

/// A process that slept longer than this between its claim and its send may have lost the claim.
const STALE_CLAIM: Duration = Duration::from_secs(25);

/// Then it is left to the sweep.
const CLAIM_AGAIN_AFTER: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(800), Duration::ZERO];

/// The answer to one attempt.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) id: NotificationId,
    pub(super) attempt: u32,
    /// The template and its language; free text where there is none.
    pub(super) template: Option<(String, String)>,
    pub(super) answer: Answer,
}

impl Desk {
    /// Sends those of these notifications that wait and whose time has come. May be called twice;
    /// what cannot be done now is found again by the sweep.
    pub async fn deliver(&self, ids: Vec<NotificationId>, lane: Lane) {
        join_all(ids.into_iter().map(|id| self.deliver_one(id, lane))).await;
    }

    async fn deliver_one(&self, id: NotificationId, lane: Lane) {
        let Ok(_slot) = self.sends.of(lane).acquire().await else { return };
        let ahead = self.lines.ahead(lane).await;
        if !self.lines.may_send() {
            return self.give_back(Returned::unclaimed(id, lane, self.store.now())).await;
        }
        let begun = Instant::now();
        let Some(claimed) = self.claim(id).await else { return };
        self.deliver_claimed(claimed, lane, begun, ahead).await;
    }

    /// Sends what was claimed since then, once it is its turn.
    pub(super) async fn deliver_claimed(
        &self,
        claimed: Claimed,
        lane: Lane,
        begun: Instant,
        ahead: Option<SemaphorePermit<'_>>,
    ) {
        let id = claimed.id;
        let (attempt, medium) = (claimed.attempt, claimed.medium);
        let (to, provider) = (claimed.to.clone(), claimed.provider.clone());
        let opens = opens(&claimed, lane);
        if let Some(until) = claimed.quiet_until {
            self.lines.do_not_go(&[id]);
            let returned = Returned::at_once(&claimed, lane, until);
            return self.give_back(returned.held(Some((QUIET, Some(until))))).await;
        }
        let form = claimed.template.as_ref().map(|it| self.channels.templates().goes_as(it));
        let turn = self.lines.turn(&claimed, lane, form.as_ref(), self.store.now()).await;
        drop(ahead);
        let mut template = None;
        let channel = self.channels.of(&provider);
        let answer = match (begun.elapsed(), channel, turn) {
            (waited, _, _) if waited > STALE_CLAIM => stale(waited),
            (_, _, Err(held)) => {
                let returned = Returned::at_once(&claimed, lane, self.store.now());
                self.give_back(returned.held(held)).await;
                let line = self.lines.of(&provider);
                match (held, &form, line) {
                    (Some((TEMPLATE, _)), Some((name, _)), Some(line)) => {
                        line.template_is_waited_for(name);
                    }
                    // Somebody may have looked before it stood there, and found nothing.
                    (Some((PAIR, _)), _, Some(line)) => {
                        line.wait(vec![to.as_str().to_owned()], self.store.now());
                    }
                    _ => {}
                }
                return;
            }
            (_, Some(channel), Ok(())) => {
                let answer = match self.outgoing(claimed, lane).await {
                    Ok(outgoing) => {
                        template = named(&outgoing.form);
                        channel.send(outgoing).await
                    }
                    Err(not_sent) => not_sent,
                };
                self.learn(channel.as_ref(), &to, opens, template.as_ref(), &answer).await;
                answer
            }
            (_, None, Ok(())) => not_set_up(&provider),
        };
        let answer = match lane {
            Lane::Code => self.after_code(id, answer).await,
            Lane::Critical | Lane::Normal => answer,
        };
        log(id, attempt, &answer);
        self.metrics.sent(medium.as_str(), &answer);
        self.write_down(Answered { id, attempt, template, answer }).await;
    }

    /// What goes out, or why nothing can.
    async fn outgoing(&self, claimed: Claimed, lane: Lane) -> Result<Outgoing, Answer> {
        match lane {
            Lane::Code => self.code_outgoing(claimed).await,
            Lane::Critical | Lane::Normal => {
                let opt_out = self.opt_out(&claimed);
                Ok(outgoing(claimed, self.channels.templates(), opt_out))
            }
        }
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
    pub(super) async fn write_down(&self, answered: Answered) {
        let mut wait = Duration::from_millis(100);
        loop {
            match self.answers.join(answered.clone()).await {
                Ok(Ok(())) => return self.codes.awaited.told([answered.id]),
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

/// Claims what is asked for together in one statement.
pub(super) fn claims(
    store: Store,
    rush: Rush,
    lines: Lines,
    shape: Shape,
) -> Group<NotificationId, Result<Option<Claimed>, StoreError>> {
    Group::new(shape, move |ids: Vec<NotificationId>| {
        let (store, rush, lines) = (store.clone(), rush.clone(), lines.clone());
        async move {
            rush.give_way().await;
            match claim(&store, &lines, &ids).await {
                Ok(Claims { mut begun, skipped }) => {
                    lines.do_not_go(&skipped);
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

/// What a gate holds is set aside before it is claimed, and costs no attempt.
async fn claim(store: &Store, lines: &Lines, ids: &[NotificationId]) -> Result<Claims, StoreError> {
    let (gates, let_go) = lines.gates(ids, store.now());
    if gates.are_open() {
        return store.claim(ids).await;
    }
    let asked: Vec<_> = ids.iter().copied().filter(|id| !let_go.contains(id)).collect();
    let held = store.hold_back(&asked, &gates).await?;
    lines.wait(&gates, store.now());
    let free: Vec<_> = ids.iter().copied().filter(|id| !held.contains(id)).collect();
    match free.is_empty() {
        true => Ok(Claims::default()),
        false => store.claim(&free).await,
    }
}

/// Writes answers down that come in together in one transaction.
pub(super) fn answers(
    store: Store,
    channels: Channels,
    shape: Shape,
) -> Group<Answered, Result<(), StoreError>> {
    Group::new(shape, move |answered: Vec<Answered>| {
        let (store, channels) = (store.clone(), channels.clone());
        async move {
            match record(&store, &channels, &answered).await {
                Ok(()) => vec![Ok(()); answered.len()],
                Err(error) => vec![Err(error); answered.len()],
            }
        }
        .boxed()
    })
}

async fn record(
    store: &Store,
    channels: &Channels,
    answered: &[Answered],
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut held = tx.hold(answered.iter().map(|answered| answered.id)).await?;
    for Answered { id, attempt, template, answer } in answered {
        let Some(row) = held.get_mut(id) else { continue };
        row.delivery.goes_as(*attempt, template.clone());
        if row.delivery.answer(*attempt, answer, moment(tx.now)).is_err() {
            tracing::error!(
                notification.id = id.0,
                attempt,
                "an attempt that we made is not known: the database has lost a commit"
            );
        }
        follow_on(channels, row, moment(tx.now));
    }
    tx.write(held.values(), channels.senders()).await?;
    tx.enqueue_at(held.values().filter_map(next).collect());
    after_failures(&mut tx, held.values(), channels).await?;
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
