//! What waits to be posted, in the order of its time.

use std::{cmp::Ordering, collections::BinaryHeap, time::Duration};

use actix_web::web::Bytes;
use tokio::time::Instant;

use super::webhook::Notice;

/// Beyond this nothing more is kept: somebody is not listening.
const MOST: usize = 500_000;

/// A signed body, the same bytes in every retry.
pub(super) struct Parcel {
    /// The raw body.
    pub(super) body: Bytes,
    /// Its signature.
    pub(super) signature: String,
    /// How often it was posted again.
    pub(super) retries: u32,
}

/// By whom a body is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// With the app secret.
    Ours,
    /// By somebody who does not know it.
    Forged,
}

/// What is due together.
pub(super) enum Load {
    /// News that was not posted yet.
    News(Ink, Vec<Notice>),
    /// A body that was not acknowledged.
    Again(Parcel),
}

/// Everything that waits.
#[derive(Default)]
pub(super) struct Line {
    waiting: BinaryHeap<Waiting>,
    places: u64,
    dropped: u64,
}

struct Waiting {
    due: Instant,
    place: u64,
    what: What,
}

enum What {
    Notice(Ink, Notice),
    Again(Parcel),
}

impl What {
    fn is_in(&self, ink: Ink) -> bool {
        matches!(self, Self::Notice(by, _) if *by == ink)
    }
}

impl Line {
    /// Puts news in line; true where nothing else is due earlier.
    pub(super) fn news(&mut self, wait: Duration, ink: Ink, notice: Notice) -> bool {
        self.put(wait, What::Notice(ink, notice))
    }

    /// Puts a body in line that was not acknowledged.
    pub(super) fn again(&mut self, wait: Duration, parcel: Parcel) {
        self.put(wait, What::Again(parcel));
    }

    /// When the next is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.peek().map(|waiting| waiting.due)
    }

    /// Takes what is due now: one body to post again, or up to so many pieces of news. With a
    /// piece that is due goes what has come since, which is due within the time of gathering.
    pub(super) fn due(&mut self, most: usize, gathering: Duration) -> Option<Load> {
        let now = Instant::now();
        let (mut news, mut ink) = (Vec::new(), Ink::Ours);
        while news.len() < most
            && let Some(first) = self.waiting.peek()
            && (first.due <= now || (!news.is_empty() && first.due <= now + gathering))
            && (news.is_empty() || first.what.is_in(ink))
        {
            match self.waiting.pop()?.what {
                What::Notice(by, notice) => {
                    ink = by;
                    news.push(notice);
                }
                What::Again(parcel) => return Some(Load::Again(parcel)),
            }
        }
        (!news.is_empty()).then_some(Load::News(ink, news))
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    fn put(&mut self, wait: Duration, what: What) -> bool {
        if self.waiting.len() >= MOST {
            self.dropped += 1;
            if self.dropped.is_power_of_two() {
                tracing::warn!("simulator: {} webhooks dropped, nobody took them", self.dropped);
            }
            return false;
        }
        let due = Instant::now() + wait;
        let is_earliest = self.next().is_none_or(|next| due < next);
        self.waiting.push(Waiting { due, place: self.places, what });
        self.places += 1;
        is_earliest
    }
}

/// The heap gives the greatest first: that is what is due earliest, then what came first.
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.place).cmp(&(self.due, self.place))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(retries: u32) -> What {
        What::Again(Parcel { body: Bytes::new(), signature: String::new(), retries })
    }

    #[test]
    fn what_is_due_earliest_goes_first_and_the_rest_in_order() {
        let mut line = Line::default();
        let hour = Duration::from_secs(3_600);
        assert!(line.put(hour, parcel(9)));
        assert!(line.put(Duration::ZERO, parcel(1)));
        assert!(!line.put(Duration::ZERO, parcel(2)));
        for expected in [1, 2] {
            let Some(Load::Again(parcel)) = line.due(100, Duration::ZERO) else {
                panic!("nothing is due")
            };
            assert_eq!(parcel.retries, expected);
        }
        assert!(line.due(100, Duration::ZERO).is_none());
        assert!(line.next().is_some());
        line.clear();
        assert!(line.next().is_none());
    }
}
