//! What each person has been sent of late, and who waits for their next message.
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::pair::Pair;

/// Between two looks whom nothing has to be remembered of.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// Everybody who was written to in the last minutes, by address.
#[derive(Default)]
pub(super) struct People {
    known: HashMap<String, Pair>,
    /// Who has messages that wait, and when the next of them may go.
    waiting: BTreeMap<String, DateTime<Utc>>,
    looked: Option<DateTime<Utc>>,
}

impl People {
    /// Lets a message to this person go.
    pub(super) fn take(&mut self, to: &str, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let taken = match self.known.get_mut(to) {
            Some(pair) => pair.take(now),
            None => self.known.entry(to.to_owned()).or_default().take(now),
        };
        if let Err(next) = taken {
            self.waiting.insert(to.to_owned(), next);
        }
        taken
    }

    /// A message that was let go did not leave.
    pub(super) fn returned(&mut self, to: &str) {
        if let Some(pair) = self.known.get_mut(to) {
            pair.returned();
        }
    }

    /// The provider took one.
    pub(super) fn accepted(&mut self, to: &str) {
        if let Some(pair) = self.known.get_mut(to) {
            pair.accepted();
        }
    }

    /// The provider refused one as too many for this person.
    pub(super) fn refused(&mut self, to: &str, now: DateTime<Utc>) {
        let pair = self.known.entry(to.to_owned()).or_default();
        pair.refused(now);
        self.waiting.insert(to.to_owned(), pair.next());
    }

    /// One left at that time, before this process was the one that sends.
    pub(super) fn left(&mut self, to: String, at: DateTime<Utc>) {
        let pair = self.known.entry(to).or_default();
        pair.sent(at);
        pair.accepted();
    }

    /// Messages to this person wait, as may be known already.
    pub(super) fn wait(&mut self, to: String, now: DateTime<Utc>) {
        if !self.waiting.contains_key(&to) {
            self.waits(to, now);
        }
    }

    /// Messages to this person wait until the next may go.
    pub(super) fn waits(&mut self, to: String, now: DateTime<Utc>) {
        let next = self.known.get(&to).map_or(now, Pair::next);
        self.waiting.insert(to, next);
    }

    /// Nothing more goes to this person before then.
    pub(super) fn not_before(&mut self, to: &str, at: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.next(to, at);
        self.waiting.insert(to.to_owned(), next);
        next
    }

    /// Who may not be written to now, and until when.
    pub(super) fn exhausted(&self, now: DateTime<Utc>) -> Vec<(String, DateTime<Utc>)> {
        let waiting = self.waiting.iter().filter(|(_, next)| **next > now);
        waiting.map(|(to, next)| (to.clone(), *next)).collect()
    }

    /// Whether anybody may not be written to.
    pub(super) fn is_free(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Who waits and may be written to again; and forgets what need not be remembered.
    pub(super) fn due(&mut self, now: DateTime<Utc>) -> Vec<String> {
        if self.looked.is_none_or(|at| now - at >= EVERY) {
            self.looked = Some(now);
            self.known.retain(|_, pair| !pair.is_even(now));
        }
        let due = self.waiting.iter().filter(|(_, next)| **next <= now);
        due.map(|(to, _)| to.clone()).collect()
    }

    /// Nothing waits for this person any more.
    pub(super) fn is_told(&mut self, to: &str) {
        self.waiting.remove(to);
    }

    /// When this person may be written to once what was just let go has left.
    pub(super) fn next(&self, to: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        self.known.get(to).map_or(now, Pair::next).max(now)
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_on_its_way_is_left_alone_until_it_should_have_left() {
        let now = DateTime::UNIX_EPOCH;
        let after = |seconds| now + TimeDelta::seconds(seconds);
        let mut people = People::default();
        people.wait("+1".to_owned(), now);
        assert_eq!(people.due(now), ["+1"]);
        assert_eq!(people.not_before("+1", after(6)), after(6));
        // Somebody sets another message aside meanwhile.
        people.wait("+1".to_owned(), after(1));
        assert!(people.due(after(5)).is_empty());
        assert_eq!(people.exhausted(after(5)), [("+1".to_owned(), after(6))]);
        assert_eq!(people.due(after(6)), ["+1"]);
        people.is_told("+1");
        people.wait("+1".to_owned(), after(7));
        assert_eq!(people.due(after(7)), ["+1"]);
    }
}
