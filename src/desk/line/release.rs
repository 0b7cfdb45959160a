//! How far letting go of what a pause held has come, and when it is looked for what it has missed.
use std::time::{Duration, Instant};

/// A look for what is held although nothing holds it: so long after all was let go, when somebody may
/// just have set it aside, and from then on now and then.
const STRANDED: Duration = Duration::from_secs(10);
const STRANDED_LATER: Duration = Duration::from_secs(60);

/// How far letting go of what a pause held has come.
#[derive(Clone, Copy, Debug)]
pub(in crate::desk) enum Release {
    /// What is urgent first.
    Urgent,
    /// The rest.
    Rest,
    /// All is let go, as far as is known; the next look is then.
    Done(Instant),
}

impl Release {
    /// Whether it is time to look again.
    pub(in crate::desk) fn is_due(self) -> bool {
        match self {
            Self::Urgent | Self::Rest => true,
            Self::Done(next) => next <= Instant::now(),
        }
    }

    /// All was let go just now.
    pub(in crate::desk) fn done() -> Self {
        Self::Done(Instant::now() + STRANDED)
    }

    /// Nothing was found that was held although nothing held it.
    pub(in crate::desk) fn still_done() -> Self {
        Self::Done(Instant::now() + STRANDED_LATER)
    }
}
