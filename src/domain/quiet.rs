//! Quiet hours: when somebody is not to be disturbed, by the clock on their wall, which is put on
//! and back once a year where they live.
use chrono::{DateTime, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// No clock was ever put on by more than a day: Samoa left one out in 2011.
const LONGEST_GAP_MINUTES: i64 = 26 * 60;

/// From when until when somebody is not to be disturbed, every day; over midnight where `from` is
/// later than `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first minute of quiet.
    pub from: NaiveTime,
    /// The first minute after it.
    pub to: NaiveTime,
    /// Whose clock it is.
    pub zone: Tz,
}

impl QuietHours {
    /// Until when it is quiet, where it is now: the first instant at which the clock on the wall
    /// shows no quiet time any more.
    pub fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let shown = now.with_timezone(&self.zone).naive_local();
        if !self.covers(shown.time()) {
            return None;
        }
        let today = shown.date();
        let day = if shown.time() < self.to { today } else { today.succ_opt()? };
        let end = self.instant(day.and_time(self.to), now);
        let end = end.unwrap_or(now + TimeDelta::minutes(LONGEST_GAP_MINUTES));
        // What the clock shows after a day that never was may be quiet again.
        let later = if end > now { self.until(end) } else { None };
        Some(later.unwrap_or(end))
    }

    fn covers(&self, time: NaiveTime) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }

    /// The first instant after `now` at which the clock shows this, or what comes next where it
    /// never does.
    fn instant(&self, shown: NaiveDateTime, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (0..=LONGEST_GAP_MINUTES).find_map(|late| {
            match self.zone.from_local_datetime(&(shown + TimeDelta::minutes(late))) {
                LocalResult::Single(at) => Some(at.to_utc()),
                LocalResult::Ambiguous(first, second) => {
                    Some(if first > now { first } else { second }.to_utc())
                }
                LocalResult::None => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn hours(from: &str, to: &str, zone: &str) -> QuietHours {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        QuietHours { from: time(from), to: time(to), zone: zone.parse().unwrap() }
    }

    #[test]
    fn quiet_ends_by_the_clock_on_the_wall() {
        for (from, to, zone, now, until) in [
            // Within one day.
            ("13:00", "14:30", "UTC", "2026-01-10T12:59:59Z", None),
            ("13:00", "14:30", "UTC", "2026-01-10T13:00:00Z", Some("2026-01-10T14:30:00Z")),
            ("13:00", "14:30", "UTC", "2026-01-10T14:30:00Z", None),
            // Over midnight, from both sides of it, in two zones.
            (
                "22:00",
                "07:00",
                "Europe/London",
                "2026-01-10T23:30:00Z",
                Some("2026-01-11T07:00:00Z"),
            ),
            (
                "22:00",
                "07:00",
                "Europe/London",
                "2026-01-11T06:59:00Z",
                Some("2026-01-11T07:00:00Z"),
            ),
            ("22:00", "07:00", "Asia/Dhaka", "2026-01-10T16:00:00Z", Some("2026-01-11T01:00:00Z")),
            (
                "22:00",
                "07:00",
                "Asia/Kathmandu",
                "2026-01-10T16:15:00Z",
                Some("2026-01-11T01:15:00Z"),
            ),
            // The night in which London puts its clock on, 01:00 to 02:00: an hour less.
            (
                "22:00",
                "07:00",
                "Europe/London",
                "2026-03-28T23:00:00Z",
                Some("2026-03-29T06:00:00Z"),
            ),
            // Back, 02:00 to 01:00: an hour more.
            (
                "22:00",
                "07:00",
                "Europe/London",
                "2026-10-24T22:00:00Z",
                Some("2026-10-25T07:00:00Z"),
            ),
            // It ends at a time that the clock leaves out: with the clock.
            (
                "22:00",
                "01:30",
                "Europe/London",
                "2026-03-29T00:30:00Z",
                Some("2026-03-29T01:00:00Z"),
            ),
            // It ends at a time that the clock shows twice: at the first, and once more.
            (
                "22:00",
                "01:30",
                "Europe/London",
                "2026-10-25T00:10:00Z",
                Some("2026-10-25T00:30:00Z"),
            ),
            ("22:00", "01:30", "Europe/London", "2026-10-25T00:40:00Z", None),
            (
                "22:00",
                "01:30",
                "Europe/London",
                "2026-10-25T01:10:00Z",
                Some("2026-10-25T01:30:00Z"),
            ),
            // A day that never was.
            (
                "20:00",
                "12:00",
                "Pacific/Apia",
                "2011-12-30T09:00:00Z",
                Some("2011-12-30T22:00:00Z"),
            ),
        ] {
            let quiet = hours(from, to, zone);
            assert_eq!(quiet.until(at(now)), until.map(at), "{from} to {to} in {zone} at {now}");
        }
    }

    proptest! {
        /// Around every change of the clock: whoever waits until then is disturbed by nothing, and
        /// nobody waits longer than the clock on their wall says.
        #[test]
        fn nobody_is_disturbed_and_nobody_waits_too_long(
            zone in prop::sample::select(vec![
                "Europe/London", "America/New_York", "Asia/Dhaka", "Australia/Lord_Howe",
                "Africa/Cairo", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia",
            ]),
            from in 0u32..1440,
            length in 1u32..1440,
            minute in 0i64..(2 * 366 * 24 * 60),
        ) {
            let time = |minute: u32| {
                NaiveTime::from_hms_opt(minute / 60 % 24, minute % 60, 0).unwrap()
            };
            let quiet = QuietHours {
                from: time(from), to: time((from + length) % 1440), zone: zone.parse().unwrap(),
            };
            let now = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minute);
            let shown = |at: DateTime<Utc>| at.with_timezone(&quiet.zone).time();
            match quiet.until(now) {
                None => prop_assert!(!quiet.covers(shown(now))),
                Some(end) => {
                    prop_assert!(end > now && !quiet.covers(shown(end)));
                    let between = (1..).map(|m| now + TimeDelta::minutes(m));
                    for at in between.take_while(|at| *at < end) {
                        prop_assert!(quiet.covers(shown(at)), "it was over at {at}");
                    }
                    prop_assert_eq!(end.second(), 0);
                }
            }
        }
    }
}
