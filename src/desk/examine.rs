//! Asking each provider how we stand with it, now and then, so that nobody who asks us has to wait
//! for that; and what one makes of its answers.
use chrono::{DateTime, TimeDelta, Utc};

use super::error::DeskError;
use super::notice::newest_standing;
use super::{Desk, findings};
use crate::domain::bill::Bill;
use crate::domain::finding::Finding;
use crate::domain::standing::{Circumstances, Standing};
use crate::ports::channel::Channel;
use crate::store::bulletin::Bulletin;

/// Between two questions. Meta allows 200 calls an hour for an account; one round takes seven.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// How we stand with one provider.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What it said.
    pub standing: Standing,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// How many people were written to first within a day.
    pub written_to: u64,
    /// What this month counts as on the bill.
    pub bill: Bill,
    /// What one makes of it.
    pub findings: Vec<Finding>,
}

impl Desk {
    /// Asks every provider that was not asked for a while; several processes ask once.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn examine(&self) -> Result<(), DeskError> {
        let bulletin = self.store.bulletin().await?;
        for channel in self.channels.all() {
            let kept = bulletin.standing(channel.provider(), channel.sender());
            let now = self.store.now();
            self.store.fold_usage(channel.sender()).await?;
            if kept.is_some_and(|(_, at)| at <= now && now - at < EVERY) {
                continue;
            }
            if let Some(standing) = channel.examine(self.public_url.as_deref()).await {
                let (provider, sender) = (channel.provider(), channel.sender());
                self.store.keep_standing(provider, sender, &standing, now).await?;
            }
        }
        Ok(())
    }

    /// What is kept of the last answers of a provider, seen now.
    pub(super) async fn examined(
        &self,
        channel: &dyn Channel,
        bulletin: &Bulletin,
    ) -> Result<Option<Examined>, DeskError> {
        let Some((standing, asked_at)) = newest_standing(channel, bulletin) else {
            return Ok(None);
        };
        let (provider, sender) = (channel.provider(), channel.sender());
        let url = self.public_url.as_deref();
        let simulated = channel.is_simulated();
        let about =
            self.store.circumstances(provider, sender, url, simulated, self.rates.as_deref());
        let about = about.await?;
        let mut findings = standing.findings(&about);
        if channel.registry().is_some() {
            findings.push(findings::templates(&self.store.templates().await?));
        }
        findings.extend(findings::reports(&self.store, channel).await?);
        findings.sort_by_key(|finding| finding.check);
        let Circumstances { written_to, bill, .. } = about;
        Ok(Some(Examined { written_to, bill, findings, standing, asked_at }))
    }
}
