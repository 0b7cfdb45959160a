//! The mailboxes of the people outside, and what is in them.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::mail::Mail;

const MOST_MAILBOXES: usize = 10_000;
const MOST_A_MAILBOX: usize = 1_000;

/// All mailboxes, by address in lower case.
#[derive(Default)]
pub(super) struct Mailboxes {
    by_address: HashMap<String, VecDeque<Arc<Mail>>>,
    oldest_first: VecDeque<String>,
}

impl Mailboxes {
    /// Puts a mail into the mailbox of each person whom it is for.
    pub(super) fn receive(&mut self, mail: &Arc<Mail>) {
        for address in &mail.to {
            if !self.by_address.contains_key(address) {
                self.oldest_first.push_back(address.clone());
                if self.oldest_first.len() > MOST_MAILBOXES
                    && let Some(oldest) = self.oldest_first.pop_front()
                {
                    self.by_address.remove(&oldest);
                }
            }
            let mailbox = self.by_address.entry(address.clone()).or_default();
            if mailbox.len() == MOST_A_MAILBOX {
                mailbox.pop_front();
            }
            mailbox.push_back(Arc::clone(mail));
        }
    }

    /// What is in a mailbox, oldest first.
    pub(super) fn mails(&self, address: &str) -> Vec<Arc<Mail>> {
        let mailbox = self.by_address.get(&address.trim().to_lowercase());
        mailbox.map(|mails| mails.iter().cloned().collect()).unwrap_or_default()
    }

    /// Every mailbox with what is in it, the one where something arrived last first.
    pub(super) fn newest_first(&self) -> Vec<(&str, usize)> {
        let mut boxes: Vec<_> = self.by_address.iter().collect();
        boxes.sort_by_key(|(address, mails)| {
            (std::cmp::Reverse(mails.back().map(|mail| mail.at)), address.as_str())
        });
        boxes.into_iter().map(|(address, mails)| (address.as_str(), mails.len())).collect()
    }

    /// Throws everything away.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
