//! Templates that the provider does not take now: what would go by one waits, and from time to time one
//! message tries whether it goes again.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::fault::Pause;
use super::notification::NotificationId;

/// Between two tries.
const TRIES: Pause = Pause { first: TimeDelta::minutes(1), longest: TimeDelta::hours(1) };
/// A try whose answer nobody heard of is over by then.
const LOST: TimeDelta = TimeDelta::minutes(2);

/// What is held, by the template's name and language.
#[derive(Clone, Debug, Default)]
pub struct TemplateHolds {
    held: HashMap<(String, String), Hold>,
    /// Names by which messages may wait.
    names: HashSet<String>,
}

#[derive(Clone, Debug)]
struct Hold {
    next: DateTime<Utc>,
    refusals: u32,
    trial: Option<(NotificationId, DateTime<Utc>)>,
    /// Whether the provider's own list called it approved all the same.
    called_approved: bool,
}

/// How a template stands for what waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// All may go.
    Free,
    /// One may try.
    Due,
    /// Nothing goes.
    Held,
}

impl TemplateHolds {
    /// The provider refused it; `true` where it was not held before.
    pub fn refused(
        &mut self,
        name: &str,
        language: &str,
        approved: bool,
        now: DateTime<Utc>,
    ) -> bool {
        self.names.insert(name.to_owned());
        let key = (name.to_owned(), language.to_owned());
        let before = self.held.get(&key).map_or(0, |hold| hold.refusals);
        let next = now + TRIES.wait(before);
        let hold = Hold { next, refusals: before + 1, trial: None, called_approved: approved };
        self.held.insert(key, hold).is_none()
    }

    /// The provider took it.
    pub fn went(&mut self, name: &str, language: &str) {
        if !self.held.is_empty() {
            self.held.remove(&(name.to_owned(), language.to_owned()));
        }
    }

    /// Whether this message may go by it; the one that tries is remembered.
    pub fn may_go(
        &mut self,
        id: NotificationId,
        name: &str,
        language: &str,
        now: DateTime<Utc>,
    ) -> bool {
        if self.held.is_empty() {
            return true;
        }
        let Some(hold) = self.held.get_mut(&(name.to_owned(), language.to_owned())) else {
            return true;
        };
        let may = hold.is_due(now);
        if may {
            hold.trial = Some((id, now));
        }
        may
    }

    /// How it stands; `approved` is what the provider's own list says of it now.
    pub fn stands(
        &mut self,
        name: &str,
        language: &str,
        approved: bool,
        now: DateTime<Utc>,
    ) -> Stands {
        let key = (name.to_owned(), language.to_owned());
        let Some(hold) = self.held.get_mut(&key) else { return Stands::Free };
        if approved && !hold.called_approved {
            // It was mended meanwhile.
            self.held.remove(&key);
            return Stands::Free;
        }
        hold.called_approved = approved;
        if hold.is_due(now) { Stands::Due } else { Stands::Held }
    }

    /// One more waits by this name. It may have been in somebody's hand while nothing else waited,
    /// and the name forgotten.
    pub fn waits(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    /// Names by which messages may wait.
    pub fn names(&self) -> Vec<String> {
        self.names.iter().cloned().collect()
    }

    /// Messages waited by these names: in each of these languages one may try now.
    pub fn recall(names: Vec<String>, languages: &[&str], now: DateTime<Utc>) -> Self {
        let hold = Hold { next: now, refusals: 1, trial: None, called_approved: true };
        let each = names.iter().flat_map(|name| {
            languages.iter().map(|language| (name.clone(), (*language).to_owned()))
        });
        let held = each.map(|key| (key, hold.clone())).collect();
        Self { held, names: names.into_iter().collect() }
    }

    /// Nothing waits by this name that may go or try: unless it is still held, it is forgotten.
    pub fn is_told(&mut self, name: &str, now: DateTime<Utc>) {
        let is_held =
            |(held, hold): (&(String, String), &Hold)| held.0 == name && !hold.is_due(now);
        if !self.held.iter().any(is_held) {
            self.held.retain(|(held, _), _| held != name);
            self.names.remove(name);
        }
    }
}

impl Hold {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        now >= self.next && self.trial.is_none_or(|(_, at)| at + LOST <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_219_100 + seconds, 0).unwrap()
    }

    #[test]
    fn one_message_tries_and_the_others_wait_for_it() {
        let mut holds = TemplateHolds::default();
        let may = |holds: &mut TemplateHolds, id, seconds| {
            holds.may_go(NotificationId(id), "opened", "en", at(seconds))
        };
        assert!(may(&mut holds, 1, 0));
        assert!(holds.refused("opened", "en", true, at(0)));
        assert!(!may(&mut holds, 2, 59));
        assert!(holds.may_go(NotificationId(9), "opened", "es", at(1)), "another language");
        assert!(may(&mut holds, 2, 60) && !may(&mut holds, 3, 61), "one tries");
        assert!(!holds.refused("opened", "en", true, at(62)), "it was held already");
        assert!(!may(&mut holds, 3, 181) && may(&mut holds, 3, 182), "waits grow");
        assert!(may(&mut holds, 4, 182 + 120), "whatever became of the one before");
        holds.went("opened", "en");
        assert!(may(&mut holds, 5, 303));
        assert_eq!(holds.names(), ["opened"]);
        holds.is_told("opened", at(303));
        assert!(holds.names().is_empty());
        holds.waits("opened");
        assert_eq!(holds.names(), ["opened"], "what was in a hand is let go with the next look");

        let mut holds = TemplateHolds::recall(vec!["opened".to_owned()], &["en", "es"], at(0));
        assert!(may(&mut holds, 1, 0) && !may(&mut holds, 2, 0), "after a start one tries, too");
        holds.is_told("opened", at(1));
        assert_eq!(holds.names(), ["opened"], "it is not known yet what became of it");
    }

    #[test]
    fn what_the_list_calls_approved_anew_is_free() {
        let mut holds = TemplateHolds::default();
        holds.refused("opened", "en", true, at(0));
        let mut stands = |approved, seconds| holds.stands("opened", "en", approved, at(seconds));
        assert_eq!(stands(true, 1), Stands::Held, "so it did when the provider refused it");
        assert_eq!(stands(false, 2), Stands::Held);
        assert_eq!(stands(false, 60), Stands::Due);
        assert_eq!(stands(true, 3), Stands::Free);
    }
}
