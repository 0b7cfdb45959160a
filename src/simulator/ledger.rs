//! Every accepted message in the order of acceptance, for tests that count.

use std::{collections::VecDeque, sync::Arc};

use super::message::Message;

const MOST: usize = 200_000;
/// How many entries one page of the ledger has.
pub(super) const PAGE: usize = 1_000;

/// The newest accepted messages; an entry keeps its number, also when the ledger is cleared.
#[derive(Default)]
pub(super) struct Ledger {
    first: u64,
    entries: VecDeque<Arc<Message>>,
}

impl Ledger {
    /// Writes down an accepted message.
    pub(super) fn write(&mut self, message: Arc<Message>) {
        if self.entries.len() == MOST {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(message);
    }

    /// The page that starts at this number, and the number at which the next one starts.
    pub(super) fn page(&self, from: u64) -> (Vec<(u64, Arc<Message>)>, u64) {
        let end = self.first + self.entries.len() as u64;
        let from = from.clamp(self.first, end);
        let skip = usize::try_from(from - self.first).unwrap_or(usize::MAX);
        let page: Vec<_> =
            (from..).zip(self.entries.iter().skip(skip).take(PAGE).cloned()).collect();
        let next = from + page.len() as u64;
        (page, next)
    }

    /// Forgets what was written.
    pub(super) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{
        super::{address::Address, request::Draft},
        *,
    };

    fn message() -> Arc<Message> {
        let to = Address::named("+1555").unwrap();
        let draft = Draft {
            to,
            input: String::new(),
            kind: "text",
            callback_data: None,
            words: None,
            category: None,
        };
        Arc::new(Message::accept(draft, b"{}", DateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_page_says_where_the_next_one_starts() {
        let mut ledger = Ledger::default();
        let message = message();
        (0..2_500).for_each(|_| ledger.write(message.clone()));
        let rows =
            [(0, 1_000, 1_000), (1_000, 1_000, 2_000), (2_000, 500, 2_500), (9_999, 0, 2_500)];
        for (from, items, next) in rows {
            let page = ledger.page(from);
            assert_eq!((page.0.len(), page.1), (items, next), "from {from}");
        }
        ledger.clear();
        ledger.write(message);
        let (page, next) = ledger.page(0);
        assert_eq!((page[0].0, next), (2_500, 2_501));
    }
}
