//! Which provider is paused, why, and when it is asked whether it would take messages again.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::error::StoreError;
use super::{Store, rows};

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

    /// How every provider stands that was ever paused.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn channel_states(&self) -> Result<Vec<ChannelState>, StoreError> {
        const TABLE: &str = "channel_states";
        let sql = "SELECT provider, sender, state, code, reason, since, probe_at, probes \
                   FROM channel_states ORDER BY provider, sender";
        let backend = self.read.get_database_backend();
        let found = self.read.query_all_raw(Statement::from_string(backend, sql)).await?;
        let states = found.into_iter().map(|row| {
            let since = row.try_get("", "since")?;
            let paused = match row.try_get::<String>("", "state")?.as_str() {
                "PAUSED" => Some(Paused {
                    code: row.try_get("", "code")?,
                    reason: row.try_get::<Option<String>>("", "reason")?.unwrap_or_default(),
                    probe_at: row.try_get::<Option<_>>("", "probe_at")?.unwrap_or(since),
                    probes: rows::count(TABLE, "probes", row.try_get("", "probes")?)?,
                }),
                _ => None,
            };
            let (provider, sender) = (row.try_get("", "provider")?, row.try_get("", "sender")?);
            Ok(ChannelState { provider, sender, paused, since })
        });
        states.collect()
    }
}
