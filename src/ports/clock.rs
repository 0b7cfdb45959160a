//! The time of day. Nothing else in the house reads a clock.
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole milliseconds, which is what we store and show.
    fn now(&self) -> DateTime<Utc>;

    /// How far this clock is ahead of the world's. Leases are reckoned by the database's clock,
    /// which a test moves by this much.
    fn ahead(&self) -> TimeDelta {
        TimeDelta::zero()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that everybody in the house shares.
pub type SharedClock = Arc<dyn Clock>;
