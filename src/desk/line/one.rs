//! The line to one provider: its pace, the people it writes to, and whether it is paused.
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::pacer::Pacer;
use super::people::People;
use super::release::Release;
use crate::domain::attempt::{Answer, Outcome};
use crate::domain::fault::{Fault, Pause};
use crate::domain::newcomers::{Level, Newcomers, Opens};
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::outage::Outage;
use crate::domain::pace::{Limits, Pace};
use crate::domain::template_holds::TemplateHolds;
use crate::store::channel_states::Paused;
use crate::store::holds::{CHANNEL, Gates, LIMIT, PAIR, TEMPLATE};

/// While the provider seems to be away it is asked first after this, then ever more seldom.
const AWAY: Pause =
    Pause { first: chrono::TimeDelta::seconds(5), longest: chrono::TimeDelta::minutes(1) };
/// One line.
pub(in crate::desk) struct Line {
    pub(super) provider: &'static str,
    pub(super) pacer: Option<Pacer>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) people: Option<People>,
    /// What was let go for its person already.
    pub(super) let_go: HashSet<NotificationId>,
    pub(super) paused: Option<Pausing>,
    outage: Outage,
    pub(super) release: Release,
    pub(super) newcomers: Newcomers,
    pub(super) told_level: Level,
    pub(super) templates: TemplateHolds,
    pub(super) barred: bool,
    /// The admins are not told of a pause again before this.
    pub(super) quiet_until: Option<DateTime<Utc>>,
}

/// A pause, and how it is looked after.
#[derive(Clone, Debug)]
pub(in crate::desk) struct Pausing {
    pub(in crate::desk) why: Paused,
    pub(in crate::desk) pause: Pause,
}

/// Why a message is not to leave now: what holds it, and until when.
pub(in crate::desk) type Held = (&'static str, Option<DateTime<Utc>>);

impl Line {
    pub(super) fn new(provider: &'static str, limits: Option<Limits>) -> Self {
        let state = State {
            people: limits.is_some_and(|it| it.pair).then(People::default),
            let_go: HashSet::new(),
            paused: None,
            outage: Outage::default(),
            release: Release::done(),
            newcomers: Newcomers::default(),
            told_level: Level::default(),
            templates: TemplateHolds::default(),
            barred: false,
            quiet_until: None,
        };
        let rate = limits.and_then(|it| it.per_second);
        Self { provider, pacer: rate.map(|rate| Pacer::new(Pace::new(rate))), state: state.into() }
    }

    /// The provider's name.
    pub(in crate::desk) fn provider(&self) -> &'static str {
        self.provider
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is not to be claimed now.
    pub(super) fn gates(&self, now: DateTime<Utc>, gates: &mut Gates) {
        let state = self.state();
        if state.paused.is_some() {
            gates.paused.push(self.provider);
        } else if let Some(people) = state.people.as_ref().filter(|people| !people.is_free()) {
            let exhausted = people.exhausted(now).into_iter();
            gates.people.extend(exhausted.map(|(to, next)| (self.provider, to, next)));
        }
    }

    /// Those that were let go for their person already; the gates are open to them.
    pub(super) fn are_let_go(&self, ids: &[NotificationId]) -> Vec<NotificationId> {
        let state = self.state();
        match state.let_go.is_empty() {
            true => vec![],
            false => ids.iter().copied().filter(|id| state.let_go.contains(id)).collect(),
        }
    }

    /// Whether a claimed message may go to this person now; it is reckoned as gone.
    pub(super) fn admit(
        &self,
        id: NotificationId,
        to: &str,
        opens: Opens,
        template: Option<&(String, String)>,
        now: DateTime<Utc>,
    ) -> Result<(), Held> {
        let mut state = self.state();
        if state.paused.is_some() {
            return Err((CHANNEL, None));
        }
        if let Some((name, language)) = template
            && !state.templates.may_go(id, name, language, now)
        {
            return Err((TEMPLATE, None));
        }
        if !state.newcomers.may_go(digest(to), opens, now) {
            return Err((LIMIT, None));
        }
        if state.let_go.remove(&id) {
            return Ok(());
        }
        let State { people: Some(people), newcomers, .. } = &mut *state else { return Ok(()) };
        people.take(to, now).map_err(|next| {
            if opens != Opens::Nothing {
                newcomers.did_not_go(digest(to));
            }
            (PAIR, Some(next))
        })
    }

    /// It did not go after all.
    pub(super) fn returned(&self, to: &str, opens: Opens) -> Option<Held> {
        let mut state = self.state();
        if opens != Opens::Nothing {
            state.newcomers.did_not_go(digest(to));
        }
        if let Some(people) = &mut state.people {
            people.returned(to);
        }
        state.paused.is_some().then_some((CHANNEL, None))
    }

    /// Waits for the turn of a message; `false` where everybody was sent away.
    pub(super) async fn turn(&self, lane: Lane) -> bool {
        match &self.pacer {
            Some(pacer) => pacer.turn(lane).await,
            None => true,
        }
    }

    /// Takes to heart how a message to this person was answered. Answers the pause that follows.
    pub(in crate::desk) fn learn(
        &self,
        to: &str,
        answer: &Answer,
        fault: Option<Fault>,
        now: DateTime<Utc>,
    ) -> Option<Pausing> {
        let pausing = self.judge(to, answer, fault, now);
        if pausing.is_none()
            && let Some(pacer) = &self.pacer
        {
            pacer.tried();
        }
        pausing
    }

    fn judge(
        &self,
        to: &str,
        answer: &Answer,
        fault: Option<Fault>,
        now: DateTime<Utc>,
    ) -> Option<Pausing> {
        let mut state = self.state();
        let (code, reason) = match &answer.outcome {
            Outcome::Accepted { .. } => {
                state.outage.succeeded(digest(to), now);
                if let Some(people) = &mut state.people {
                    people.accepted(to);
                }
                return None;
            }
            Outcome::Rejected(failure) | Outcome::NotSent(failure) => {
                (failure.code, failure.message.clone())
            }
            Outcome::Unknown { reason } => (None, reason.clone()),
            Outcome::Started => return None,
        };
        let pausing = |pause: Pause| {
            let wait = answer.retry_after.unwrap_or_default().max(pause.first);
            Some(Pausing { why: Paused { code, reason, probe_at: now + wait, probes: 0 }, pause })
        };
        match fault.unwrap_or(Fault::Outage) {
            Fault::Account(pause) => pausing(pause),
            Fault::Outage if state.outage.failed(digest(to), now) => pausing(AWAY),
            Fault::Pair => {
                if let Some(people) = &mut state.people {
                    people.refused(to, now);
                }
                None
            }
            Fault::Number => {
                let rate = self.pacer.as_ref().and_then(|pacer| pacer.throttled(digest(to)));
                if let Some(rate) = rate {
                    tracing::warn!(code, rate, "too fast: {rate:.0} messages a second from now on");
                }
                None
            }
            Fault::Message | Fault::Template | Fault::Outage => None,
        }
    }

    /// Nothing leaves any more; `false` where nothing did already.
    pub(in crate::desk) fn pause(&self, pausing: Pausing) -> bool {
        let mut state = self.state();
        let is_new = state.paused.is_none();
        state.paused.get_or_insert(pausing);
        drop(state);
        if let Some(pacer) = &self.pacer {
            pacer.send_away();
        }
        is_new
    }

    /// The pause, where there is one.
    pub(in crate::desk) fn paused(&self) -> Option<Pausing> {
        self.state().paused.clone()
    }

    /// It is asked again then.
    pub(in crate::desk) fn probe_later(&self, why: Paused) {
        if let Some(pausing) = &mut self.state().paused {
            pausing.why = why;
        }
    }

    /// It goes on: one message first, then more and more.
    pub(in crate::desk) fn resume(&self, ago: Duration) {
        {
            let mut state = self.state();
            state.paused = None;
            state.quiet_until = None;
            state.outage = Outage::default();
            state.release = Release::Urgent;
        }
        if let Some(pacer) = &self.pacer {
            pacer.resumed(ago);
        }
    }

    /// What is to be let go next, where nothing holds it.
    pub(in crate::desk) fn release(&self) -> Option<Release> {
        let state = self.state();
        state.paused.is_none().then_some(state.release)
    }

    /// How far it has come.
    pub(in crate::desk) fn released(&self, release: Release) {
        self.state().release = release;
    }
}

/// Tells people apart, no more.
pub(super) fn digest(to: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    to.hash(&mut hasher);
    hasher.finish()
}
