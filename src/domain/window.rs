//! The service window: how long after somebody's last message we may answer in words of our own.
use chrono::{DateTime, TimeDelta, Utc};

/// Meta lets a business write freely for a day after the customer's last message.
pub const SERVICE_WINDOW: TimeDelta = TimeDelta::hours(24);

/// A window that is about to end counts as over: a message takes its time, and clocks differ.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Whoever wrote after this has a window that is open now.
pub fn open_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - SERVICE_WINDOW + MARGIN
}

/// Whether we may write freely to somebody who wrote last at this instant.
pub fn is_open(now: DateTime<Utc>, heard_at: Option<DateTime<Utc>>) -> bool {
    heard_at.is_some_and(|heard_at| heard_at > open_since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_open_for_a_day_less_a_margin() {
        let now = DateTime::UNIX_EPOCH;
        for (minutes, open) in [(0, true), (-5, true), (23 * 60 + 58, true), (23 * 60 + 59, false)]
        {
            assert_eq!(is_open(now, Some(now - TimeDelta::minutes(minutes))), open, "{minutes}");
        }
        assert!(!is_open(now, None));
    }
}
