//! How messages leave the house: one folder a provider, each behind [`crate::ports::channel`].
pub mod gmail;
mod http;
pub mod mime;
pub mod smtp;
pub mod twilio;
pub mod whatsapp;
