//! Deskbell: an incident and ticket desk that reaches people on WhatsApp.
//!
//! Two mouths ([`http`], [`worker`]) say one verb to the [`desk`]; the desk tells one story to the
//! [`store`] in one transaction, and outside of any transaction sends through a channel
//! ([`channels`], asked for by [`ports`]); all of them speak in the words of the [`domain`], which
//! knows nobody. Imports go down only:
//!
//! ```text
//!  7 main                        the command line
//!  6 app                         the one place where everything is built
//!  5 http        worker          say verbs of the desk; know no table and no wire
//!  4 desk        config          one file, one verb: what can be done here
//!  3 store       channels        translate (rows | wires); do not know each other
//!  2 messages    ports  metrics  the words we send; what we ask of the world; what we count
//!  1 domain      entity          what we mean | what a table holds
//! ```
//!
//! Beside them stands the [`simulator`]: the providers as a program of our own, reached over HTTP
//! like the real ones.
pub mod app;
pub mod channels;
pub mod config;
pub mod desk;
pub mod domain;
pub mod http;
pub mod messages;
pub mod metrics;
pub mod ports;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod worker;
