//! How many codes are sent: to one destination, for one account, from one address, in a day, to a
//! country. Each of them costs money, and bothers whoever did not ask.
use chrono::{DateTime, TimeDelta, Utc};

use super::limit::Limit;
use super::one_time_code::RESEND_AFTER;

/// One after the other.
pub const COOLDOWN: Limit = Limit { most: 1, every: RESEND_AFTER };
/// To one number or e-mail in an hour, however many people ask.
pub const DESTINATION_HOUR: Limit = Limit { most: 5, every: TimeDelta::minutes(12) };
/// The same in a day.
pub const DESTINATION_DAY: Limit = Limit { most: 10, every: TimeDelta::minutes(144) };
/// For one account, to whatever numbers.
pub const ACCOUNT: Limit = Limit { most: 10, every: TimeDelta::minutes(6) };
/// From one address.
pub const ADDRESS: Limit = Limit { most: 20, every: TimeDelta::minutes(3) };
/// Wrong codes of one account or e-mail in a day, over all of its codes.
pub const WRONG: Limit = Limit { most: 50, every: TimeDelta::seconds(1728) };

/// A number whose owner did not ask for the code that came is left alone.
pub const LEFT_ALONE: Limit = Limit { most: 1, every: TimeDelta::hours(24) };

/// Over so long the guard looks at what became of the codes to a country.
pub const GUARDED: TimeDelta = TimeDelta::hours(24);
/// Fewer codes than this prove nothing.
const PROOF: i64 = 20;
/// Of honest people far more than one in so many enter their code.
const ONE_IN: i64 = 10;

/// Codes to one country whose time is over, and how many of them were entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Sent, and over.
    pub sent: i64,
    /// Entered.
    pub entered: i64,
}

impl Fate {
    /// Codes to this country are sent for the sake of sending: nobody enters them.
    pub fn is_pumped(self) -> bool {
        self.sent >= PROOF && self.entered * ONE_IN < self.sent
    }
}

/// When the budget of this day ends.
pub fn end_of_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let begun = now.timestamp().div_euclid(86_400) * 86_400;
    DateTime::from_timestamp(begun + 86_400, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_nobody_enters_stop() {
        for (sent, entered, pumped) in [
            (0, 0, false),
            (19, 0, false),
            (20, 0, true),
            (20, 1, true),
            (20, 2, false),
            (1_000, 99, true),
            (1_000, 100, false),
        ] {
            assert_eq!(Fate { sent, entered }.is_pumped(), pumped, "{entered} of {sent}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let noon = DateTime::UNIX_EPOCH + TimeDelta::hours(36);
        assert_eq!(end_of_day(noon), DateTime::UNIX_EPOCH + TimeDelta::days(2));
        let midnight = DateTime::UNIX_EPOCH + TimeDelta::days(2);
        assert_eq!(end_of_day(midnight), DateTime::UNIX_EPOCH + TimeDelta::days(3));
    }
}
