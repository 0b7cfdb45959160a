//! Why no code was sent, or why one was not taken.
use crate::domain::medium::Medium;

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// One was sent a moment ago.
    #[error("a code was sent a moment ago: use that one, or ask for another in {seconds} s")]
    TooSoon {
        /// When there is another one.
        seconds: u64,
    },
    /// What is allowed for a while is used up.
    #[error("{what}; ask again in {seconds} s")]
    UsedUp {
        /// What.
        what: &'static str,
        /// When there is more.
        seconds: u64,
    },
    /// Nobody serves this medium here.
    #[error("{} is not set up here; choose another way, or ask whoever runs this to set it up", named(*.0))]
    NotConfigured(Medium),
    /// The provider refused it.
    #[error("the code could not be sent: {hint}")]
    SendFailed {
        /// What can be done about it.
        hint: String,
    },
    /// It is not the code, or not any more; nobody says which.
    #[error(
        "the code is wrong, was used, or its time is over (10 minutes, 5 tries); ask for another"
    )]
    Wrong,
}

/// What people call a medium.
pub(super) fn named(medium: Medium) -> &'static str {
    match medium {
        Medium::WhatsApp => "WhatsApp",
        Medium::Sms => "SMS",
        Medium::Email => "e-mail",
    }
}
