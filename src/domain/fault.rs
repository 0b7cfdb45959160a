//! What a failed send says about more than its own message: whose fault it is, and what is to pause.
use chrono::TimeDelta;

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The message's or the person's own.
    Message,
    /// This person was sent too much in a short time.
    Pair,
    /// Our number or our app is too fast.
    Number,
    /// The template cannot be sent by anybody.
    Template,
    /// The token, the number or the account: nothing goes until that is mended.
    Account(Pause),
    /// The provider is away, perhaps.
    Outage,
}

/// How long the channel pauses, and how it finds out that it may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Until the provider is asked, which sends nothing.
    pub first: TimeDelta,
    /// The wait grows up to this one while the provider says no.
    pub longest: TimeDelta,
}

impl Pause {
    /// A pause that is looked at every so often.
    pub const fn every(wait: TimeDelta) -> Self {
        Self { first: wait, longest: wait }
    }

    /// When the provider is asked again after it said no so many times.
    pub fn wait(self, times: u32) -> TimeDelta {
        (self.first * 2_i32.pow(times.min(12))).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_as_far_as_they_may() {
        let minute = TimeDelta::minutes(1);
        assert!((0..40).all(|times| Pause::every(minute).wait(times) == minute));
        let growing = Pause { first: TimeDelta::seconds(5), longest: minute };
        let waits: Vec<i64> = (0..6).map(|times| growing.wait(times).num_seconds()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    }
}
