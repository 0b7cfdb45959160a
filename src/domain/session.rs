//! A session: one log-in, kept alive by a chain of refresh tokens of which only the newest is good.
use chrono::{DateTime, TimeDelta, Utc};

/// A refresh token that nobody shows in this time is dead.
const IDLE: TimeDelta = TimeDelta::days(7);
/// A session ends after this time, however busy it is.
const LONGEST: TimeDelta = TimeDelta::days(30);
/// A client whose answer was lost shows its spent token again within this time.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// When a session that begins now ends at the latest.
pub fn ends_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + LONGEST
}

/// Until when a token is good that is given out now.
pub fn good_until(session_ends_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    session_ends_at.min(now + IDLE)
}

/// One token of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// Until when it is good.
    pub good_until: DateTime<Utc>,
    /// When it was given for its successor.
    pub spent_at: Option<DateTime<Utc>>,
}

/// What follows from a token that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the newest: it is spent now, and its successor is given out.
    Next,
    /// Its successor was given out a moment ago and never arrived, as it seems: the same one again.
    Again,
    /// Two hold the chain, and one of them stole it: the whole session ends.
    Reused,
    /// It is too old to mean anything.
    Dead,
}

/// Judges a token of a session by the newest one and by when the session ended, if it did.
pub fn judge(
    shown: Link,
    newest: Link,
    ended_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Verdict {
    if ended_at.is_some() || now >= shown.good_until {
        return Verdict::Dead;
    }
    match shown.spent_at {
        None => Verdict::Next,
        Some(at) if follows(shown, newest) && now - at <= GRACE => Verdict::Again,
        Some(_) => Verdict::Reused,
    }
}

/// Whether `newest` is the successor of `shown`, and was not used itself.
fn follows(shown: Link, newest: Link) -> bool {
    newest.number == shown.number + 1 && newest.spent_at.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn link(number: i64, spent_after: Option<i64>) -> Link {
        let spent_at = spent_after.map(|s| START + TimeDelta::seconds(s));
        Link { number, good_until: START + IDLE, spent_at }
    }

    #[test]
    fn only_the_newest_is_good_and_a_spent_one_only_while_its_successor_is_unused() {
        for (shown, newest, at, verdict) in [
            (link(1, None), link(1, None), 0, Verdict::Next),
            (link(1, None), link(1, None), 7 * 86_400 - 1, Verdict::Next),
            (link(1, None), link(1, None), 7 * 86_400, Verdict::Dead),
            (link(1, Some(10)), link(2, None), 10, Verdict::Again),
            (link(1, Some(10)), link(2, None), 40, Verdict::Again),
            (link(1, Some(10)), link(2, None), 41, Verdict::Reused),
            (link(1, Some(10)), link(2, Some(11)), 12, Verdict::Reused),
            (link(1, Some(10)), link(3, None), 12, Verdict::Reused),
            (link(1, Some(10)), link(2, None), 7 * 86_400, Verdict::Dead),
        ] {
            let now = START + TimeDelta::seconds(at);
            assert_eq!(judge(shown, newest, None, now), verdict, "{shown:?} {newest:?} {at}");
            assert_eq!(judge(shown, newest, Some(START), now), Verdict::Dead);
        }
    }

    #[test]
    fn a_session_is_over_after_thirty_days_however_busy() {
        let end = ends_at(START);
        assert_eq!(good_until(end, START), START + TimeDelta::days(7));
        assert_eq!(good_until(end, START + TimeDelta::days(25)), START + TimeDelta::days(30));
    }
}
