//! What the tables of Deskbell hold, one file a table; what it means is said elsewhere.
#![expect(missing_docs, reason = "a column says what it is by its name; the migrations say why")]
pub mod bucket;
pub mod comment;
pub mod comment_words;
pub mod delivery_attempt;
pub mod idempotency_key;
pub mod notification_log;
pub mod refresh_token;
pub mod session;
pub mod ticket;
pub mod ticket_event;
pub mod ticket_words;
pub mod user;
pub mod webhook_event;
