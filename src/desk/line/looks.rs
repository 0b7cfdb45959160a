//! What the last look at a line found.
use chrono::{DateTime, Utc};

use super::one::Line;

impl Line {
    /// Whether the provider bars us by its own word; whether it did when that was said last.
    pub(in crate::desk) fn is_barred(&self, is: bool) -> bool {
        std::mem::replace(&mut self.state().barred, is)
    }

    /// Whether the admins may be told that this line is paused.
    pub(in crate::desk) fn is_time_to_alert(&self, now: DateTime<Utc>) -> bool {
        let state = self.state();
        state.paused.is_some() && state.quiet_until.is_none_or(|until| until <= now)
    }

    /// They were told, by this process or another one.
    pub(in crate::desk) fn alerted(&self, until: DateTime<Utc>) {
        self.state().quiet_until = Some(until);
    }
}
