//! A message that the simulator accepted, and how far it came.

use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{address::Address, request::Draft, shown, wamid};

/// How far a message came, in the words of Meta's status webhooks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(Debug))]
#[repr(u8)]
pub(super) enum Progress {
    /// Meta took it and said no more.
    Accepted,
    /// On its way.
    Sent,
    /// On the person's phone.
    Delivered,
    /// The person saw it.
    Read,
    /// It never comes.
    Failed,
}

impl Progress {
    const ALL: [Self; 5] = [Self::Accepted, Self::Sent, Self::Delivered, Self::Read, Self::Failed];

    /// The word on the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// What two pieces of news say together, in whatever order they came.
    fn and(self, news: Self) -> Self {
        match (self, news) {
            (Self::Failed, _) => Self::Failed,
            (Self::Delivered | Self::Read, Self::Failed) => self,
            (before, news) => before.max(news),
        }
    }
}

/// An accepted message. What it says stays in the bytes of its request until somebody looks.
pub(super) struct Message {
    /// Meta's name for it.
    pub(super) id: String,
    /// Whom it was addressed to.
    pub(super) to: Address,
    /// Its `type`.
    pub(super) kind: &'static str,
    /// What the business wants to have back in each status.
    pub(super) callback_data: Option<String>,
    /// When it was accepted.
    pub(super) at: DateTime<Utc>,
    words: Option<String>,
    category: Option<String>,
    raw: Box<[u8]>,
    progress: AtomicU8,
}

impl Message {
    /// As what Meta charges for it.
    pub(super) fn priced_as(&self) -> String {
        self.category.as_deref().unwrap_or("service").to_ascii_lowercase()
    }

    /// Accepts a draft that was read from these bytes.
    pub(super) fn accept(draft: Draft, raw: &[u8], at: DateTime<Utc>) -> Self {
        Self {
            id: wamid::new(&draft.to, wamid::Way::Out),
            to: draft.to,
            kind: draft.kind,
            callback_data: draft.callback_data,
            at,
            words: draft.words,
            category: draft.category,
            raw: raw.into(),
            progress: AtomicU8::new(Progress::Accepted as u8),
        }
    }

    /// The request as it came.
    pub(super) fn request(&self) -> Value {
        serde_json::from_slice(&self.raw).expect("it was read as JSON before it was accepted")
    }

    /// What the person reads.
    pub(super) fn text(&self) -> String {
        self.words.clone().unwrap_or_else(|| shown::text(&self.request()))
    }

    /// How far it came.
    pub(super) fn progress(&self) -> Progress {
        Progress::ALL[usize::from(self.progress.load(Ordering::Relaxed))]
    }

    /// Notes how far it came; false where that was no news.
    pub(super) fn note(&self, news: Progress) -> bool {
        let merge = |before| Some(Progress::ALL[usize::from(before)].and(news) as u8);
        let (Ok(before) | Err(before)) =
            self.progress.fetch_update(Ordering::Relaxed, Ordering::Relaxed, merge);
        merge(before) != Some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_in_any_order_means_the_same() {
        use Progress::{Accepted, Delivered, Failed, Read, Sent};
        let rows = [
            (Accepted, Sent, Sent),
            (Delivered, Sent, Delivered),
            (Read, Delivered, Read),
            (Sent, Failed, Failed),
            (Failed, Delivered, Failed),
            (Delivered, Failed, Delivered),
        ];
        for (before, news, expected) in rows {
            assert_eq!(before.and(news), expected, "{before:?} and {news:?}");
        }
    }
}
