//! How fast a business may go: so many messages a second in all and so many to one person, so many
//! mails a minute, so many new templates an hour.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::{address::Address, refusal::Refusal, rules::Rules};

/// Meta lets one person be written to every six seconds.
const PAIR: TimeDelta = TimeDelta::seconds(6);
/// And so often at once, borrowed from the time to come.
const BURST: i32 = 45;
const HOUR: TimeDelta = TimeDelta::hours(1);
/// Beyond this, pairs that have come to rest are forgotten.
const MOST: usize = 50_000;

/// What was sent of late.
#[derive(Default)]
pub(super) struct Limits {
    second: VecDeque<DateTime<Utc>>,
    /// Until when each person's time is used up.
    used_until: HashMap<Address, DateTime<Utc>>,
    mails: VecDeque<DateTime<Utc>>,
    templates: VecDeque<DateTime<Utc>>,
}

impl Limits {
    /// Counts a message to this person, or says which limit it breaks.
    pub(super) fn take(
        &mut self,
        rules: &Rules,
        to: &Address,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let most = usize::try_from(rules.messages_per_second).unwrap_or(usize::MAX);
        if most > 0 && is_full(&mut self.second, most, TimeDelta::seconds(1), now) {
            return Err(Refusal::of(400, 130429));
        }
        if rules.pair_limit {
            let used = self.used_until.get(to).copied().unwrap_or(now).max(now);
            if used - now > PAIR * (BURST - 1) {
                return Err(Refusal::of(400, 131056));
            }
            if self.used_until.len() >= MOST {
                self.used_until.retain(|_, until| now < *until);
            }
            self.used_until.insert(to.clone(), used + PAIR);
        }
        if most > 0 {
            self.second.push_back(now);
        }
        Ok(())
    }

    /// Counts a mail; false where there were too many in this minute.
    pub(super) fn take_mail(&mut self, rules: &Rules, now: DateTime<Utc>) -> bool {
        let most = usize::try_from(rules.mails_per_minute).unwrap_or(usize::MAX);
        if most == 0 {
            return true;
        }
        let has_room = !is_full(&mut self.mails, most, TimeDelta::minutes(1), now);
        if has_room {
            self.mails.push_back(now);
        }
        has_room
    }

    /// How long it is until one more template may be created; `None` where that is now.
    pub(super) fn until_template(
        &mut self,
        rules: &Rules,
        now: DateTime<Utc>,
    ) -> Option<TimeDelta> {
        let most = usize::try_from(rules.templates_per_hour).unwrap_or(usize::MAX);
        if most == 0 || !is_full(&mut self.templates, most, HOUR, now) {
            return None;
        }
        self.templates.front().map(|first| *first + HOUR - now)
    }

    /// Counts a template that was created.
    pub(super) fn created_template(&mut self, now: DateTime<Utc>) {
        self.templates.push_back(now);
    }

    /// Forgets what was sent.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn is_full(
    sent: &mut VecDeque<DateTime<Utc>>,
    most: usize,
    within: TimeDelta,
    now: DateTime<Utc>,
) -> bool {
    while sent.front().is_some_and(|first| now - *first >= within) {
        sent.pop_front();
    }
    sent.len() >= most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    fn to(person: usize) -> Address {
        Address::named(&format!("+44770090{person:04}")).unwrap()
    }

    #[test]
    fn a_number_sends_so_many_in_any_second() {
        let (mut limits, rules) = (Limits::default(), Rules::default());
        let mut code =
            |person, ms| limits.take(&rules, &to(person), at(ms)).err().map(|it| it.code);
        assert!((0..80).all(|person| code(person, 0).is_none()));
        assert_eq!(code(80, 999), Some(130429));
        assert_eq!(code(80, 1_000), None);
    }

    #[test]
    fn one_person_gets_a_burst_and_then_one_every_six_seconds() {
        let (mut limits, rules) = (Limits::default(), Rules::default());
        let mut code = |ms| limits.take(&rules, &to(0), at(ms)).err().map(|it| it.code);
        assert!((0..45).all(|_| code(0).is_none()));
        assert_eq!(code(5_999), Some(131056));
        assert_eq!(code(6_000), None);
        assert_eq!(code(6_000), Some(131056));
        assert_eq!(code(12_000), None);
        assert!((0..45).all(|_| code(1_000_000).is_none()));
    }

    #[test]
    fn so_many_templates_are_new_within_an_hour() {
        let (mut limits, rules) = (Limits::default(), Rules::default());
        for made in 0..100 {
            assert_eq!(limits.until_template(&rules, at(made * 1_000)), None);
            limits.created_template(at(made * 1_000));
        }
        let (early, due) = (at(100_000), at(3_600_000));
        assert_eq!(limits.until_template(&rules, early), Some(due - early));
        assert_eq!(limits.until_template(&rules, due), None);
        let none = Rules { templates_per_hour: 0, ..rules };
        assert_eq!(limits.until_template(&none, early), None);
    }

    #[test]
    fn rules_that_are_off_count_nothing() {
        let rules = Rules { messages_per_second: 0, pair_limit: false, ..Rules::default() };
        let mut limits = Limits::default();
        assert!((0..500).all(|_| limits.take(&rules, &to(0), at(0)).is_ok()));
        assert!((0..60).all(|_| limits.take_mail(&rules, at(0))));
        assert!(!limits.take_mail(&rules, at(59_999)));
        assert!(limits.take_mail(&rules, at(60_000)));
    }
}
