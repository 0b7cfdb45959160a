//! What somebody typed that could not be read as a whole, with what counts all the same: whether they
//! may ask for that at all is decided before any flaw of it is told.
use crate::domain::text::FieldError;

/// Typed, and not read.
#[derive(Clone, Debug)]
pub struct Unread<T> {
    /// Why.
    pub flaws: Vec<FieldError>,
    /// What could be read of it: as much as tells whether they may.
    pub rest: T,
}

/// What is asked for, however much of it could be read.
pub(super) fn asked<T>(typed: &Result<T, Unread<T>>) -> &T {
    typed.as_ref().unwrap_or_else(|unread| &unread.rest)
}
