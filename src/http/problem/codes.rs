//! Refusals about one-time codes.
use super::{
    CHANNEL_NOT_CONFIGURED, CODE_TOO_SOON, CODES_USED_UP, Problem, SEND_FAILED, WRONG_CODE,
};
use crate::desk::code_error::CodeError;

/// The refusal that says why no code was sent, or why one was not taken.
pub(super) fn refused(error: &CodeError) -> Problem {
    let detail = error.to_string();
    match error {
        CodeError::TooSoon { seconds } => Problem::new(&CODE_TOO_SOON, detail).after(*seconds),
        CodeError::UsedUp { seconds, .. } => Problem::new(&CODES_USED_UP, detail).after(*seconds),
        // Nobody sets a provider up in seconds.
        CodeError::NotConfigured(_) => Problem::new(&CHANNEL_NOT_CONFIGURED, detail).after(3600),
        CodeError::SendFailed { hint } => {
            Problem { hint: Some(hint.clone()), ..Problem::new(&SEND_FAILED, detail) }
        }
        CodeError::Wrong => Problem::new(&WRONG_CODE, detail),
    }
}
