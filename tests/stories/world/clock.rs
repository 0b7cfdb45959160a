//! A clock that stands still until a story moves it.
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use deskbell::ports::clock::{Clock, SystemClock};

/// A clock that stands still until it is moved.
pub struct MovedClock(Mutex<DateTime<Utc>>);

impl MovedClock {
    pub(super) fn new() -> Self {
        Self(Mutex::new(SystemClock.now()))
    }

    pub(super) fn passes(&self, time: TimeDelta) {
        *self.0.lock().expect("nobody panics with the clock in hand") += time;
    }
}

impl Clock for MovedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panics with the clock in hand")
    }

    /// The database's clock goes on while this one stands, so this changes all the time.
    fn ahead(&self) -> TimeDelta {
        self.now() - SystemClock.now()
    }
}
