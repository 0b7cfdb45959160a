//! How often one of our numbers may write to one person. Meta's facts: one message in 6 s, 45 at once
//! as an advance that is worked off, and after a refusal 4^X seconds for that pair alone.
use chrono::{DateTime, TimeDelta, Utc};

/// One message in this time.
pub const STEP: TimeDelta = TimeDelta::seconds(6);
/// So many at once.
const BURST: i32 = 45;
/// Longer than this no refusal is waited off.
const LONGEST: TimeDelta = TimeDelta::seconds(600);
/// How far back one has to look to know what a person has been sent.
pub const MEMORY: TimeDelta = TimeDelta::seconds(6 * BURST as i64);

/// What one person has been sent of late.
#[derive(Clone, Debug)]
pub struct Pair {
    /// When all of the advance is worked off.
    even_at: DateTime<Utc>,
    refusals: u32,
    not_before: DateTime<Utc>,
}

impl Default for Pair {
    fn default() -> Self {
        let never = DateTime::<Utc>::MIN_UTC;
        Self { even_at: never, refusals: 0, not_before: never }
    }
}

impl Pair {
    /// Lets a message to this person go now.
    ///
    /// # Errors
    /// When the next one may go.
    pub fn take(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let next = self.next();
        if next > now {
            return Err(next);
        }
        self.sent(now);
        Ok(())
    }

    /// When the next message may go.
    pub fn next(&self) -> DateTime<Utc> {
        let advance = STEP * (BURST - 1);
        self.even_at.checked_sub_signed(advance).unwrap_or(self.even_at).max(self.not_before)
    }

    /// A message left at that time, whoever let it go.
    pub fn sent(&mut self, at: DateTime<Utc>) {
        self.even_at = self.even_at.max(at) + STEP;
    }

    /// A message that was let go did not leave.
    pub fn returned(&mut self) {
        self.even_at = self.even_at.checked_sub_signed(STEP).unwrap_or(self.even_at);
    }

    /// The provider refused one as too many for this person.
    pub fn refused(&mut self, now: DateTime<Utc>) {
        let wait = TimeDelta::seconds(4_i64.pow(self.refusals.min(5)));
        self.refusals += 1;
        self.not_before = self.not_before.max(now + wait.min(LONGEST));
    }

    /// The provider took one.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// Nothing has to be remembered.
    pub fn is_even(&self, now: DateTime<Utc>) -> bool {
        self.even_at <= now && self.not_before <= now - LONGEST
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn forty_five_at_once_and_then_one_in_six_seconds() {
        let mut pair = Pair::default();
        assert!((0..45).all(|_| pair.take(at(0)).is_ok()));
        assert_eq!(pair.take(at(0)), Err(at(6)));
        assert_eq!(pair.take(at(5)), Err(at(6)));
        assert!(pair.take(at(6)).is_ok());
        assert_eq!(pair.take(at(6)), Err(at(12)));
        assert!((0..2).all(|_| pair.take(at(18)).is_ok()));
        assert!(pair.take(at(18)).is_err());
        assert!(!pair.is_even(at(287)) && pair.is_even(at(18 + 6 * 45)));
    }

    #[test]
    fn refusals_make_it_wait_longer_each_time() {
        let mut pair = Pair::default();
        let mut now = at(0);
        for wait in [1, 4, 16, 64, 256, 600, 600] {
            assert!(pair.take(now).is_ok());
            pair.refused(now);
            assert_eq!(pair.next(), now + TimeDelta::seconds(wait));
            now = pair.next();
        }
        pair.accepted();
        pair.refused(now);
        assert_eq!(pair.next(), now + TimeDelta::seconds(1));
    }

    proptest! {
        #[test]
        fn in_no_time_more_go_than_the_burst_and_one_in_six_seconds(
            gaps in proptest::collection::vec(0i64..20, 1..300)
        ) {
            let (mut pair, mut now, mut gone) = (Pair::default(), 0, vec![]);
            for gap in gaps {
                now += gap;
                if pair.take(at(now)).is_ok() {
                    gone.push(now);
                }
            }
            for (first, from) in gone.iter().enumerate() {
                for (last, until) in gone.iter().enumerate().skip(first) {
                    let (count, time) = (last - first + 1, until - from);
                    prop_assert!(count as i64 <= 45 + time / 6, "{count} in {time} s");
                }
            }
        }

        #[test]
        fn what_is_known_of_the_last_minutes_is_all_there_is_to_know(
            gaps in proptest::collection::vec(0i64..9, 1..200)
        ) {
            let (mut pair, mut now, mut gone) = (Pair::default(), 1_000, vec![]);
            for gap in gaps {
                now += gap;
                if pair.take(at(now)).is_ok() {
                    gone.push(at(now));
                }
            }
            let mut rebuilt = Pair::default();
            gone.into_iter().filter(|it| *it > at(now) - MEMORY).for_each(|it| rebuilt.sent(it));
            // The older ones are worked off, or hold up the newest no longer than one step.
            prop_assert!(rebuilt.next() <= pair.next().max(at(now)));
            prop_assert!(pair.next() <= rebuilt.next().max(at(now)) + STEP * BURST);
        }
    }
}
