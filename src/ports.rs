//! What we ask of the world, said in our words, so that a test can answer for it.
pub mod channel;
pub mod clock;
pub mod templates;
pub mod webhook;
