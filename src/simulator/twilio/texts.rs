//! What Twilio remembers: every message by its id, who wrote STOP, and who wrote at all.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::address::Address;
use super::text::Text;

const MOST: usize = 50_000;
/// WhatsApp's rule, which Twilio passes on.
const WINDOW: TimeDelta = TimeDelta::hours(24);
/// Twilio's own words for it, whatever the Messaging Service adds.
const STOP: [&str; 8] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];

/// What Twilio remembers.
#[derive(Default)]
pub struct Texts {
    by_sid: HashMap<String, Arc<Text>>,
    oldest_first: VecDeque<String>,
    stopped: HashSet<Address>,
    heard: HashMap<Address, DateTime<Utc>>,
}

impl Texts {
    /// Writes down a message.
    pub fn keep(&mut self, text: Arc<Text>) {
        if self.oldest_first.len() == MOST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_sid.remove(&oldest);
        }
        self.oldest_first.push_back(text.sid.clone());
        self.by_sid.insert(text.sid.clone(), text);
    }

    /// The message with this id.
    pub fn get(&self, sid: &str) -> Option<Arc<Text>> {
        self.by_sid.get(sid).cloned()
    }

    /// Every message, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Arc<Text>> {
        self.oldest_first.iter().rev().filter_map(|sid| self.by_sid.get(sid))
    }

    /// A person wrote an SMS, which may end or begin what they get.
    pub fn hear_sms(&mut self, from: &Address, words: &str) {
        let word = words.trim().to_uppercase();
        if STOP.contains(&word.as_str()) {
            self.stopped.insert(from.clone());
        } else if START.contains(&word.as_str()) {
            self.stopped.remove(from);
        }
    }

    /// A person wrote on WhatsApp, which opens their window.
    pub fn hear_whatsapp(&mut self, from: &Address, at: DateTime<Utc>) {
        self.heard.insert(from.clone(), at);
    }

    /// Whether this person wants no SMS.
    pub fn has_stopped(&self, address: &Address) -> bool {
        self.stopped.contains(address)
    }

    /// Whether free text may go to this person on WhatsApp.
    pub fn is_open(&self, address: &Address, now: DateTime<Utc>) -> bool {
        self.heard.get(address).is_some_and(|heard| now - *heard < WINDOW)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_stops_and_starts_by_a_word() {
        let (mut texts, ann) = (Texts::default(), Address::named("+447700900123").unwrap());
        let rows = [("Hello", false), (" stop ", true), ("please stop", true), ("Start", false)];
        for (words, stopped) in rows {
            texts.hear_sms(&ann, words);
            assert_eq!(texts.has_stopped(&ann), stopped, "{words}");
        }
    }

    #[test]
    fn a_window_is_open_for_a_day() {
        let (mut texts, ann) = (Texts::default(), Address::named("+447700900123").unwrap());
        let now = DateTime::UNIX_EPOCH;
        assert!(!texts.is_open(&ann, now));
        texts.hear_whatsapp(&ann, now);
        assert!(texts.is_open(&ann, now + TimeDelta::seconds(86_399)));
        assert!(!texts.is_open(&ann, now + TimeDelta::seconds(86_400)));
    }
}
