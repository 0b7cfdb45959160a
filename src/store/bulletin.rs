//! How we stand with every provider, as whichever process heard of it wrote it down: what is paused,
//! what was told of the account, what was answered when somebody asked. One statement reads it all.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::channel_states::{ChannelState, Paused};
use super::error::StoreError;
use super::facts::KeptFact;
use super::holds::LIMIT;
use super::{Store, rows};
use crate::domain::standing::Standing;

/// What is known of all providers at one moment.
#[derive(Clone, Debug, Default)]
pub struct Bulletin {
    states: Vec<ChannelState>,
    facts: Vec<(String, KeptFact)>,
    standings: Vec<Answered>,
    newcomers_wait: Vec<String>,
}

#[derive(Clone, Debug)]
struct Answered {
    provider: String,
    sender: String,
    standing: Standing,
    at: DateTime<Utc>,
}

impl Bulletin {
    /// How one of our senders stands with its provider, where it was ever paused.
    #[must_use]
    pub fn state(&self, provider: &str, sender: &str) -> Option<&ChannelState> {
        self.states.iter().find(|state| state.provider == provider && state.sender == sender)
    }

    /// What a provider has told, by its name.
    pub fn facts(&self, provider: &str) -> impl Iterator<Item = &KeptFact> {
        self.facts.iter().filter(move |(of, _)| of == provider).map(|(_, fact)| fact)
    }

    /// The newest fact that keeps a provider from carrying anything at this time.
    #[must_use]
    pub fn bar(&self, provider: &str, now: DateTime<Utc>) -> Option<&KeptFact> {
        let holds = |fact: &&KeptFact| fact.bars && fact.until.is_none_or(|until| until > now);
        self.facts(provider).filter(holds).max_by_key(|fact| fact.at)
    }

    /// What a provider said of one of our senders when it was asked last, and when that was.
    #[must_use]
    pub fn standing(&self, provider: &str, sender: &str) -> Option<(&Standing, DateTime<Utc>)> {
        let ours = |it: &&Answered| it.provider == provider && it.sender == sender;
        self.standings.iter().find(ours).map(|it| (&it.standing, it.at))
    }

    /// Whether messages to new people wait for the limit of a provider.
    #[must_use]
    pub fn newcomers_wait(&self, provider: &str) -> bool {
        self.newcomers_wait.iter().any(|it| it == provider)
    }
}

impl Store {
    /// What is known now. An answer that another version of the program kept in another form counts
    /// as none: the provider will be asked anew.
    ///
    /// # Errors
    /// Where the database is away, or a fact is not readable.
    pub async fn bulletin(&self) -> Result<Bulletin, StoreError> {
        // The first part gives the columns their names and types.
        let sql = format!(
            "SELECT 'STATE' AS kind, provider, sender, state AS name, reason AS value, code, \
               since AS at, probe_at AS until, probes, (state = 'PAUSED') AS bars \
             FROM channel_states \
             UNION ALL SELECT 'FACT', provider, sender, name, value, NULL, at, until, NULL, bars \
             FROM channel_facts \
             UNION ALL SELECT 'STANDING', provider, sender, NULL, said, NULL, asked_at, NULL, NULL, \
               NULL FROM channel_standings \
             UNION ALL SELECT 'WAIT', provider, sender, NULL, NULL, NULL, asked_at, NULL, NULL, NULL \
             FROM channel_standings AS limited WHERE EXISTS (SELECT 1 FROM notification_log AS n \
               WHERE n.held_by = '{LIMIT}' AND n.provider = limited.provider AND n.status = 'QUEUED') \
             ORDER BY 1, 2, 4, 3"
        );
        let backend = self.read.get_database_backend();
        let found = self.read.query_all_raw(Statement::from_string(backend, sql)).await?;
        let mut bulletin = Bulletin::default();
        for row in &found {
            let provider: String = row.try_get("", "provider")?;
            match row.try_get::<String>("", "kind")?.as_str() {
                "STATE" => bulletin.states.push(state(provider, row)?),
                "FACT" => bulletin.facts.push((provider, fact(row)?)),
                "STANDING" => bulletin.standings.extend(answered(provider, row)?),
                _ => bulletin.newcomers_wait.push(provider),
            }
        }
        Ok(bulletin)
    }
}

fn state(provider: String, row: &QueryResult) -> Result<ChannelState, StoreError> {
    let since = row.try_get("", "at")?;
    let paused = match row.try_get("", "bars")? {
        true => Some(Paused {
            code: row.try_get("", "code")?,
            reason: row.try_get::<Option<String>>("", "value")?.unwrap_or_default(),
            probe_at: row.try_get::<Option<_>>("", "until")?.unwrap_or(since),
            probes: rows::count("channel_states", "probes", row.try_get("", "probes")?)?,
        }),
        false => None,
    };
    Ok(ChannelState { provider, sender: row.try_get("", "sender")?, paused, since })
}

fn fact(row: &QueryResult) -> Result<KeptFact, StoreError> {
    let name: String = row.try_get("", "name")?;
    let value: String = row.try_get("", "value")?;
    let value = serde_json::from_str(&value).map_err(|_| StoreError::Unreadable {
        table: "channel_facts",
        column: "value",
        value: name.clone(),
    })?;
    Ok(KeptFact {
        name,
        about: row.try_get("", "sender")?,
        value,
        at: row.try_get("", "at")?,
        bars: row.try_get("", "bars")?,
        until: row.try_get("", "until")?,
    })
}

fn answered(provider: String, row: &QueryResult) -> Result<Option<Answered>, StoreError> {
    let Ok(standing) = serde_json::from_str(&row.try_get::<String>("", "value")?) else {
        return Ok(None);
    };
    let (sender, at) = (row.try_get("", "sender")?, row.try_get("", "at")?);
    Ok(Some(Answered { provider, sender, standing, at }))
}
