//! How messages leave the house: one folder a provider, each behind [`crate::ports::channel`].
pub mod whatsapp;
