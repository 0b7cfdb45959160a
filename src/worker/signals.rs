//! When to look for tasks: when somebody rings, and now and then for those whose time has come.
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis::prelude::{PollSnapshot, PollStrategy};
use sqlx::postgres::PgListener;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::store::Store;
use crate::store::bell::{Bells, FOLLOW_UP};
use crate::store::calls::CALLS;
use crate::store::jobs::Queue;

/// Wakes an apalis worker. apalis fetches whenever it is woken and idle, so all this does is to
/// wake it, and to lose no ring: every source is looked at each time, and each ring is followed up.
pub(super) struct Signals {
    bells: Bells,
    queue: Queue,
    heard: u64,
    every: Duration,
    tick: Pin<Box<Sleep>>,
    follow_up: Option<Pin<Box<Sleep>>>,
    next: Option<Pin<Box<Sleep>>>,
}

impl Signals {
    pub(super) fn new(bells: Bells, queue: Queue, every: Duration) -> Self {
        let tick = Box::pin(sleep(every));
        Self { bells, queue, heard: 0, every, tick, follow_up: None, next: None }
    }
}

impl PollStrategy for Signals {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let (rung, next) = self.bells.of(self.queue).listen(cx.waker());
        let mut wake = rung != self.heard;
        self.heard = rung;
        if wake {
            self.follow_up = Some(Box::pin(sleep(FOLLOW_UP)));
        }
        if let Some(follow_up) = &mut self.follow_up
            && follow_up.as_mut().poll(cx).is_ready()
        {
            self.follow_up = None;
            wake = true;
        }
        while self.tick.as_mut().poll(cx).is_ready() {
            let next = Instant::now() + self.every;
            self.tick.as_mut().reset(next);
            wake = true;
        }
        // Then the bell is looked at anew.
        if let Some(at) = next.map(Instant::from) {
            let sleep = self.next.get_or_insert_with(|| Box::pin(sleep_until(at)));
            if sleep.deadline() != at {
                sleep.as_mut().reset(at);
            }
            if sleep.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        if wake { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

/// Rings our bells for tasks that other processes commit to the same database.
pub(super) async fn hear_other_processes(store: Store) {
    loop {
        if let Err(error) = listen(&store).await {
            tracing::warn!(%error, "tasks of other processes are not heard of for the moment");
        }
        sleep(Duration::from_secs(1)).await;
        // Whatever was inserted meanwhile rang for nobody.
        Queue::ALL.into_iter().for_each(|queue| store.bells().ring(queue));
    }
}

async fn listen(store: &Store) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(store.postgres_pool()).await?;
    listener.listen(CALLS).await?;
    loop {
        let called = listener.recv().await?;
        for queue in Queue::ALL {
            if called.payload() == queue.name() {
                store.bells().echo(queue);
            }
        }
    }
}
