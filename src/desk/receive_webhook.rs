//! Taking in a webhook: checked, stored, and only then acknowledged; what it says is read later.
use sha2::{Digest, Sha256};

use super::Desk;
use super::error::DeskError;
use crate::ports::channel::Genuine;
use crate::store::jobs::Job;

const PROVIDER: &str = "meta";

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

impl Desk {
    /// Stores a webhook that is signed over its raw bytes.
    ///
    /// # Errors
    /// Where the database is away: then the provider keeps it and sends it again.
    pub async fn receive_webhook(
        &self,
        raw: &[u8],
        signature: Option<&str>,
    ) -> Result<Received, DeskError> {
        match self.channel.is_genuine(raw, signature) {
            Genuine::Yes => {}
            Genuine::No => return Ok(self.received("FORGED", Received::Forged)),
            Genuine::NoSecret => return Ok(self.received("NO_SECRET", Received::NoSecret)),
        }
        let digest = hex::encode(Sha256::digest(raw));
        let mut tx = self.store.begin().await?;
        let added = tx.add_webhook_event(PROVIDER, digest, raw.to_vec()).await?;
        tx.enqueue(added.map(Job::ProcessWebhook)).await?;
        tx.commit().await?;
        let outcome = if added.is_some() { "STORED" } else { "REPEATED" };
        Ok(self.received(outcome, Received::Stored))
    }

    fn received(&self, outcome: &str, received: Received) -> Received {
        self.metrics.webhook(PROVIDER, outcome);
        received
    }

    /// Whether whoever subscribes to our webhook knows the token that we gave them.
    pub fn knows_verify_token(&self, token: &str) -> bool {
        self.channel.knows_verify_token(token)
    }
}
