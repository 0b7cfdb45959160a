//! Taking in a webhook: checked, stored, and only then acknowledged; what it says is read later.
use futures::FutureExt;
use sha2::{Digest, Sha256};

use super::Desk;
use super::error::DeskError;
use crate::ports::channel::{Genuine, Posted};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::group::{Group, Shape};
use crate::store::jobs::Job;

/// What became of a webhook at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is stored, now or before.
    Stored,
    /// It is not the provider's.
    Forged,
    /// We have no secret to check it with.
    NoSecret,
}

/// A webhook that is to be stored.
pub(super) struct Arrived {
    provider: &'static str,
    digest: String,
    raw: Vec<u8>,
}

impl Desk {
    /// Stores a webhook that is signed by its provider.
    ///
    /// # Errors
    /// Where the database is away: then the provider keeps it and sends it again.
    pub async fn receive_webhook(
        &self,
        provider: &'static str,
        posted: Posted<'_>,
    ) -> Result<Received, DeskError> {
        let Some(channel) = self.channels.reading(provider) else {
            return Ok(self.received(provider, "NO_SECRET", Received::NoSecret));
        };
        match channel.is_genuine(&posted) {
            Genuine::Yes => {}
            Genuine::No => {
                self.refused(provider).await;
                return Ok(self.received(provider, "FORGED", Received::Forged));
            }
            Genuine::NoSecret => {
                return Ok(self.received(provider, "NO_SECRET", Received::NoSecret));
            }
        }
        let raw = channel.kept(&posted);
        let digest = hex::encode(Sha256::digest(channel.known_by(&raw)));
        let is_new = self.arrivals.join(Arrived { provider, digest, raw }).await??;
        let outcome = if is_new { "STORED" } else { "REPEATED" };
        Ok(self.received(provider, outcome, Received::Stored))
    }

    fn received(&self, provider: &str, outcome: &str, received: Received) -> Received {
        self.metrics.webhook(provider, outcome);
        received
    }

    /// Whether whoever subscribes to our webhook knows the token that we gave them.
    pub fn knows_verify_token(&self, token: &str) -> bool {
        self.channels.all().any(|channel| channel.knows_verify_token(token))
    }
}

/// Stores what comes in together in one transaction, with one task that rings for all of it; says
/// of each whether it is new.
pub(super) fn arrivals(store: Store, shape: Shape) -> Group<Arrived, Result<bool, StoreError>> {
    Group::new(shape, move |arrived: Vec<Arrived>| {
        let store = store.clone();
        async move {
            match keep(&store, &arrived).await {
                Ok(kept) => kept.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error); arrived.len()],
            }
        }
        .boxed()
    })
}

async fn keep(store: &Store, arrived: &[Arrived]) -> Result<Vec<bool>, StoreError> {
    let mut tx = store.begin().await?;
    // The same bodies may come to two processes at once: in one order nobody waits for each other.
    let mut order: Vec<usize> = (0..arrived.len()).collect();
    order.sort_unstable_by_key(|at| &arrived[*at].digest);
    let mut added = vec![None; arrived.len()];
    for at in order {
        let Arrived { provider, digest, raw } = &arrived[at];
        added[at] = tx.add_webhook_event(provider, digest.clone(), raw.clone()).await?;
    }
    let new: Vec<i64> = added.iter().flatten().copied().collect();
    tx.enqueue((!new.is_empty()).then_some(Job::ProcessWebhooks(new)));
    tx.commit().await?;
    Ok(added.into_iter().map(|id| id.is_some()).collect())
}
