//! Bells inside one process: whoever commits a job rings, so that no worker has to ask all the time.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;

use super::jobs::Queue;

/// One bell a queue.
#[derive(Clone, Default)]
pub struct Bells(Arc<[Bell; 3]>);

/// Whoever is woken looks for tasks at once, and once more after this long: a ring that falls into
/// a fetch that is under way would be lost otherwise.
pub const FOLLOW_UP: Duration = Duration::from_millis(3);

/// Rung from anywhere, heard by one worker.
#[derive(Default)]
pub struct Bell {
    rung: AtomicU64,
    last: Mutex<Option<Instant>>,
    sleeper: AtomicWaker,
}

impl Bells {
    /// There is work in this queue.
    pub fn ring(&self, queue: Queue) {
        self.of(queue).ring();
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
    /// Wakes the worker, now or when it next goes to sleep.
    pub fn ring(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.wake();
    }

    /// Wakes the worker, unless it will look again anyhow since it was rung for a moment ago.
    fn echo(&self) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= FOLLOW_UP) {
            self.wake();
        }
    }

    fn wake(&self) {
        self.rung.fetch_add(1, Ordering::AcqRel);
        self.sleeper.wake();
    }

    /// How often it has been rung; from here on a ring wakes `waker`.
    pub fn listen(&self, waker: &Waker) -> u64 {
        self.sleeper.register(waker);
        self.rung.load(Ordering::Acquire)
    }
}
