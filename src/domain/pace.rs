//! How fast one of our numbers may send: evenly, a little below what it is allowed, more slowly for a
//! while after the provider refused one for being too fast, and with care after a pause.
use std::collections::VecDeque;
use std::time::Duration;

/// What a number is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages in a second; `None` where nobody counts.
    pub per_second: Option<u32>,
    /// Whether messages to one person are paced.
    pub pair: bool,
}

/// More than this no number is ever allowed: whoever says so wants no limit.
const COUNTED_UP_TO: u32 = 10_000;
/// Of the allowed rate so much is used: what leaves evenly arrives a little less so.
const USED: f64 = 0.962;
/// Whoever has been held up goes this much faster until a second is full.
const CATCHING_UP: f64 = 1.3;
/// What a late timer missed of its time may be made up for.
const SLACK: Duration = Duration::from_millis(10);
/// Answers to what left before the rate was cut say nothing about the new one.
const ECHO: Duration = Duration::from_secs(1);
/// Refusals of messages to one and the same person say as little.
const ONE_PERSON: Duration = Duration::from_secs(60);
/// Of the allowed rate so much comes back each second.
const RECOVERS: f64 = 0.05;
/// Of the allowed rate so much is left, whatever comes.
const LEAST: f64 = 0.05;
/// After a pause it begins with this part of its rate, and this long it takes to have all.
const RAMP_FROM: f64 = 0.1;
const RAMP: Duration = Duration::from_secs(60);
/// The first message after a pause is waited for; no longer than this.
const TRIAL: Duration = Duration::from_secs(20);

impl Limits {
    /// The limits of these settings.
    pub fn new(per_second: u32, pair: bool) -> Self {
        Self { per_second: (per_second < COUNTED_UP_TO).then_some(per_second), pair }
    }
}

/// The pace of one number. Time is what passed since some instant that stays the same.
#[derive(Clone, Debug)]
pub struct Pace {
    allowed: f64,
    next: Duration,
    /// When the last ones went; as many as may go in a second.
    sent: VecDeque<Duration>,
    cut: Option<Cut>,
    resumed: Option<Duration>,
    trial: Option<Trial>,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    at: Duration,
    rate: f64,
    /// Whose message was refused.
    person: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Trial {
    ToCome,
    UnderWay(Duration),
}

impl Pace {
    /// A number that may send so many messages a second.
    pub fn new(allowed: u32) -> Self {
        let allowed = f64::from(allowed.max(1));
        let sent = VecDeque::new();
        Self { allowed, next: Duration::ZERO, sent, cut: None, resumed: None, trial: None }
    }

    /// Lets one message go now.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let rate = self.rate(now);
        let earliest = self.next.max(now.saturating_sub(SLACK));
        let free = earliest.max(self.full_until(rate));
        if free > now {
            return Err(free - now);
        }
        match self.trial {
            Some(Trial::UnderWay(until)) if now < until => return Err(until - now),
            Some(Trial::UnderWay(_)) => self.trial = None,
            Some(Trial::ToCome) => self.trial = Some(Trial::UnderWay(now + TRIAL)),
            None => {}
        }
        self.next = earliest + Duration::from_secs_f64(1.0 / (rate * CATCHING_UP));
        self.went(now);
        Ok(())
    }

    /// One went at that time, whoever let it go. They are told in their order.
    pub fn went(&mut self, at: Duration) {
        self.sent.push_back(at);
        if self.sent.len() > whole(self.allowed) {
            self.sent.pop_front();
        }
    }

    /// Until when as many went as may go in a second.
    fn full_until(&self, rate: f64) -> Duration {
        let most = whole(rate);
        let Some(at) = self.sent.len().checked_sub(most) else { return Duration::ZERO };
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let window = most as f64 / (rate * USED);
        self.sent[at] + Duration::from_secs_f64(window)
    }

    /// The provider refused a message to this person for being too fast: half the rate from now on,
    /// and a little more of it each second. Says whether this was news: where one person is refused
    /// again and again and nobody else is, it is not the number that is too fast.
    pub fn throttled(&mut self, person: u64, now: Duration) -> bool {
        let is_old =
            |cut: Cut| now < cut.at + ECHO || (cut.person == person && now < cut.at + ONE_PERSON);
        if self.cut.is_some_and(is_old) {
            return false;
        }
        let rate = (self.uncut(now) / 2.0).max(self.allowed * LEAST);
        self.cut = Some(Cut { at: now, rate, person });
        true
    }

    /// A pause is over since then: one message goes first, and the rest with care.
    pub fn resumed(&mut self, since: Duration) {
        self.resumed = Some(since);
        self.trial = Some(Trial::ToCome);
    }

    /// The first message after a pause was answered. Says whether one was waited for.
    pub fn tried(&mut self) -> bool {
        let waited = matches!(self.trial, Some(Trial::UnderWay(_)));
        if waited {
            self.trial = None;
        }
        waited
    }

    /// Messages in a second that may go now.
    pub fn rate(&self, now: Duration) -> f64 {
        let care = match self.resumed {
            Some(since) if now < since + RAMP => {
                let done = now.saturating_sub(since).as_secs_f64() / RAMP.as_secs_f64();
                RAMP_FROM + (1.0 - RAMP_FROM) * done
            }
            _ => 1.0,
        };
        self.uncut(now) * care
    }

    fn uncut(&self, now: Duration) -> f64 {
        let Some(cut) = self.cut else { return self.allowed };
        let since = now.saturating_sub(cut.at).as_secs_f64();
        (cut.rate + RECOVERS * self.allowed * since).min(self.allowed)
    }
}

/// How many go in a second at this rate, one at least.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
fn whole(rate: f64) -> usize {
    (rate as usize).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// When messages go that all wait from the start, where the timer strikes every so often.
    fn gone(pace: &mut Pace, every: u64, until: u64) -> Vec<u64> {
        let mut gone = vec![];
        for at in (1_000..until).step_by(usize::try_from(every).unwrap()) {
            while pace.take(ms(at)).is_ok() {
                gone.push(at);
            }
        }
        gone
    }

    proptest! {
        #[test]
        fn in_no_second_more_go_than_allowed_and_nearly_all_of_them_do(
            allowed in 5u32..1_000, every in 1u64..8
        ) {
            let gone = gone(&mut Pace::new(allowed), every, 6_000);
            let most = (0..gone.len())
                .map(|at| gone[at..].iter().take_while(|it| **it < gone[at] + 1_000).count())
                .max()
                .unwrap_or_default();
            prop_assert!(most <= allowed as usize, "{most} of {allowed} in a second");
            let share = gone.len() as f64 / f64::from(allowed * 5);
            prop_assert!(share >= 0.95, "only {share} of {allowed} a second");
        }
    }

    #[test]
    fn what_a_stall_took_is_made_up_for() {
        let mut pace = Pace::new(100);
        let stalls = |at: u64| at % 1_000 < 150;
        let gone = (1_000..11_000)
            .filter(|at| !stalls(*at))
            .map(|at| std::iter::from_fn(|| pace.take(ms(at)).ok()).count())
            .sum::<usize>();
        assert!(gone > 950, "{gone} of 1,000");
    }

    #[test]
    fn a_refusal_halves_the_rate_once_and_it_comes_back() {
        let mut pace = Pace::new(80);
        assert!(pace.throttled(1, ms(10_000)));
        assert!(!pace.throttled(2, ms(10_900)), "what left before says nothing new");
        for (at, rate) in [(10_000, 40.0), (11_000, 44.0), (15_000, 60.0), (20_000, 80.0)] {
            assert!((pace.rate(ms(at)) - rate).abs() < 1e-9, "at {at}: {}", pace.rate(ms(at)));
        }
        let mut again = Pace::new(80);
        (0..10).for_each(|second| _ = again.throttled(second, ms(second * 1_001)));
        assert!(again.rate(ms(9_009)) >= 4.0, "some of it is always left");
        let mut one = Pace::new(80);
        assert!(one.throttled(7, ms(0)));
        assert!((1..50).all(|second| !one.throttled(7, ms(second * 1_001))), "it is that person");
        assert!(one.throttled(7, ms(60_000)) && one.throttled(8, ms(61_000)));
    }

    #[test]
    fn what_another_process_sent_counts_in_its_second() {
        let mut pace = Pace::new(80);
        (0..80).for_each(|_| pace.went(ms(10_000)));
        let first = (10_000..12_000).find(|at| pace.take(ms(*at)).is_ok());
        assert!(first.is_some_and(|at| (11_000..11_100).contains(&at)), "{first:?}");
    }

    #[test]
    fn after_a_pause_one_goes_first_and_the_rest_with_care() {
        let mut pace = Pace::new(80);
        pace.resumed(ms(0));
        assert!(pace.take(ms(0)).is_ok());
        assert!(pace.take(ms(5_000)).is_err(), "the first one is not answered");
        assert!(pace.tried() && !pace.tried());
        assert!(pace.take(ms(5_000)).is_ok());
        for (at, rate) in [(0, 8.0), (30_000, 44.0), (60_000, 80.0), (99_000, 80.0)] {
            assert!((pace.rate(ms(at)) - rate).abs() < 1e-9, "at {at}: {}", pace.rate(ms(at)));
        }
        pace.resumed(ms(0));
        assert!(pace.take(ms(70_000)).is_ok());
        assert!(pace.take(ms(80_000)).is_err());
        assert!(pace.take(ms(90_000)).is_ok(), "nobody waits for an answer for ever");
    }

    #[test]
    fn whoever_names_a_rate_that_no_number_has_wants_none() {
        assert_eq!(Limits::new(80, true).per_second, Some(80));
        assert_eq!(Limits::new(100_000, true).per_second, None);
    }
}
