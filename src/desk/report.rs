//! How each channel stands, for admins: from our own rows and from what its provider said last;
//! nobody is asked meanwhile.
use chrono::{DateTime, Utc};

use super::Desk;
use super::error::DeskError;
use super::examine::Examined;
use crate::domain::medium::Medium;
use crate::domain::user::Actor;
use crate::store::channel_states::Paused;
use crate::store::traces::Traces;

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It carries messages.
    Ok,
    /// It keeps messages until what is wrong is mended.
    Paused,
    /// Its provider is simulated.
    Simulated,
    /// Nobody carries messages over this medium.
    NotConfigured,
}

impl State {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Paused, Self::Simulated, Self::NotConfigured];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Paused => "PAUSED",
            Self::Simulated => "SIMULATED",
            Self::NotConfigured => "NOT_CONFIGURED",
        }
    }
}

/// How one channel stands.
#[derive(Clone, Debug)]
pub struct ChannelReport {
    /// The medium.
    pub medium: Medium,
    /// The provider; none where there is none.
    pub provider: Option<&'static str>,
    /// Whether it carries messages.
    pub state: State,
    /// Why it carries none for now, where that is so.
    pub paused: Option<WhyPaused>,
    /// When something last happened.
    pub traces: Traces,
    /// What its provider said of us.
    pub examined: Option<Examined>,
}

/// Why a channel is paused.
#[derive(Clone, Debug)]
pub struct WhyPaused {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The provider's words and when it is asked again.
    pub why: Paused,
    /// What to do.
    pub hint: String,
}

impl Desk {
    /// How each channel stands, in order of preference, and which media nobody serves.
    ///
    /// # Errors
    /// Where it is not the caller's to know, or the database is away.
    pub async fn channel_reports(&self, by: Actor) -> Result<Vec<ChannelReport>, DeskError> {
        self.may_read_log(by)?;
        let mut reports = vec![];
        let bulletin = self.store.bulletin().await?;
        for channel in self.channels.all() {
            let ours = bulletin.state(channel.provider(), channel.sender());
            let paused = ours.and_then(|state| {
                let why = state.paused.clone()?;
                let unreached = || channel.unreached().to_owned();
                let hint = why.code.map_or_else(unreached, |code| channel.hint(code));
                Some(WhyPaused { since: state.since, why, hint })
            });
            reports.push(ChannelReport {
                medium: channel.medium(),
                provider: Some(channel.provider()),
                state: match (&paused, channel.is_simulated()) {
                    (Some(_), _) => State::Paused,
                    (None, true) => State::Simulated,
                    (None, false) => State::Ok,
                },
                paused,
                traces: self.store.traces(channel.provider(), channel.webhooks()).await?,
                examined: self.examined(channel.as_ref(), &bulletin).await?,
            });
        }
        for medium in Medium::ALL {
            if self.channels.by(medium).next().is_none() {
                let state = State::NotConfigured;
                let traces = Traces::default();
                reports.push(ChannelReport {
                    medium,
                    provider: None,
                    state,
                    paused: None,
                    traces,
                    examined: None,
                });
            }
        }
        Ok(reports)
    }
}
