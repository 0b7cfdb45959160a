//! What the process that sends notices besides the answers to its own messages: what others have
//! written down of a line, what the provider tells of the account, how much of a limit is used.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::Desk;
use super::error::DeskError;
use super::line::{Line, Pausing};
use crate::domain::attempt::{Failure, Remedy, Report};
use crate::domain::fault::{Fault, Pause};
use crate::domain::newcomers::{COUNTED, Level};
use crate::domain::notification::Lane;
use crate::domain::standing::{Limit, Standing, Told as Said};
use crate::ports::channel::Channel;
use crate::store::bulletin::Bulletin;
use crate::store::channel_states::Paused;
use crate::store::error::StoreError;
use crate::store::facts::KeptFact;
use crate::store::holds::LIMIT;
use crate::store::unplaced::Told;

/// While a provider bars us it is asked so often whether that has ended.
const BARRED: Pause = Pause::every(TimeDelta::hours(1));
/// A report that is older says nothing of how the account stands now.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// Let go at a time.
const TOGETHER: u64 = 128;

impl Desk {
    /// One look at what was written down.
    pub(super) async fn notice(&self, line: &Line, bulletin: &Bulletin) -> Result<(), DeskError> {
        let Some(channel) = self.channels.of(line.provider()) else { return Ok(()) };
        let channel = channel.as_ref();
        self.heed_others(line, channel, bulletin);
        self.heed_bar(line, channel, bulletin).await;
        self.alert_of_pause(line, channel, bulletin).await;
        self.know_limit(line, channel, bulletin).await?;
        if bulletin.newcomers_wait(line.provider()) {
            self.let_newcomers_go(line).await?;
        }
        self.let_templates_go(line).await
    }

    /// Another process was told that the account is at fault.
    fn heed_others(&self, line: &Line, channel: &dyn Channel, bulletin: &Bulletin) {
        if line.paused().is_some() {
            return;
        }
        let ours = bulletin.state(channel.provider(), channel.sender());
        if let Some(why) = ours.and_then(|state| state.paused.clone()) {
            let wait = (why.probe_at - self.store.now()).max(TimeDelta::seconds(5));
            line.pause(Pausing { why, pause: Pause::every(wait) });
            self.metrics.paused(channel.medium().as_str(), true);
        }
    }

    /// A restriction or a ban pauses as the same answer to a message would; what ended is asked
    /// about at once.
    async fn heed_bar(&self, line: &Line, channel: &dyn Channel, bulletin: &Bulletin) {
        let bar = bar(channel, bulletin, self.store.now());
        let was = line.is_barred(bar.is_some());
        match (bar, line.paused()) {
            (Some(bar), None) => {
                let Failure { code, message, .. } = failure(bar);
                let probe_at = self.store.now() + BARRED.first;
                let probe_at = bar.until.map_or(probe_at, |until| until.min(probe_at));
                let why = Paused { code, reason: message, probe_at, probes: 0 };
                self.pause(line, channel, Pausing { why, pause: BARRED }).await;
            }
            (None, Some(Pausing { mut why, .. })) if was => {
                why.probe_at = self.store.now();
                line.probe_later(why);
            }
            _ => {}
        }
    }

    /// Learns the limit of new conversations, and says when much of it is used.
    pub(super) async fn know_limit(
        &self,
        line: &Line,
        channel: &dyn Channel,
        bulletin: &Bulletin,
    ) -> Result<(), StoreError> {
        let standing = newest_standing(channel, bulletin);
        // A provider that could not be asked has said nothing new.
        let number = standing.as_ref().and_then(|(standing, _)| standing.number.said());
        let Some(number) = number else { return Ok(()) };
        let limit = match number.limit() {
            Some(Limit::Of(limit)) => Some(limit),
            Some(Limit::None) | None => None,
        };
        if line.limit_newcomers(limit) {
            let since = self.store.now() - COUNTED;
            let (provider, sender) = (channel.provider(), channel.sender());
            line.recall_newcomers(self.store.newcomers_since(provider, sender, since).await?);
        }
        let (used, news) = line.newcomers_to_tell(self.store.now());
        let provider = channel.provider();
        let of = limit.unwrap_or_default();
        match news {
            Some(Level::High) => tracing::warn!(
                provider,
                used,
                limit,
                "{used} of {of} new conversations of a day are used: at the limit less urgent \
                 messages to new people wait; verify the business to raise it"
            ),
            Some(Level::Full) => tracing::error!(
                provider,
                used,
                limit,
                "all {of} new conversations of a day are used: less urgent messages to new people \
                 wait, codes and CRITICAL ones go"
            ),
            Some(Level::Low) => {
                tracing::info!(provider, used, "new conversations are free again");
            }
            None => {}
        }
        match news {
            Some(level @ (Level::High | Level::Full)) => {
                self.alert_of_limit(line, channel, level, (used, of)).await;
            }
            Some(Level::Low) | None => {}
        }
        Ok(())
    }

    /// Lets go what waits for the limit: as many as there is room for, and to whoever wrote.
    async fn let_newcomers_go(&self, line: &Line) -> Result<(), DeskError> {
        if line.paused().is_some() {
            return Ok(());
        }
        let room = line.room_for_newcomers(self.store.now()).min(TOGETHER);
        let mut tx = self.store.begin().await?;
        tx.let_writers_go(LIMIT, line.provider(), TOGETHER).await?;
        if room > 0 {
            tx.let_go(LIMIT, line.provider(), &[Lane::Normal], room).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Who carried the message that this is about.
    async fn carrier(&self, told: &Told) -> Result<Option<&Arc<dyn Channel>>, StoreError> {
        let message = &told.report.provider_message_id;
        let tx = self.store.begin().await?;
        let named = match told.report.attempt {
            Some(attempt) => Some(attempt),
            None => tx.attempts_by_message(vec![message.clone()]).await?.remove(message),
        };
        let row = match named {
            Some((id, _)) => tx.logged(id).await?,
            None => None,
        };
        tx.rollback().await?;
        Ok(row.and_then(|row| self.channels.of(&row.provider)))
    }

    /// Reports may say that the account is at fault: then nothing is to leave any more, as if a
    /// message had been answered so.
    pub(super) async fn heed_reports(&self, told: &[Told]) -> Result<(), StoreError> {
        for told in told {
            let Report::Failed(failed) = &told.report.report else { continue };
            // Who tells by one webhook may carry by several lines.
            let may_tell = |it: &&Arc<dyn Channel>| {
                it.provider() == told.provider || it.webhooks() == Some(&told.provider)
            };
            let is_of_account =
                |it: &Arc<dyn Channel>| matches!(it.fault(failed), Fault::Account(_));
            if !self.channels.all().filter(may_tell).any(is_of_account) {
                continue;
            }
            let Some(channel) = self.carrier(told).await? else { continue };
            let Fault::Account(pause) = channel.fault(failed) else { continue };
            let now = self.store.now();
            let bulletin = self.store.bulletin().await?;
            let ours = bulletin.state(channel.provider(), channel.sender());
            // What was mended since is no fault any more.
            let is_old = ours.is_some_and(|it| it.paused.is_some() || it.since >= told.report.at);
            if is_old || told.report.at + FRESH < now {
                continue;
            }
            let (code, reason) = (failed.code, failed.message.clone());
            let why = Paused { code, reason, probe_at: now + pause.first, probes: 0 };
            match self.lines.of(channel.provider()).filter(|_| self.lines.may_send()) {
                Some(line) => self.pause(line, channel.as_ref(), Pausing { why, pause }).await,
                // Whoever sends sees it within a second.
                None => self.tell_of_pause(channel.as_ref(), why).await,
            }
        }
        Ok(())
    }
}

/// Why a provider takes nothing from us, by its own word.
pub(super) fn bar<'a>(
    channel: &dyn Channel,
    bulletin: &'a Bulletin,
    now: DateTime<Utc>,
) -> Option<&'a KeptFact> {
    bulletin.bar(channel.webhooks()?, now)
}

/// What a provider said of us last, with what it has told by webhook since.
pub(super) fn newest_standing(
    channel: &dyn Channel,
    bulletin: &Bulletin,
) -> Option<(Standing, DateTime<Utc>)> {
    let (standing, asked_at) = bulletin.standing(channel.provider(), channel.sender())?;
    let mut standing = standing.clone();
    let facts = channel.webhooks().into_iter().flat_map(|it| bulletin.facts(it));
    let told = facts.filter(|fact| fact.at > asked_at);
    let told = told.filter_map(|fact| Some((fact.at, limit_word(fact)?)));
    if let (Some((_, word)), Said::Said(number)) = (told.max(), &mut standing.number) {
        number.limit = Some(word);
    }
    Some((standing, asked_at))
}

/// As the same answer to a message would be.
pub(super) fn failure(bar: &KeptFact) -> Failure {
    let code = match bar.name.as_str() {
        "account_update.ACCOUNT_RESTRICTION" => 368,
        "account_update.DISABLED_UPDATE" => 131_031,
        _ => 33,
    };
    let message = format!("the provider tells of the account: {}", bar.name);
    Failure { code: Some(code), message, remedy: Remedy::Hold }
}

/// The limit that a webhook tells, in the word that the number's own page has for it.
fn limit_word(fact: &KeptFact) -> Option<String> {
    let told = fact.value.get("max_daily_conversations_per_business")?;
    match (told.as_str(), told.as_i64()) {
        (Some(word), _) if word.starts_with("TIER_") => Some(word.to_owned()),
        (Some(word), _) => number_word(word.parse().ok()?),
        (None, Some(number)) => number_word(number),
        (None, None) => None,
    }
}

fn number_word(number: i64) -> Option<String> {
    match number {
        -1 => Some("TIER_UNLIMITED".to_owned()),
        0.. => Some(format!("TIER_{number}")),
        _ => None,
    }
}
