//! The simulator alone, as other people's software meets it: real HTTP in, and its callbacks out.
mod alone;
mod google;
mod meta;
mod twilio;
