//! Telling the admins that something needs them, by a way that is open: of a channel that does not
//! send, and of a limit that is nearly used.
use chrono::TimeDelta;

use super::Desk;
use super::line::Line;
use super::templates::form;
use super::ways;
use crate::domain::event::Event;
use crate::domain::medium::Medium;
use crate::domain::newcomers::{COUNTED, Level};
use crate::domain::notification::Lane;
use crate::messages::Written;
use crate::messages::alert::{channel_paused, limit_near};
use crate::messages::language::Language;
use crate::ports::channel::Channel;
use crate::store::Tx;
use crate::store::bulletin::Bulletin;
use crate::store::error::StoreError;
use crate::store::jobs::Job;
use crate::store::letters::NewLetter;

/// A pause that is over sooner needs nobody.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);
/// A pause that lasts is told again after this.
const REMINDER: TimeDelta = TimeDelta::hours(6);

impl Desk {
    /// Tells the admins of a pause that has lasted, by a medium that is not paused. An alert that cannot
    /// be written holds up nobody's message: it is tried again with the next look.
    pub(super) async fn alert_of_pause(
        &self,
        line: &Line,
        channel: &dyn Channel,
        bulletin: &Bulletin,
    ) {
        if let Err(error) = self.tell_of_lasting_pause(line, channel, bulletin).await {
            tracing::warn!(%error, "the admins are not told yet that a channel is paused");
        }
    }

    async fn tell_of_lasting_pause(
        &self,
        line: &Line,
        channel: &dyn Channel,
        bulletin: &Bulletin,
    ) -> Result<(), StoreError> {
        let now = self.store.now();
        if !line.is_time_to_alert(now) {
            return Ok(());
        }
        let (provider, sender) = (channel.provider(), channel.sender());
        let Some(state) = bulletin.state(provider, sender) else { return Ok(()) };
        let Some(why) = &state.paused else { return Ok(()) };
        if state.since + PATIENCE > now {
            return Ok(());
        }
        let code = why.code.map(|code| format!("code {code}: ")).unwrap_or_default();
        let reason = format!("{code}{}", why.reason);
        let remedy = why.code.map_or_else(|| channel.unreached().to_owned(), |it| channel.hint(it));
        let about = format!("paused {provider} {sender} {:?}", why.code);
        let mut tx = self.store.begin().await?;
        if tx.is_news(&about, REMINDER).await? {
            let write = |language| channel_paused(channel.medium(), &reason, &remedy, language);
            self.tell_admins(&mut tx, Event::ChannelPaused, &[&self.paused_media()], write).await?;
        }
        tx.commit().await?;
        line.alerted(now + REMINDER);
        Ok(())
    }

    fn paused_media(&self) -> Vec<Medium> {
        let paused = self.lines.all().filter(|line| line.paused().is_some());
        paused.filter_map(|line| Some(self.channels.of(line.provider())?.medium())).collect()
    }

    /// Tells the admins that new conversations run out: by another medium where there is one, so
    /// that it does not wait for the very limit. Where it cannot be written, it is tried again.
    pub(super) async fn alert_of_limit(
        &self,
        line: &Line,
        channel: &dyn Channel,
        level: Level,
        used_of: (u64, u64),
    ) {
        if let Err(error) = self.tell_of_limit(channel, level, used_of).await {
            tracing::warn!(%error, "the admins are not told yet that new conversations run out");
            line.level_is_untold();
        }
    }

    async fn tell_of_limit(
        &self,
        channel: &dyn Channel,
        level: Level,
        (used, limit): (u64, u64),
    ) -> Result<(), StoreError> {
        let about = format!("limit {} {} {level:?}", channel.provider(), channel.sender());
        let mut tx = self.store.begin().await?;
        if tx.is_news(&about, COUNTED).await? {
            let write = |language| limit_near(used, limit, language);
            let but = [channel.medium()];
            self.tell_admins(&mut tx, Event::LimitNear, &[&but, &[]], write).await?;
        }
        tx.commit().await
    }

    /// A letter to each active admin who can be reached otherwise than by the first of these media;
    /// where that is no way, otherwise than by the next.
    pub(super) async fn tell_admins(
        &self,
        tx: &mut Tx,
        event: Event,
        otherwise_than: &[&[Medium]],
        write: impl Fn(Language) -> Written,
    ) -> Result<(), StoreError> {
        let people = tx.people_around(&[]).await?;
        let lane = lane(event);
        let mut letters = vec![];
        for admin in people.admins().into_iter().filter_map(|id| people.get(id)) {
            let way = otherwise_than.iter().find_map(|these| {
                ways::next(admin, event, &self.channels, |medium| these.contains(&medium))
            });
            let Some((via, to)) = way else { continue };
            let written = write(Language::choose(&admin.locale, self.channels.templates().usual()));
            let letter = NewLetter {
                event,
                lane,
                recipient: Some(admin.id),
                via,
                to,
                body: written.body.clone(),
                expires_at: tx.now + lane.worth(),
            };
            letters.push(tx.add_letter_as(letter, form(&written)).await?);
        }
        if letters.is_empty() {
            return Ok(());
        }
        tx.enqueue([Job::of(lane, &letters)]);
        Ok(())
    }
}

/// What stops others from hearing waits neither for the end of quiet hours nor for a limit.
fn lane(event: Event) -> Lane {
    match event {
        Event::ChannelPaused | Event::LimitNear => Lane::Critical,
        _ => Lane::Normal,
    }
}
