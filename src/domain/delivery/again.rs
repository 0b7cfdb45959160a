//! Whether a failed attempt is followed by another, in which form, and after which wait.
use chrono::TimeDelta;

use super::{Delivery, MAX_ATTEMPTS};
use crate::domain::attempt::{Attempt, Failure, Remedy};

/// Waits after the first, second … failed attempt; the last one goes on.
const WAITS: [TimeDelta; 5] = [
    TimeDelta::seconds(5),
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::minutes(30),
];
/// Waits after the first, second … refusal in a row that came for being too fast.
const SLOWER: [TimeDelta; 5] = [
    TimeDelta::seconds(1),
    TimeDelta::seconds(4),
    TimeDelta::seconds(16),
    TimeDelta::seconds(64),
    TimeDelta::seconds(256),
];

impl Delivery {
    pub(super) fn may_try_again(&self, failure: &Failure) -> bool {
        match failure.remedy {
            Remedy::Hold | Remedy::Slower => true,
            Remedy::Again => self.counted() < MAX_ATTEMPTS,
            Remedy::AsTemplate => self.is_to_change_form(),
            Remedy::Never => false,
        }
    }

    /// The newest attempt was free text, and the window was shut: its template has its turn, once.
    /// Where an attempt's form is not known it was text, as no template meets a shut window.
    pub(super) fn is_to_change_form(&self) -> bool {
        let recent = self.attempts.iter().skip(self.forgiven as usize);
        let refused = recent.filter(|attempt| attempt.is_refused_as_text()).count();
        let newest = self.attempts.last().is_some_and(Attempt::is_refused_as_text);
        self.has_template && newest && refused == 1
    }

    /// Attempts that count: those since an admin's retry that the message itself is to blame for.
    fn counted(&self) -> u32 {
        let blameless = |a: &&Attempt| {
            let passes = |f: &Failure| matches!(f.remedy, Remedy::Hold | Remedy::Slower);
            a.is_refused_as_text() || a.failure().is_some_and(passes)
        };
        let recent = self.attempts.iter().skip(self.forgiven as usize);
        u32::try_from(recent.filter(|a| !blameless(a)).count()).expect("counted above")
    }

    pub(super) fn wait(&self, chance: f64) -> TimeDelta {
        let too_fast = |a: &&Attempt| a.failure().is_some_and(|f| f.remedy == Remedy::Slower);
        let (tried, waits) = match self.attempts.iter().rev().take_while(too_fast).count() {
            0 => (self.count().saturating_sub(self.forgiven).max(1) as usize, &WAITS),
            times => (times, &SLOWER),
        };
        let wait = waits[(tried - 1).min(waits.len() - 1)];
        let spread = 0.8 + 0.4 * chance.clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "half an hour in milliseconds fits")]
        TimeDelta::milliseconds((wait.num_milliseconds() as f64 * spread) as i64)
    }
}
