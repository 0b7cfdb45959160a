//! How many people a portfolio has written to first within a day: the provider sets a limit to that,
//! and says nothing where it is exceeded.
use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// Whom one wrote to first counts for so long.
pub const COUNTED: TimeDelta = TimeDelta::days(1);
/// Between two looks for those who do not count any more.
const EVERY: TimeDelta = TimeDelta::seconds(10);

/// What a message means to whoever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// It goes into a window that its reader opened.
    Nothing,
    /// It may begin a conversation, and can wait for that.
    Perhaps,
    /// It may begin one, and goes whatever the limit is.
    AtOnce,
}

/// How much of the limit is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Less than four fifths, or there is no limit.
    #[default]
    Low,
    /// Four fifths and more.
    High,
    /// All of it.
    Full,
}

/// The people who were written to first within a day; digests tell them apart.
#[derive(Clone, Debug, Default)]
pub struct Newcomers {
    limit: Option<u64>,
    /// When each was written to last, and when before that.
    people: HashMap<u64, (DateTime<Utc>, Option<DateTime<Utc>>)>,
    looked_at: Option<DateTime<Utc>>,
}

impl Newcomers {
    /// So many may be written to from now on; any number where there is no limit, and then nobody is
    /// counted. `true` where there was none before: whoever was written to is to be recalled.
    pub fn limit_to(&mut self, limit: Option<u64>) -> bool {
        let was = std::mem::replace(&mut self.limit, limit);
        was.is_none() && limit.is_some()
    }

    /// Somebody was written to at that time, before anybody counted here.
    pub fn written_to(&mut self, person: u64, at: DateTime<Utc>) {
        let known = self.people.entry(person).or_insert((at, None));
        known.0 = known.0.max(at);
    }

    /// Lets a message go to this person, and counts it; `false` where it has to wait.
    pub fn may_go(&mut self, person: u64, opens: Opens, now: DateTime<Utc>) -> bool {
        if opens == Opens::Nothing || self.limit.is_none() {
            return true;
        }
        self.forget(now, EVERY);
        let before = self.people.get(&person).map(|(at, _)| *at).filter(|at| *at > now - COUNTED);
        if before.is_none() && opens == Opens::Perhaps && self.free(now) == 0 {
            return false;
        }
        self.people.insert(person, (now, before));
        true
    }

    /// The message that was let go to this person did not reach them.
    pub fn did_not_go(&mut self, person: u64) {
        match self.people.get_mut(&person) {
            Some((at, before @ Some(_))) => *at = before.take().unwrap_or(*at),
            Some((_, None)) => drop(self.people.remove(&person)),
            None => {}
        }
    }

    /// How many more people may be written to first now.
    pub fn free(&mut self, now: DateTime<Utc>) -> u64 {
        let Some(limit) = self.limit else { return u64::MAX };
        if self.people.len() as u64 >= limit {
            // Somebody may have ceased to count a moment ago.
            self.forget(now, TimeDelta::zero());
        }
        limit.saturating_sub(self.people.len() as u64)
    }

    /// How many were written to first within a day, and how much of the limit that is.
    pub fn level(&mut self, now: DateTime<Utc>) -> (u64, Level) {
        self.forget(now, EVERY);
        let used = self.people.len() as u64;
        let level = match self.limit {
            Some(limit) if used >= limit => Level::Full,
            Some(limit) if used * 5 >= limit * 4 => Level::High,
            _ => Level::Low,
        };
        (used, level)
    }

    fn forget(&mut self, now: DateTime<Utc>, every: TimeDelta) {
        if self.looked_at.is_some_and(|at| at <= now && now - at < every) {
            return;
        }
        self.looked_at = Some(now);
        self.people.retain(|_, (at, _)| *at > now - COUNTED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_219_100, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn of(limit: u64) -> Newcomers {
        let mut newcomers = Newcomers::default();
        assert!(newcomers.limit_to(Some(limit)));
        newcomers
    }

    #[test]
    fn new_people_wait_at_the_limit_and_nobody_else_does() {
        let mut newcomers = of(2);
        assert!(newcomers.may_go(1, Opens::Perhaps, at(0)));
        assert!(newcomers.may_go(2, Opens::Perhaps, at(1)));
        assert_eq!(newcomers.level(at(1)), (2, Level::Full));
        assert!(!newcomers.may_go(3, Opens::Perhaps, at(2)), "a third one waits");
        assert!(newcomers.may_go(1, Opens::Perhaps, at(2)), "who counts already counts once");
        assert!(newcomers.may_go(3, Opens::Nothing, at(2)), "a window is open");
        assert!(newcomers.may_go(4, Opens::AtOnce, at(2)), "what is urgent goes");
        assert_eq!(newcomers.free(at(2)), 0);
        // The second one ceases to count first: the first was written to once more.
        assert_eq!(newcomers.level(at(25)), (2, Level::Full));
        assert!(newcomers.may_go(3, Opens::Perhaps, at(26)));
    }

    #[test]
    fn what_did_not_go_counts_for_nothing() {
        let mut newcomers = of(1);
        assert!(newcomers.may_go(1, Opens::Perhaps, at(0)));
        newcomers.did_not_go(1);
        assert!(newcomers.may_go(2, Opens::Perhaps, at(0)));
        assert!(newcomers.may_go(2, Opens::Perhaps, at(20)));
        newcomers.did_not_go(2);
        assert_eq!(newcomers.free(at(20)), 0, "the first message went");
        assert_eq!(newcomers.free(at(24)), 1);
    }

    #[test]
    fn four_fifths_are_much() {
        let mut newcomers = of(10);
        (0..7).for_each(|person| newcomers.written_to(person, at(0)));
        assert_eq!(newcomers.level(at(0)), (7, Level::Low));
        newcomers.written_to(8, at(0));
        assert_eq!(newcomers.level(at(0)), (8, Level::High));
        newcomers.limit_to(None);
        assert_eq!((newcomers.level(at(0)), newcomers.free(at(0))), ((8, Level::Low), u64::MAX));
    }
}
