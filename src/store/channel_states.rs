//! Which provider is paused, why, and when it is asked whether it would take messages again.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::Store;
use super::error::StoreError;

/// How a provider stands with one of our numbers or addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Which provider.
    pub provider: String,
    /// With which number or address of ours.
    pub sender: String,
    /// Why it is paused, where it is.
    pub paused: Option<Paused>,
    /// Since when it stands so.
    pub since: DateTime<Utc>,
}

/// Why nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// The provider's code, where it gave one.
    pub code: Option<i64>,
    /// Its words, or ours.
    pub reason: String,
    /// When it is asked again.
    pub probe_at: DateTime<Utc>,
    /// How often it was asked since.
    pub probes: u32,
}

impl Store {
    /// Pauses; says whether it was not paused before, so that it is told once.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn pause_channel(
        &self,
        provider: &str,
        sender: &str,
        why: &Paused,
    ) -> Result<bool, StoreError> {
        let backend = self.write.get_database_backend();
        let sql = "INSERT INTO channel_states \
                     (provider, sender, state, code, reason, since, probe_at, probes) \
                   VALUES ($1, $2, 'PAUSED', $3, $4, $5, $6, 0) \
                   ON CONFLICT (provider, sender) DO UPDATE SET state = excluded.state, \
                     code = excluded.code, reason = excluded.reason, since = excluded.since, \
                     probe_at = excluded.probe_at, probes = excluded.probes \
                   WHERE channel_states.state <> 'PAUSED'";
        let values = [
            provider.into(),
            sender.into(),
            why.code.into(),
            why.reason.as_str().into(),
            self.now().into(),
            why.probe_at.into(),
        ];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        Ok(self.write.execute_raw(asked).await?.rows_affected() > 0)
    }

    /// It said no again, and is asked again then.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn probe_later(
        &self,
        provider: &str,
        sender: &str,
        why: &Paused,
    ) -> Result<(), StoreError> {
        let backend = self.write.get_database_backend();
        let sql = "UPDATE channel_states SET code = $3, reason = $4, probe_at = $5, probes = $6 \
                   WHERE provider = $1 AND sender = $2 AND state = 'PAUSED'";
        let values = [
            provider.into(),
            sender.into(),
            why.code.into(),
            why.reason.as_str().into(),
            why.probe_at.into(),
            i64::from(why.probes).into(),
        ];
        self.write.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }

    /// It goes on.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn resume_channel(&self, provider: &str, sender: &str) -> Result<(), StoreError> {
        let backend = self.write.get_database_backend();
        let sql = "UPDATE channel_states SET state = 'OK', code = NULL, reason = NULL, \
                     since = $3, probe_at = NULL, probes = 0 \
                   WHERE provider = $1 AND sender = $2 AND state = 'PAUSED'";
        let values = [provider.into(), sender.into(), self.now().into()];
        self.write.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }
}
