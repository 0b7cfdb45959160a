//! Who goes first: while many people wait for an answer, sends of a backlog give way for a moment.
//! They never stop: a backlog drains at some two hundred messages a second all the same.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

/// From this many requests that write on, the machine is short of something.
const CROWD: usize = 4;
/// Nobody gives way for longer than this.
const PATIENCE: Duration = Duration::from_millis(300);
/// A crowd that stays away this long is gone.
const LULL: Duration = Duration::from_millis(2);

/// Counts the requests that are writing now.
#[derive(Clone, Default)]
pub(super) struct Rush(Arc<Counter>);

#[derive(Default)]
struct Counter {
    writing: AtomicUsize,
    eased: Notify,
}

/// While this lives, a request is writing.
pub(super) struct Writing(Rush);

impl Drop for Writing {
    fn drop(&mut self) {
        if self.0.0.writing.fetch_sub(1, Ordering::AcqRel) == CROWD {
            self.0.0.eased.notify_waiters();
        }
    }
}

impl Rush {
    /// A request begins to write.
    pub(super) fn enter(&self) -> Writing {
        self.0.writing.fetch_add(1, Ordering::AcqRel);
        Writing(self.clone())
    }

    /// Waits until the crowd is gone, or patience is. People who are answered together often ask
    /// again together: only a lull tells that they are gone.
    pub(super) async fn give_way(&self) {
        let end = Instant::now() + PATIENCE;
        while self.is_crowded() && Instant::now() < end {
            let eased = self.0.eased.notified();
            if self.is_crowded() {
                // Either end of the wait is fine.
                timeout_at(end, eased).await.ok();
            }
            sleep(LULL).await;
        }
    }

    fn is_crowded(&self) -> bool {
        self.0.writing.load(Ordering::Acquire) >= CROWD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_goes_first_but_not_for_ever() {
        let rush = Rush::default();
        let begun = tokio::time::Instant::now();
        let three: Vec<_> = (1..CROWD).map(|_| rush.enter()).collect();
        rush.give_way().await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "few people are no crowd");

        let fourth = rush.enter();
        rush.give_way().await;
        assert_eq!(begun.elapsed(), PATIENCE + LULL, "patience ends");

        let (_, ()) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                drop(fourth);
            },
            rush.give_way()
        );
        let both = PATIENCE + LULL + Duration::from_millis(5) + LULL;
        assert_eq!(begun.elapsed(), both, "so does the crowd");
        drop(three);
    }
}
