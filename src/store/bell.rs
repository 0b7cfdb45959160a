//! Bells inside one process: whoever commits a task rings, so that no worker has to ask all the
//! time; and where a worker of this process has a hand free, the task is handed to it directly.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;
use tokio::sync::mpsc;

use super::jobs::{Job, Queue};

/// One bell a queue.
#[derive(Clone, Default)]
pub struct Bells(Arc<[Bell; 3]>);

/// Whoever is woken looks for tasks at once, and once more after this long: a ring that falls into
/// a fetch that is under way would be lost otherwise.
pub const FOLLOW_UP: Duration = Duration::from_millis(3);

/// A task that was handed over is fetched this much later, only to be found done: fetched one by
/// one such tasks would be in the way of those that somebody waits for.
const LATER: Duration = Duration::from_millis(200);

/// The database's clock must have come as far as ours.
const AFTER_IT_IS_DUE: Duration = Duration::from_millis(50);

/// Rung from anywhere, heard by one worker.
#[derive(Default)]
pub struct Bell {
    rung: AtomicU64,
    last: Mutex<Option<Instant>>,
    sleeper: AtomicWaker,
    taker: Mutex<Option<mpsc::Sender<Job>>>,
    /// Somebody will ring soon for what was handed over.
    will_ring: AtomicBool,
    /// When tasks of this process come due.
    later: Mutex<BinaryHeap<Reverse<Instant>>>,
}

impl Bells {
    /// There is work in this queue.
    pub fn ring(&self, queue: Queue) {
        self.of(queue).ring();
    }

    /// This task has been committed and may run now. Says whether somebody here has it in hand.
    pub fn committed(&self, job: Job) -> bool {
        let queue = job.queue();
        let bell = self.of(queue);
        let in_hand = bell.hand_over(job);
        match in_hand {
            false => bell.ring(),
            // Whoever wakes a worker makes it fetch, so nobody wakes it before it is time.
            true if !bell.will_ring.swap(true, Ordering::AcqRel) => {
                let bells = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(LATER).await;
                    bells.of(queue).will_ring.store(false, Ordering::Release);
                    bells.ring(queue);
                });
            }
            true => {}
        }
        in_hand
    }

    /// The database says that there is work; it says so of our own commits too, after we rang.
    pub fn echo(&self, queue: Queue) {
        self.of(queue).echo();
    }

    /// The bell of one queue.
    pub fn of(&self, queue: Queue) -> &Bell {
        match queue {
            Queue::Deliver => &self.0[0],
            Queue::Urgent => &self.0[1],
            Queue::Inbox => &self.0[2],
        }
    }
}

impl Bell {
    /// From now on tasks are handed over directly while `most` or fewer wait to be taken. The task
    /// in the table stays what it was, a promise that somebody looks: what is handed over may be
    /// lost.
    pub fn take_over(&self, most: usize) -> mpsc::Receiver<Job> {
        let (taker, taken) = mpsc::channel(most);
        *self.taker.lock().unwrap_or_else(PoisonError::into_inner) = Some(taker);
        taken
    }

    /// Wakes the worker, now or when it next goes to sleep.
    pub fn ring(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.wake();
    }

    fn hand_over(&self, job: Job) -> bool {
        let taker = self.taker.lock().unwrap_or_else(PoisonError::into_inner);
        taker.as_ref().is_some_and(|taker| taker.try_send(job).is_ok())
    }

    /// Wakes the worker, unless it will look again anyhow: it was rung for a moment ago, or will be.
    fn echo(&self) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let just_rung = last.is_some_and(|last| last.elapsed() < FOLLOW_UP);
        if !just_rung && !self.will_ring.load(Ordering::Acquire) {
            self.wake();
        }
    }

    fn wake(&self) {
        self.rung.fetch_add(1, Ordering::AcqRel);
        self.sleeper.wake();
    }

    /// A task comes due in this time: it is rung for then.
    pub fn ring_in(&self, wait: Duration) {
        self.later().push(Reverse(Instant::now() + wait + AFTER_IT_IS_DUE));
        // Whoever sleeps learns until when.
        self.sleeper.wake();
    }

    /// How often it has been rung; from here on a ring wakes `waker`. When it rings next, if that is
    /// known.
    pub fn listen(&self, waker: &Waker) -> (u64, Option<Instant>) {
        self.sleeper.register(waker);
        let (mut later, now) = (self.later(), Instant::now());
        while later.peek().is_some_and(|Reverse(at)| *at <= now) {
            later.pop();
            self.rung.fetch_add(1, Ordering::AcqRel);
        }
        (self.rung.load(Ordering::Acquire), later.peek().map(|Reverse(at)| *at))
    }

    fn later(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Instant>>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::task::noop_waker;

    use super::*;

    #[test]
    fn what_comes_due_is_rung_for_then_and_not_before() {
        let bell = Bell::default();
        bell.ring_in(Duration::from_secs(3600));
        bell.ring_in(Duration::ZERO);
        let (before, next) = bell.listen(&noop_waker());
        let next = next.expect("the nearer one");
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let (after, later) = bell.listen(&noop_waker());
        assert_eq!((before, after), (0, 1));
        assert!(later.is_some_and(|later| later > next + Duration::from_secs(3000)));
    }
}
