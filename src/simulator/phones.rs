//! The phones of the people outside, and what is on them.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    address::Address,
    message::{Message, Progress},
    provider::Provider,
    said::Content,
    twilio::text::Text,
};

const MOST_PHONES: usize = 10_000;
const MOST_A_PHONE: usize = 1_000;

/// One bubble of a chat.
#[derive(Clone)]
pub(super) enum Bubble {
    /// The business wrote.
    Received(Arc<Message>),
    /// The business wrote by Twilio.
    Texted(Arc<Text>),
    /// The person wrote.
    Said(Arc<Said>),
}

/// What a person wrote.
pub(super) struct Said {
    /// The id that Meta gave it.
    pub(super) id: String,
    /// Who wrote it.
    pub(super) from: Address,
    /// What they said.
    pub(super) content: Content,
    /// The message that it answers.
    pub(super) quote: Option<String>,
    /// Whether they go by a name, so that Meta does not tell their number.
    pub(super) hides_number: bool,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// One person's phone.
pub(super) struct Phone {
    user_id: String,
    chat: VecDeque<Bubble>,
    last: DateTime<Utc>,
    heard_at: Option<DateTime<Utc>>,
}

/// How one phone shows in the list of all.
pub(super) struct Summary {
    /// Whose it is.
    address: Address,
    /// How many messages of the business are on it.
    pub(super) messages: usize,
    /// How many of them wait to be read.
    pub(super) unread: usize,
    last: DateTime<Utc>,
}

/// All phones.
#[derive(Default)]
pub(super) struct Phones {
    by_address: HashMap<Address, Phone>,
    oldest_first: VecDeque<Address>,
}

impl Phones {
    /// Puts a message onto the phone that it is for.
    pub(super) fn receive(&mut self, message: Arc<Message>) {
        let (owner, at) = (self.owner(&message.to), message.at);
        self.add(owner, Bubble::Received(message), at);
    }

    /// Puts a message of Twilio's onto the phone that it is for.
    pub(super) fn be_texted(&mut self, text: Arc<Text>) {
        let (owner, at) = (self.owner(&text.to), text.at);
        self.add(owner, Bubble::Texted(text), at);
    }

    /// Puts what the person wrote onto their phone.
    pub(super) fn say(&mut self, said: Arc<Said>) {
        let (owner, at) = (self.owner(&said.from), said.at);
        self.add(owner.clone(), Bubble::Said(said), at);
        if let Some(phone) = self.by_address.get_mut(&owner) {
            phone.heard_at = Some(at);
        }
    }

    /// What is on a phone, oldest first; nothing where nobody ever wrote.
    pub(super) fn chat(&self, address: &Address) -> Vec<Bubble> {
        let phone = self.by_address.get(&self.owner(address));
        phone.map(|phone| phone.chat.iter().cloned().collect()).unwrap_or_default()
    }

    /// When its person wrote last to the business, which opens a window of a day.
    pub(super) fn heard_at(&self, address: &Address) -> Option<DateTime<Utc>> {
        self.by_address.get(&self.owner(address))?.heard_at
    }

    /// Every phone, the one where something happened last first.
    pub(super) fn newest_first(&self) -> Vec<Summary> {
        let summary = |(address, phone): (&Address, &Phone)| {
            let got = || phone.chat.iter().filter(|bubble| !matches!(bubble, Bubble::Said(_)));
            let unread = got().filter(|bubble| bubble.is_unread()).count();
            let (address, last) = (address.clone(), phone.last);
            Summary { address, messages: got().count(), unread, last }
        };
        let mut summaries: Vec<_> = self.by_address.iter().map(summary).collect();
        summaries.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.number().cmp(b.number())));
        summaries
    }

    /// Throws all phones away.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A message to a business-scoped id lands on the phone of the person who has that id.
    fn owner(&self, address: &Address) -> Address {
        if address.wa_id().is_some() {
            return address.person();
        }
        let owner = self.by_address.iter().find(|(_, phone)| phone.user_id == address.as_str());
        owner.map_or(address, |(owner, _)| owner).clone()
    }

    fn add(&mut self, owner: Address, bubble: Bubble, at: DateTime<Utc>) {
        if !self.by_address.contains_key(&owner) {
            self.oldest_first.push_back(owner.clone());
            if self.oldest_first.len() > MOST_PHONES
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.by_address.remove(&oldest);
            }
        }
        let user_id = || owner.user_id();
        let blank =
            || Phone { user_id: user_id(), chat: VecDeque::new(), last: at, heard_at: None };
        let phone = self.by_address.entry(owner.clone()).or_insert_with(blank);
        if phone.chat.len() == MOST_A_PHONE {
            phone.chat.pop_front();
        }
        phone.chat.push_back(bubble);
        phone.last = at;
    }
}

impl Summary {
    /// The number as people write it.
    pub(super) fn number(&self) -> &str {
        self.address.as_str()
    }
}

impl Bubble {
    /// The message, where the business wrote it.
    pub(super) fn received(&self) -> Option<&Arc<Message>> {
        match self {
            Self::Received(message) => Some(message),
            Self::Texted(_) | Self::Said(_) => None,
        }
    }

    /// The message, where the business wrote it by Twilio.
    pub(super) fn texted(&self) -> Option<&Arc<Text>> {
        match self {
            Self::Texted(text) => Some(text),
            Self::Received(_) | Self::Said(_) => None,
        }
    }

    /// Whether the person has not seen it; nobody can tell of an SMS.
    fn is_unread(&self) -> bool {
        match self {
            Self::Received(message) => message.progress() < Progress::Read,
            Self::Texted(text) => text.provider == Provider::TwilioWhatsapp && !text.is_read(),
            Self::Said(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(from: &Address, text: usize) -> Arc<Said> {
        let at = DateTime::UNIX_EPOCH;
        let (id, content) = (text.to_string(), Content::text(&text.to_string()));
        let from = from.clone();
        Arc::new(Said { id, from, content, quote: None, hides_number: false, at })
    }

    #[test]
    fn a_phone_keeps_the_newest_and_there_are_so_many_phones() {
        let mut phones = Phones::default();
        let ann = Address::named("+1555").unwrap();
        for n in 0..=MOST_A_PHONE {
            phones.say(said(&ann, n));
        }
        let chat = phones.chat(&ann);
        assert_eq!(chat.len(), MOST_A_PHONE);
        assert!(matches!(&chat[0], Bubble::Said(said) if said.content.shown() == "1"));
        for n in 0..MOST_PHONES {
            phones.say(said(&Address::named(&format!("+44{n:07}")).unwrap(), 0));
        }
        assert_eq!(phones.newest_first().len(), MOST_PHONES);
        assert!(phones.chat(&ann).is_empty());
    }

    #[test]
    fn a_person_is_found_by_their_business_scoped_id() {
        let mut phones = Phones::default();
        let ann = Address::named("+447700900123").unwrap();
        phones.say(said(&ann, 0));
        phones.say(said(&Address::user(&ann.user_id()).unwrap(), 1));
        assert_eq!(phones.chat(&ann).len(), 2);
        assert_eq!(phones.newest_first().len(), 1);
    }
}
