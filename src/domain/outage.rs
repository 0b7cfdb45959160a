//! Whether a provider is away: several failures in a row that are nobody's fault, and not all of them
//! with one person while others are reached.
use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// So many failures in this time, and nothing that went between them.
const FAILURES: usize = 5;
const WITHIN: TimeDelta = TimeDelta::seconds(60);

/// What the last minute has shown.
#[derive(Clone, Debug, Default)]
pub struct Outage {
    failures: VecDeque<(DateTime<Utc>, u64)>,
    /// The last two people who were reached, and when; the newest in front.
    reached: [Option<(DateTime<Utc>, u64)>; 2],
}

impl Outage {
    /// A message to this person went.
    pub fn succeeded(&mut self, person: u64, now: DateTime<Utc>) {
        self.failures.clear();
        if self.reached[0].is_some_and(|(_, known)| known != person) {
            self.reached[1] = self.reached[0];
        }
        self.reached[0] = Some((now, person));
    }

    /// A message to this person failed as if the provider were away. Says whether it is.
    pub fn failed(&mut self, person: u64, now: DateTime<Utc>) -> bool {
        self.failures.push_back((now, person));
        self.failures.retain(|(at, _)| *at > now - WITHIN);
        let of_one = self.failures.iter().all(|(_, known)| *known == person);
        let is_other = |(at, known): (DateTime<Utc>, u64)| known != person && at > now - WITHIN;
        let others_are_reached = self.reached.into_iter().flatten().any(is_other);
        let is_away = self.failures.len() >= FAILURES && !(of_one && others_are_reached);
        if is_away {
            *self = Self::default();
        }
        is_away
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Told as `(second, person, whether the message went)`; at which failure it counts as away.
    fn away(told: &[(i64, u64, bool)]) -> Option<usize> {
        let mut outage = Outage::default();
        told.iter().position(|(second, person, went)| match went {
            true => {
                outage.succeeded(*person, at(*second));
                false
            }
            false => outage.failed(*person, at(*second)),
        })
    }

    #[test]
    fn five_in_a_row_within_a_minute_are_an_outage() {
        let fails = |persons: [u64; 5], step: i64| {
            let told = persons.into_iter().enumerate();
            told.map(|(n, person)| (n as i64 * step, person, false)).collect::<Vec<_>>()
        };
        assert_eq!(away(&fails([1, 2, 1, 2, 1], 1)), Some(4));
        assert_eq!(away(&fails([1; 5], 1)), Some(4), "there is nobody else to tell by");
        assert_eq!(away(&fails([1; 5], 20)), None, "they are far apart");
        let mut told = fails([1, 2, 1, 2, 1], 1);
        told.insert(4, (3, 1, true));
        assert_eq!(away(&told), None, "one went between them");
    }

    #[test]
    fn one_person_who_cannot_be_reached_is_none() {
        let mut told = vec![(0, 2, true), (0, 1, true)];
        told.extend((1..40).map(|second| (second, 1, false)));
        assert_eq!(away(&told), None, "another was reached a moment ago");
        told.extend((61..80).map(|second| (second, 1, false)));
        assert!(away(&told).is_some(), "nobody has been reached for a minute");
        told.insert(9, (8, 3, false));
        assert_eq!(away(&told), Some(9), "two cannot be reached");
    }
}
