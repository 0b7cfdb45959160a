//! Who waits for a message, and what may go to them.
use chrono::{DateTime, Utc};

use super::one::{Line, State};
use super::release::Release;
use crate::domain::notification::NotificationId;

impl Line {
    /// What the people were sent before this process began to send, and who waits.
    pub(in crate::desk) fn recall(
        &self,
        sent: Vec<(String, DateTime<Utc>)>,
        waiting: Vec<String>,
        now: DateTime<Utc>,
    ) {
        let mut state = self.state();
        state.let_go.clear();
        state.paused = None;
        state.release = Release::Urgent;
        if let Some(people) = &mut state.people {
            people.forget();
            sent.into_iter().for_each(|(to, at)| people.left(to, at));
            waiting.into_iter().for_each(|to| people.waits(to, now));
        }
    }

    /// Something waits for these people.
    pub(in crate::desk) fn wait(&self, those: Vec<String>, now: DateTime<Utc>) {
        if let Some(people) = &mut self.state().people {
            those.into_iter().for_each(|to| people.waits(to, now));
        }
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
}
