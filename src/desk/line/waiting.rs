//! Who waits for a message, and what may go to them.
use chrono::{DateTime, TimeDelta, Utc};

use super::one::{Line, State, digest};
use super::release::Release;
use crate::domain::fault::Fault;
use crate::domain::notification::NotificationId;

/// A list that has not left by then is let go once more.
const LIST_LEAVES: TimeDelta = TimeDelta::seconds(6);

impl Line {
    /// Nothing is known of what another process did.
    pub(in crate::desk) fn begin_anew(&self) {
        let mut state = self.state();
        state.let_go.clear();
        state.paused = None;
        state.release = Release::Urgent;
        if let Some(people) = &mut state.people {
            people.forget();
        }
    }

    /// A message to this person left at that time, or was refused by this fault, before this process
    /// began to send. They are told in their order.
    pub(in crate::desk) fn recall(
        &self,
        to: String,
        at: DateTime<Utc>,
        fault: Option<Fault>,
        now: DateTime<Utc>,
    ) {
        let ago = (now - at).to_std().unwrap_or_default();
        match (fault, &self.pacer) {
            (None, Some(pacer)) => pacer.went(ago),
            (Some(Fault::Number), Some(pacer)) => pacer.was_throttled(digest(&to), ago),
            _ => {}
        }
        let mut state = self.state();
        let Some(people) = &mut state.people else { return };
        match fault {
            None => people.left(to, at),
            Some(Fault::Pair) => people.refused(&to, at),
            Some(_) => {}
        }
    }

    /// Something waits for these people.
    pub(in crate::desk) fn wait(&self, those: Vec<String>, now: DateTime<Utc>) {
        if let Some(people) = &mut self.state().people {
            those.into_iter().for_each(|to| people.wait(to, now));
        }
    }

    /// Whether anybody counts what leaves.
    pub(in crate::desk) fn is_limited(&self) -> bool {
        self.pacer.is_some() || self.knows_people()
    }

    /// Whether people are paced.
    pub(in crate::desk) fn knows_people(&self) -> bool {
        self.state().people.is_some()
    }

    /// Who waits and may be written to now.
    pub(in crate::desk) fn due(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut state = self.state();
        match &mut *state {
            State { paused: None, people: Some(people), .. } => people.due(now),
            _ => vec![],
        }
    }

    /// Nothing waits for this person any more.
    pub(in crate::desk) fn is_told(&self, to: &str) {
        if let Some(people) = &mut self.state().people {
            people.is_told(to);
        }
    }

    /// A list of what waited for this person is on its way: it is left alone for a while, else it would
    /// be let go again and again until it leaves. Says until when.
    pub(in crate::desk) fn list_goes(&self, to: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        let until = now + LIST_LEAVES;
        self.state().people.as_mut().map_or(until, |people| people.not_before(to, until))
    }

    /// Of these, the ones that may go to this person now, reckoned as gone; and when the next may.
    pub(in crate::desk) fn let_go(
        &self,
        to: &str,
        ids: &[NotificationId],
        now: DateTime<Utc>,
    ) -> (Vec<NotificationId>, DateTime<Utc>) {
        let mut state = self.state();
        let State { people: Some(people), let_go, .. } = &mut *state else {
            return (ids.to_vec(), now);
        };
        let going = ids.iter().copied().take_while(|_| people.take(to, now).is_ok());
        let going: Vec<NotificationId> = going.collect();
        let_go.extend(&going);
        let next = people.next(to, now);
        people.waits(to.to_owned(), now);
        (going, next)
    }

    /// These do not go after all.
    pub(super) fn do_not_go(&self, ids: &[NotificationId]) {
        let mut state = self.state();
        for id in ids {
            state.let_go.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::newcomers::Opens;
    use crate::domain::pace::Limits;

    #[test]
    fn what_was_let_go_and_did_not_go_goes_by_its_persons_pace_the_next_time() {
        let line = Line::new("meta", Some(Limits { per_second: None, pair: true }));
        let now = DateTime::UNIX_EPOCH;
        let admitted = |id| line.admit(id, "+1", Opens::Nothing, None, now).is_ok();
        // Of the forty-five that one person gets at once two are left, and both are let go.
        (0..43).for_each(|n| assert!(admitted(NotificationId(n))));
        let (goes, stays) = (NotificationId(101), NotificationId(102));
        let (going, _) = line.let_go("+1", &[goes, stays, NotificationId(103)], now);
        assert_eq!(going, [goes, stays]);
        line.do_not_go(&[stays]);
        assert!(admitted(goes));
        assert!(!admitted(stays));
        assert!(line.are_let_go(&[goes, stays]).is_empty());
    }
}
