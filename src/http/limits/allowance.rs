//! So much in so long: what somebody did within the last while is remembered, to the instant, so
//! that no moment at which one looks shows more than was allowed.
use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// At most so many in any span of this length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) most: usize,
    pub(super) within: TimeDelta,
}

/// What somebody did lately, oldest first.
#[derive(Debug, Default)]
pub(super) struct Taken(VecDeque<DateTime<Utc>>);

impl Allowance {
    /// Takes one more, or says how long to wait for it. What is refused does not count.
    pub(super) fn take(&self, taken: &mut Taken, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        // A clock that was set back must not lock anybody out.
        while taken.0.back().is_some_and(|at| *at > now) {
            taken.0.pop_back();
        }
        while taken.0.front().is_some_and(|at| *at + self.within <= now) {
            taken.0.pop_front();
        }
        match taken.0.front() {
            Some(oldest) if taken.0.len() >= self.most => Err(*oldest + self.within - now),
            _ => {
                taken.0.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Allowance = Allowance { most: 3, within: TimeDelta::seconds(60) };

    #[test]
    fn no_span_of_its_length_holds_more_than_is_allowed() {
        let mut taken = Taken::default();
        let at = |second| DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        for (second, wait) in [
            (0, None),
            (10, None),
            (59, None),
            (59, Some(1)),
            (60, None),
            (60, Some(10)),
            (69, Some(1)),
            (70, None),
            (71, Some(48)),
            (200, None),
            // The clock is set back.
            (100, None),
            (100, None),
            (100, None),
            (100, Some(60)),
        ] {
            let refused = THREE.take(&mut taken, at(second)).err();
            assert_eq!(refused, wait.map(TimeDelta::seconds), "at {second}");
        }
    }
}
