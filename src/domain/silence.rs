//! A webhook that has fallen silent: messages are taken, and nothing is ever heard of them.
use chrono::{DateTime, TimeDelta, Utc};

/// Meta tells within seconds that it sent a message on.
const DUE: TimeDelta = TimeDelta::minutes(15);
/// One message alone may be a stroke of bad luck.
const SEVERAL: usize = 3;

/// What was heard of messages that a provider took from one number of ours.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The newest messages, the newest first: when each was taken, and whether it was heard of.
    pub taken: Vec<(DateTime<Utc>, bool)>,
    /// When the last word about any of the newest of them came in.
    pub last: Option<DateTime<Utc>>,
}

/// Nothing is heard of messages that should have been heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Since the first message that nothing was heard of.
    pub since: DateTime<Utc>,
    /// How many messages that are.
    pub messages: usize,
    /// When the last word came in.
    pub last: Option<DateTime<Utc>>,
}

impl Heard {
    /// Whether the webhook is silent at this instant.
    pub fn silence(&self, now: DateTime<Utc>) -> Option<Silence> {
        if self.last.is_some_and(|last| last + DUE > now) {
            return None;
        }
        let unheard: Vec<DateTime<Utc>> =
            self.taken.iter().take_while(|(_, heard)| !heard).map(|(at, _)| *at).collect();
        let since = unheard.iter().min().copied()?;
        let due = unheard.iter().filter(|at| **at + DUE <= now).count();
        // Where so many go out that all of them are young, the last word is what tells.
        let all_young = due == 0 && unheard.len() == self.taken.len() && self.last.is_some();
        let is_silent = due >= SEVERAL || (all_young && unheard.len() > 100 * SEVERAL);
        is_silent.then_some(Silence { since, messages: unheard.len(), last: self.last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes ago, and whether it was heard of; the newest first.
    fn silent(taken: &[(i64, bool)], last: Option<i64>) -> Option<usize> {
        let now = DateTime::from_timestamp(1_795_219_100, 0).unwrap();
        let ago = |minutes| now - TimeDelta::minutes(minutes);
        let taken = taken.iter().map(|(minutes, heard)| (ago(*minutes), *heard)).collect();
        let silence = Heard { taken, last: last.map(ago) }.silence(now);
        silence.map(|silence| silence.messages)
    }

    #[test]
    fn several_messages_without_a_word_in_a_quarter_of_an_hour_are_silence() {
        let young = [(1, false); 301];
        for (taken, last, expected) in [
            (&[][..], None, None),
            (&[(15, false), (16, false), (17, false)], None, Some(3)),
            (&[(14, false), (16, false), (17, false)], None, None),
            (&[(16, false), (17, false)], None, None),
            (&[(1, false), (15, false), (16, false), (17, false), (40, true)], Some(40), Some(4)),
            // A word came in meanwhile, about whatever.
            (&[(15, false), (16, false), (17, false), (40, true)], Some(14), None),
            // The newest was heard of: a phone that is off says nothing of the webhook.
            (&[(15, true), (16, false), (17, false), (18, false)], Some(15), None),
            (&young, None, None),
            (&young, Some(16), Some(301)),
        ] {
            assert_eq!(silent(taken, last), expected, "{taken:?}, last {last:?}");
        }
    }
}
