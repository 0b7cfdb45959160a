//! How we stand with a provider, by what it tells of our account: a restriction or a ban keeps
//! everything from leaving.
use chrono::{DateTime, Utc};

use super::Desk;
use super::error::DeskError;
use crate::ports::webhook::Fact;
use crate::store::error::StoreError;
use crate::store::facts::KeptFact;

impl Desk {
    /// Keeps what a provider told; of each kind the newest counts.
    ///
    /// # Errors
    /// Where the database is away; what else goes wrong with a fact loses no other.
    pub(super) async fn keep_facts(
        &self,
        provider: &str,
        facts: &[Fact],
        received_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        for fact in facts {
            let tx = self.store.begin().await?;
            match tx.keep_fact(provider, fact, received_at).await {
                Ok(is_news) => {
                    tx.commit().await?;
                    if is_news {
                        log(provider, fact);
                    }
                }
                Err(error @ StoreError::Away(_)) => return Err(error),
                Err(error) => {
                    tx.rollback().await?;
                    tracing::error!(provider, fact = fact.name, %error, "a fact was not kept");
                }
            }
        }
        Ok(())
    }

    /// The restriction or ban that keeps a provider from carrying anything now, by its own word.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn barred_by(&self, provider: &str) -> Result<Option<KeptFact>, DeskError> {
        Ok(self.store.bulletin().await?.bar(provider, self.store.now()).cloned())
    }
}

fn log(provider: &str, fact: &Fact) {
    let name = fact.name.as_str();
    if fact.bars {
        tracing::error!(provider, fact = name, "{provider} lets nothing be sent: {name}");
    } else {
        tracing::info!(provider, fact = name, "{provider} tells about the account: {name}");
    }
}
