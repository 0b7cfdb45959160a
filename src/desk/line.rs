//! Our lines to the providers: which process sends, how fast, and what is not to leave now.
mod looks;
mod newcomers;
mod one;
mod pacer;
mod people;
mod release;
mod templates;
mod waiting;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use crate::domain::newcomers::Opens;
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::pace::Limits;
use crate::store::deliveries::Claimed;
use crate::store::holds::Gates;
pub(super) use one::{Held, Line, Pausing};
pub(super) use release::Release;

/// Messages of one lane at most that are claimed and wait for their turn: enough to be ready when
/// it comes, and few enough that none of them waits long.
const AHEAD: u32 = 64;
/// Between two looks at what others have noticed.
const LOOK: Duration = Duration::from_secs(1);
/// Whose number it is that is held to limits by us; other providers keep queues of their own.
const LIMITED: &str = "meta";

/// Every line. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lines(Arc<Inner>);

struct Inner {
    lines: Vec<Line>,
    /// Where nobody counts, nobody waits.
    ahead: Option<[Semaphore; 3]>,
    tended: tokio::sync::Mutex<()>,
    looked: Mutex<Instant>,
    on_duty: watch::Sender<bool>,
    /// Until when this process is the one that sends; `None` stands for ever.
    until: Mutex<Option<Instant>>,
}

impl Lines {
    pub(super) fn new(limits: Limits, providers: impl Iterator<Item = &'static str>) -> Self {
        let ahead = limits.per_second.map(|rate| rate.clamp(2, AHEAD) as usize);
        let line = |name| Line::new(name, (name == LIMITED).then_some(limits));
        Self(Arc::new(Inner {
            lines: providers.map(line).collect(),
            ahead: ahead.map(|ahead| [ahead; 3].map(Semaphore::new)),
            tended: tokio::sync::Mutex::default(),
            looked: Mutex::new(Instant::now()),
            on_duty: watch::Sender::new(false),
            until: Mutex::new(None),
        }))
    }

    /// The line to this provider.
    pub(super) fn of(&self, provider: &str) -> Option<&Line> {
        self.all().find(|line| line.provider() == provider)
    }

    /// Every line.
    pub(super) fn all(&self) -> impl Iterator<Item = &Line> {
        self.0.lines.iter()
    }

    /// Says whether this process is the one that sends, and until when unless it hears otherwise.
    pub(super) fn is_on_duty(&self, is: bool, until: Option<Instant>) {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        self.0.on_duty.send_if_modified(|was| std::mem::replace(was, is) != is);
        if !is {
            self.all().filter_map(|line| line.pacer.as_ref()).for_each(pacer::Pacer::send_away);
        }
    }

    /// Tells when this process begins and ceases to be the one that sends.
    pub(super) fn duty(&self) -> watch::Receiver<bool> {
        self.0.on_duty.subscribe()
    }

    /// Whether this process may send at this moment; one that stood still may have been replaced.
    pub(super) fn may_send(&self) -> bool {
        *self.0.on_duty.borrow() && self.until().is_none_or(|until| Instant::now() < until)
    }

    /// Until when this process may send, where that ends.
    pub(super) fn until(&self) -> Option<Instant> {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is not to be claimed now, and which of these all the same.
    pub(super) fn gates(
        &self,
        ids: &[NotificationId],
        now: DateTime<Utc>,
    ) -> (Gates, Vec<NotificationId>) {
        let mut gates = Gates::default();
        self.all().for_each(|line| line.gates(now, &mut gates));
        let let_go = match gates.are_open() {
            true => vec![],
            false => self.all().flat_map(|line| line.are_let_go(ids)).collect(),
        };
        (gates, let_go)
    }

    /// These were let go for their person, and do not go now: later they go by the gates again.
    pub(super) fn do_not_go(&self, ids: &[NotificationId]) {
        self.all().for_each(|line| line.do_not_go(ids));
    }

    /// Something waits, or may wait, for those whom these gates keep out.
    pub(super) fn wait(&self, gates: &Gates, now: DateTime<Utc>) {
        for line in self.all() {
            let theirs = gates.people.iter().filter(|(provider, ..)| *provider == line.provider());
            line.wait(theirs.map(|(_, to, _)| to.clone()).collect(), now);
        }
    }

    /// While this lives nobody else looks after the lines.
    pub(super) async fn tended(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.tended.lock().await
    }

    /// Whether it is time to look what others have noticed; whoever asks looks.
    pub(super) fn is_time_to_look(&self) -> bool {
        let mut looked = self.0.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = looked.elapsed() >= LOOK;
        if is_time {
            *looked = Instant::now();
        }
        is_time
    }

    /// Waits until few enough are claimed and wait for their turn. `None` where nobody counts.
    pub(super) async fn ahead(&self, lane: Lane) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.0.ahead.as_ref()?[lane.place()].acquire().await.ok()
    }

    /// Waits for the turn of a message that was claimed. Where it is not to go from here now,
    /// answers what holds it, if anything does.
    pub(super) async fn turn(
        &self,
        claimed: &Claimed,
        lane: Lane,
        template: Option<&(String, String)>,
        now: DateTime<Utc>,
    ) -> Result<(), Option<Held>> {
        let Some(line) = self.of(&claimed.provider) else { return Ok(()) };
        let (to, opens) = (claimed.to.as_str(), opens(claimed, lane));
        line.admit(claimed.id, to, opens, template, now).map_err(Some)?;
        match line.turn(lane).await && self.may_send() {
            true => Ok(()),
            false => Err(line.returned(to, opens)),
        }
    }
}

/// What goes as a template meets a window that is shut, as far as we know; so does every code.
pub(super) fn opens(claimed: &Claimed, lane: Lane) -> Opens {
    match (lane, &claimed.template) {
        (Lane::Code, _) | (Lane::Critical, Some(_)) => Opens::AtOnce,
        (Lane::Normal, Some(_)) => Opens::Perhaps,
        (Lane::Critical | Lane::Normal, None) => Opens::Nothing,
    }
}
