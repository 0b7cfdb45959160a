//! Whose turn it is to send: one at a time at the number's pace, codes first, then what is about
//! CRITICAL tickets. So all of the rate is kept for what is urgent, and none of it lies idle.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::domain::notification::Lane;
use crate::domain::pace::Pace;

/// Who waits may be let go earlier than it seemed.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);
/// The clock begins later than at zero, since a turn may have been missed by a little.
const EARLIER: Duration = Duration::from_secs(3600);

/// The turns of one number. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pacer(Arc<Turns>);

struct Turns {
    begun: Instant,
    waiting: Mutex<Waiting>,
}

struct Waiting {
    pace: Pace,
    /// By lane, the one that goes first in front.
    lanes: [VecDeque<oneshot::Sender<()>>; 3],
    /// Somebody gives turns to those who wait.
    is_served: bool,
}

impl Pacer {
    pub(super) fn new(pace: Pace) -> Self {
        let waiting = Waiting { pace, lanes: Default::default(), is_served: false };
        Self(Arc::new(Turns { begun: Instant::now(), waiting: Mutex::new(waiting) }))
    }

    /// Waits for one's turn; `false` where everybody was sent away.
    pub(super) async fn turn(&self, lane: Lane) -> bool {
        let turn = {
            let mut waiting = self.0.waiting();
            let nobody = waiting.lanes.iter().all(VecDeque::is_empty);
            if nobody && waiting.pace.take(self.0.now()).is_ok() {
                return true;
            }
            let (give, turn) = oneshot::channel();
            waiting.lanes[lane.place()].push_back(give);
            if !std::mem::replace(&mut waiting.is_served, true) {
                tokio::spawn(self.0.clone().serve());
            }
            turn
        };
        turn.await.is_ok()
    }

    /// Sends everybody away who waits.
    pub(super) fn send_away(&self) {
        self.0.waiting().lanes.iter_mut().for_each(VecDeque::clear);
    }

    /// The provider refused a message to this person for being too fast. Answers the rate from now
    /// on, where this was news.
    pub(super) fn throttled(&self, person: u64) -> Option<f64> {
        let now = self.0.now();
        let mut waiting = self.0.waiting();
        waiting.pace.throttled(person, now).then(|| waiting.pace.rate(now))
    }

    /// Another process sent one so long ago.
    pub(super) fn went(&self, ago: Duration) {
        let at = self.0.now().saturating_sub(ago);
        self.0.waiting().pace.went(at);
    }

    /// Another process was refused for being too fast, so long ago.
    pub(super) fn was_throttled(&self, person: u64, ago: Duration) {
        let at = self.0.now().saturating_sub(ago);
        self.0.waiting().pace.throttled(person, at);
    }

    /// A pause ended so long ago.
    pub(super) fn resumed(&self, ago: Duration) {
        let since = self.0.now().saturating_sub(ago);
        self.0.waiting().pace.resumed(since);
    }

    /// A message was answered: the one that went first after a pause, perhaps.
    pub(super) fn tried(&self) {
        self.0.waiting().pace.tried();
    }
}

impl Turns {
    fn now(&self) -> Duration {
        self.begun.elapsed() + EARLIER
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>) {
        while let Some(wait) = self.give() {
            tokio::time::sleep(wait.min(LONGEST_SLEEP)).await;
        }
    }

    /// Gives all turns that can be given now; how long until the next, where somebody waits.
    fn give(&self) -> Option<Duration> {
        let mut waiting = self.waiting();
        loop {
            for lane in &mut waiting.lanes {
                // Whoever went away needs no turn.
                while lane.front().is_some_and(oneshot::Sender::is_closed) {
                    lane.pop_front();
                }
            }
            let Some(at) = waiting.lanes.iter().position(|lane| !lane.is_empty()) else {
                waiting.is_served = false;
                return None;
            };
            if let Err(wait) = waiting.pace.take(self.now()) {
                return Some(wait);
            }
            if let Some(give) = waiting.lanes[at].pop_front() {
                // One who goes away at this very moment leaves a turn unused.
                give.send(()).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_given_evenly_and_what_is_urgent_goes_first() {
        let pacer = Pacer::new(Pace::new(10));
        let begun = Instant::now();
        let lanes = [Lane::Normal, Lane::Normal, Lane::Normal, Lane::Critical, Lane::Code];
        let turns = lanes.into_iter().enumerate().map(|(at, lane)| {
            let pacer = pacer.clone();
            async move {
                assert!(pacer.turn(lane).await);
                (begun.elapsed().as_millis() / 100, at)
            }
        });
        let mut gone = join_all(turns).await;
        gone.sort_unstable();
        let order: Vec<usize> = gone.iter().map(|(_, at)| *at).collect();
        assert_eq!(order, [0, 4, 3, 1, 2], "the first found nobody waiting");
        assert!((2..=4).contains(&gone[4].0), "a little faster than the rate at first: {gone:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_sent_away_does_not_go() {
        let pacer = Pacer::new(Pace::new(1));
        assert!(pacer.turn(Lane::Normal).await);
        let mut waiting = Box::pin(pacer.turn(Lane::Code));
        assert!(waiting.as_mut().now_or_never().is_none());
        pacer.send_away();
        assert!(!waiting.await);
        assert!(pacer.turn(Lane::Normal).await, "those who come later go");
    }
}
