//! The second mouth of the house: apalis's tasks, each of which is a verb of the desk said later.
//! No other room but `store/jobs.rs` knows apalis.
mod examinations;
mod hands;
mod shift;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{BackendExt, BoxDynError, WorkerBuilder, WorkerBuilderExt, WorkerError};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::desk::{Desk, Looks};
use crate::domain::notification::{Lane, NotificationId};
use crate::store::jobs::{Job, Queue};
use hands::Hands;
use shift::Shift;
use signals::Signals;

/// A worker that is not heard of for this many heartbeats is dead, and its tasks go to another.
const HEARTBEAT: Duration = Duration::from_secs(30);
const MISSED_HEARTBEATS: usize = 3;
/// What no bell rings for here: tasks whose time comes and which another process, or one before this
/// one, has written.
const FALLBACK_POLL: Duration = Duration::from_secs(15);
/// Tasks that are handed over directly and under way at the same time; more is a backlog, which is
/// fetched in batches.
const AT_ONCE: usize = 64;
const SWEEP: Duration = Duration::from_secs(10);
/// Finished tasks go after so many sweeps, since they are in the way of others; all that is of no use
/// any more after so many.
const PRUNE_TASKS: u32 = 3;
const PRUNE: u32 = 30;
const LONGEST_RESTART_WAIT: Duration = Duration::from_secs(5);

/// The workers of this process.
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    line: Shift,
}

impl Worker {
    /// Starts one worker a queue, the sweep, and on PostgreSQL an ear for other processes.
    pub fn start(desk: &Desk) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let line = Shift::keep(desk.clone());
        let idle = line.idle(stopped.clone());
        tasks.spawn(supervise(desk.clone(), Queue::Inbox, stopped.clone(), stopped.clone()));
        tasks.spawn(at_once(desk.clone(), Queue::Inbox, stopped.clone(), stopped.clone()));
        for queue in [Queue::Deliver, Queue::Urgent] {
            tasks.spawn(supervise(desk.clone(), queue, stopped.clone(), idle.clone()));
            tasks.spawn(at_once(desk.clone(), queue, stopped.clone(), idle.clone()));
        }
        tasks.spawn(sweeps(desk.clone(), stopped.clone()));
        tasks.spawn(looks_after_templates(desk.clone(), stopped.clone()));
        tasks.spawn(until(stopped.clone(), examinations::go_on(desk.clone())));
        if desk.store().is_shared() {
            tasks.spawn(until(stopped, signals::hear_other_processes(desk.store().clone())));
        }
        Self { stop, tasks, line }
    }

    /// Takes no more tasks and waits for those in hand, at most this long.
    pub async fn stop(mut self, at_most: Duration) {
        self.stop.send_replace(true);
        // What has not left by now is for another process, or for the next start.
        self.line.end().await;
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(at_most, all).await.is_err() {
            tracing::warn!("some sends did not end in time; they will stand as unconfirmed");
        }
    }
}

/// Runs a worker while it is not to be idle, and another when it ends: a database that is away for a
/// moment ends it.
async fn supervise(
    desk: Desk,
    queue: Queue,
    stopped: watch::Receiver<bool>,
    idle: watch::Receiver<bool>,
) {
    let hands = Hands::new(idle.clone());
    let mut wait = Duration::from_millis(200);
    while !*stopped.borrow() {
        until(stopped.clone(), busy(idle.clone())).await;
        let begun = tokio::time::Instant::now();
        let ended = run(&desk, queue, &hands).await;
        if *idle.borrow() {
            continue;
        }
        let error = ended.err().map(|error| error.to_string());
        tracing::warn!(queue = queue.name(), error, "the worker of {} begins anew", queue.name());
        if begun.elapsed() > LONGEST_RESTART_WAIT {
            wait = Duration::from_millis(200);
        }
        until(stopped.clone(), tokio::time::sleep(wait)).await;
        wait = (wait * 2).min(LONGEST_RESTART_WAIT);
    }
    hands.empty().await;
}

/// One life of a worker. Tasks are fetched as slots fall free; no batch is waited for.
///
/// It is not stopped by apalis's own means, which stop polling a fetch that is under way: on SQLite
/// that fetch holds the one connection which the sends in hand need to write their answers.
async fn run(desk: &Desk, queue: Queue, hands: &Hands) -> Result<(), WorkerError> {
    // A name lives once: a restart must not be taken for its dead predecessor.
    let name = format!("{}-{}", queue.name(), ulid::Ulid::generate());
    let (slots, batch) = match queue {
        Queue::Deliver => (128, 64),
        Queue::Urgent => (64, 32),
        Queue::Inbox => (16, 16),
    };
    let signals = Signals::new(desk.store().bells().clone(), queue, FALLBACK_POLL);
    let handler = handler(desk.clone(), hands.clone());
    let work = if desk.store().is_shared() {
        let config = apalis_postgres::Config::default()
            .queue(queue.name())
            .batch_size(batch)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
            .lock_tasks(false);
        let storage = PostgresStorage::<Job>::new(desk.store().postgres_pool()).with_config(config);
        let backend = storage.poll_with_strategy(signals);
        let worker = WorkerBuilder::new(&*name).backend(backend).concurrency(slots).build(handler);
        worker.run().boxed()
    } else {
        let config = apalis_sqlite::Config::default()
            .queue(queue.name())
            .batch_size(batch)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
            .lock_tasks(false);
        let storage = SqliteStorage::<Job>::new(desk.store().sqlite_pool()).with_config(config);
        let backend = storage.poll_with_strategy(signals);
        let worker = WorkerBuilder::new(&*name).backend(backend).concurrency(slots).build(handler);
        worker.run().boxed()
    };
    let ended = tokio::select! {
        ended = work => ended,
        () = hands.empty() => Ok(()),
    };
    if let Err(error) = desk.store().release_tasks(&name).await {
        tracing::warn!(%error, "tasks of an ended worker wait until it counts as dead");
    }
    ended
}

/// Says what this process has just committed without waiting for apalis to fetch it: a fetch is one
/// more commit before somebody's message leaves. The task stays in its table and is fetched later,
/// by then with nothing to do; where no hand is free here it is fetched at once, by whoever can.
async fn at_once(
    desk: Desk,
    queue: Queue,
    stopped: watch::Receiver<bool>,
    idle: watch::Receiver<bool>,
) {
    let hands = Hands::new(idle.clone());
    let free = Arc::new(Semaphore::new(AT_ONCE));
    while !*stopped.borrow() {
        until(stopped.clone(), busy(idle.clone())).await;
        let mut handed = desk.store().bells().of(queue).take_over(AT_ONCE);
        let taking = async {
            loop {
                let Ok(hand) = free.clone().acquire_owned().await else { return };
                let Some(job) = handed.recv().await else { return };
                let (desk, in_hand) = (desk.clone(), hands.take().await);
                tokio::spawn(async move {
                    say(&desk, job).await;
                    drop((in_hand, hand));
                });
            }
        };
        until(idle.clone(), taking).await;
    }
    hands.empty().await;
}

/// A task is done when its verb has been said: what could not be done stands in our own rows, where
/// the sweep finds it. apalis's own retries have no waits.
fn handler(
    desk: Desk,
    hands: Hands,
) -> impl Fn(Job) -> BoxFuture<'static, Result<(), BoxDynError>> + Clone + Send + 'static {
    move |job| {
        let (desk, hands) = (desk.clone(), hands.clone());
        async move {
            let in_hand = hands.take().await;
            // A worker ends whenever the database is away for a moment, and drops its handlers; a
            // send that is under way goes on all the same, and its answer is written down.
            let said = tokio::spawn(async move {
                say(&desk, job).await;
                drop(in_hand);
            });
            if said.await.is_err() {
                tracing::error!("a task panicked; its rows are left to the sweep");
            }
            Ok(())
        }
        .boxed()
    }
}

async fn say(desk: &Desk, job: Job) {
    match job {
        Job::Deliver(ids) => deliver(desk, ids, Lane::Normal).await,
        Job::DeliverTogether(ids) => {
            desk.deliver_together(ids.into_iter().map(NotificationId).collect()).await;
        }
        Job::DeliverCritical(ids) => deliver(desk, ids, Lane::Critical).await,
        Job::DeliverCodes(ids) => deliver(desk, ids, Lane::Code).await,
        Job::ProcessWebhook(id) => process_webhooks(desk, vec![id]).await,
        Job::ProcessWebhooks(ids) => process_webhooks(desk, ids).await,
    }
}

async fn process_webhooks(desk: &Desk, ids: Vec<i64>) {
    if let Err(error) = desk.process_webhooks(ids).await {
        tracing::warn!(%error, "webhooks are left to the sweep");
    }
}

async fn deliver(desk: &Desk, ids: Vec<i64>, lane: Lane) {
    desk.deliver(ids.into_iter().map(NotificationId).collect(), lane).await;
}

async fn sweeps(desk: Desk, stopped: watch::Receiver<bool>) {
    let mut rounds = 0u32;
    while !*stopped.borrow() {
        if let Err(error) = desk.sweep().await {
            tracing::warn!(%error, "a sweep was left out");
        }
        let pruned = match rounds {
            round if round.is_multiple_of(PRUNE) => desk.prune().await,
            round if round.is_multiple_of(PRUNE_TASKS) => desk.prune_tasks().await,
            _ => Ok(()),
        };
        if let Err(error) = pruned {
            tracing::warn!(%error, "nothing was pruned");
        }
        rounds = rounds.wrapping_add(1);
        until(stopped.clone(), tokio::time::sleep(SWEEP)).await;
    }
}

async fn busy(mut idle: watch::Receiver<bool>) {
    // Whoever says so lives as long as the worker.
    idle.wait_for(|idle| !idle).await.ok();
}

/// A provider that does not answer keeps nobody else waiting.
async fn looks_after_templates(desk: Desk, stopped: watch::Receiver<bool>) {
    let mut looks = Looks::default();
    while !*stopped.borrow() {
        until(stopped.clone(), desk.look_after_templates(&mut looks)).await;
        until(stopped.clone(), tokio::time::sleep(SWEEP)).await;
    }
}

async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => {}
        () = work => {}
    }
}
