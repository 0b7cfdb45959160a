//! Whom a line has written to first within a day, and what waits because the limit of that is reached.
use chrono::{DateTime, Utc};

use super::one::{Line, digest};
use crate::domain::newcomers::{Level, Newcomers, Opens};

impl Line {
    /// So many people may be written to first within a day; any number where there is no limit.
    /// `true` where they are to be recalled.
    pub(in crate::desk) fn limit_newcomers(&self, limit: Option<u64>) -> bool {
        self.state().newcomers.limit_to(limit)
    }

    /// Whom this number wrote to before this process began to send.
    pub(in crate::desk) fn recall_newcomers(&self, those: Vec<(String, DateTime<Utc>)>) {
        let mut state = self.state();
        those.into_iter().for_each(|(to, at)| state.newcomers.written_to(digest(&to), at));
    }

    /// Nothing is known of them yet.
    pub(in crate::desk) fn forget_newcomers(&self) {
        self.state().newcomers = Newcomers::default();
    }

    /// A message that was let go to this person was refused.
    pub(in crate::desk) fn did_not_reach(&self, to: &str, opens: Opens) {
        if opens != Opens::Nothing {
            self.state().newcomers.did_not_go(digest(to));
        }
    }

    /// How many more people may be written to first now.
    pub(in crate::desk) fn room_for_newcomers(&self, now: DateTime<Utc>) -> u64 {
        self.state().newcomers.free(now)
    }

    /// What was to be told of the limit was not: the next look tells it.
    pub(in crate::desk) fn level_is_untold(&self) {
        self.state().told_level = Level::default();
    }

    /// How much of the limit is used, where that is more or less than was told last.
    pub(in crate::desk) fn newcomers_to_tell(&self, now: DateTime<Utc>) -> (u64, Option<Level>) {
        let mut state = self.state();
        let (used, level) = state.newcomers.level(now);
        let told = std::mem::replace(&mut state.told_level, level);
        (used, (told != level).then_some(level))
    }
}
