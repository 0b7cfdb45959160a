//! A line that is paused: when it is paused, how it is asked whether it may go on, and how what
//! waited goes on its way then.
use std::time::Duration;

use super::Desk;
use super::error::DeskError;
use super::line::{Line, Pausing, Release};
use super::notice::{bar, failure};
use crate::domain::attempt::{Answer, Outcome};
use crate::domain::fault::{Fault, Pause};
use crate::domain::medium::Address;
use crate::domain::newcomers::Opens;
use crate::domain::notification::Lane;
use crate::ports::channel::Channel;
use crate::store::bulletin::Bulletin;
use crate::store::channel_states::Paused;
use crate::store::error::StoreError;
use crate::store::holds::CHANNEL;
use crate::store::sent_of_late::Sent;

/// Let go at a time: what is ready to leave is never more than the machine has in hand anyhow.
const TOGETHER: usize = 128;

impl Desk {
    /// What the answer says about more than this message.
    pub(super) async fn learn(
        &self,
        channel: &dyn Channel,
        to: &Address,
        opens: Opens,
        template: Option<&(String, String)>,
        answer: &Answer,
    ) {
        let Some(line) = self.lines.of(channel.provider()) else { return };
        let fault = match &answer.outcome {
            Outcome::Rejected(failure) | Outcome::NotSent(failure) => Some(channel.fault(failure)),
            _ => None,
        };
        match (template, fault, &answer.outcome) {
            (Some(form), Some(Fault::Template), _) => self.template_refused(line, form).await,
            // Who names none carries a code.
            (None, Some(Fault::Template), _) => self.channels.templates().code_refused(),
            (Some(form), None, Outcome::Accepted { .. }) => line.template_went(form),
            _ => {}
        }
        if fault.is_some() {
            line.did_not_reach(to.as_str(), opens);
        }
        if let Some(pausing) = line.learn(to.as_str(), answer, fault, self.store.now()) {
            self.pause(line, channel, pausing).await;
        }
    }

    /// Pauses a line, once, and tells whoever watches.
    pub(super) async fn pause(&self, line: &Line, channel: &dyn Channel, pausing: Pausing) {
        let why = pausing.why.clone();
        if !line.pause(pausing) {
            return;
        }
        self.tell_of_pause(channel, why).await;
    }

    /// Writes down that a line is paused, and tells whoever watches, once.
    pub(super) async fn tell_of_pause(&self, channel: &dyn Channel, why: Paused) {
        let (provider, medium) = (channel.provider(), channel.medium().as_str());
        self.metrics.paused(medium, true);
        match self.store.pause_channel(provider, channel.sender(), &why).await {
            Ok(true) => {
                let hint = why.code.map(|code| channel.hint(code));
                let (code, reason) = (why.code, why.reason);
                tracing::error!(
                    provider,
                    code,
                    hint,
                    "{medium} is paused: {reason}. Nothing is lost; it goes on by itself"
                );
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, provider, "{medium} is paused in this process"),
        }
    }

    /// Recalls how a line stands: whether it is paused, and whom it has written to of late.
    pub(super) async fn recall(&self, line: &Line, bulletin: &Bulletin) -> Result<(), StoreError> {
        let Some(channel) = self.channels.of(line.provider()) else { return Ok(()) };
        let now = self.store.now();
        line.begin_anew();
        if line.is_limited() {
            let since = now - crate::domain::pair::MEMORY;
            let sent = self.store.sent_since(line.provider(), channel.sender(), since).await?;
            for Sent { to, at, refused } in sent {
                let fault = refused.as_ref().map(|failure| channel.fault(failure));
                line.recall(to, at, fault, now);
            }
            line.wait(self.store.people_who_wait(line.provider()).await?, now);
        }
        line.recall_templates(self.store.templates_held(line.provider()).await?, now);
        line.forget_newcomers();
        self.know_limit(line, channel.as_ref(), bulletin).await?;
        let state = bulletin.state(channel.provider(), channel.sender());
        match state.map(|state| (state.since, state.paused.clone())) {
            Some((_, Some(why))) => {
                // The wait after the next answer grows from where it was.
                let wait = (why.probe_at - now).max(chrono::TimeDelta::seconds(5));
                line.pause(Pausing { why, pause: Pause::every(wait) });
                self.metrics.paused(channel.medium().as_str(), true);
            }
            Some((since, None)) if now - since < chrono::TimeDelta::minutes(1) => {
                line.resume((now - since).to_std().unwrap_or_default());
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks a provider that is paused whether it would take messages again, when that is due.
    pub(super) async fn probe_again(&self, line: &Line) -> Result<(), DeskError> {
        let (Some(Pausing { mut why, pause }), Some(channel)) =
            (line.paused(), self.channels.of(line.provider()))
        else {
            return Ok(());
        };
        if why.probe_at > self.store.now() {
            return Ok(());
        }
        let (provider, medium) = (channel.provider(), channel.medium().as_str());
        let bulletin = self.store.bulletin().await?;
        let answered = match bar(channel.as_ref(), &bulletin, self.store.now()) {
            Some(bar) => Err(failure(bar)),
            None => channel.probe().await,
        };
        let now = self.store.now();
        if let Err(failure) = answered {
            why.probes += 1;
            why.probe_at = now + pause.wait(why.probes);
            (why.code, why.reason) = (failure.code.or(why.code), failure.message);
            tracing::info!(provider, code = why.code, "{medium} stays paused");
            self.store.probe_later(provider, channel.sender(), &why).await?;
            line.probe_later(why);
            return Ok(());
        }
        self.store.resume_channel(provider, channel.sender()).await?;
        line.resume(Duration::ZERO);
        self.metrics.paused(medium, false);
        tracing::info!(provider, "{medium} goes on, slowly at first");
        Ok(())
    }

    /// Lets go what a pause held, in its order, as fast as it leaves.
    pub(super) async fn let_go(&self, line: &Line) -> Result<(), DeskError> {
        while let Some(release) = line.release().filter(|release| release.is_due())
            && self.sends.in_use() < TOGETHER
            && !self.let_some_go(line, release).await?
        {}
        Ok(())
    }

    /// Says whether that is enough for now.
    async fn let_some_go(&self, line: &Line, release: Release) -> Result<bool, DeskError> {
        let (lanes, next): (&[Lane], _) = match release {
            Release::Urgent => (&[Lane::Code, Lane::Critical], Release::Rest),
            Release::Rest => (&[Lane::Normal], Release::done()),
            // Somebody may have set it aside at the very moment when it was let go.
            Release::Done(_) if self.store.has_held(CHANNEL, line.provider()).await? => {
                line.released(Release::Urgent);
                return Ok(false);
            }
            Release::Done(_) => {
                if line.knows_people() {
                    let people = self.store.people_who_wait(line.provider()).await?;
                    line.wait(people, self.store.now());
                }
                line.released(Release::still_done());
                return Ok(true);
            }
        };
        let mut tx = self.store.begin().await?;
        let gone = tx.let_go(CHANNEL, line.provider(), lanes, TOGETHER as u64).await?;
        tx.commit().await?;
        if gone < TOGETHER {
            line.released(next);
        }
        Ok(gone == TOGETHER)
    }
}
