//! What the tables of Deskbell hold, one file a table; what it means is said elsewhere.
#![expect(missing_docs, reason = "a column says what it is by its name; the migrations say why")]
pub mod bucket;
pub mod channel_fact;
pub mod channel_standing;
pub mod comment;
pub mod comment_words;
pub mod delivery_attempt;
pub mod idempotency_key;
pub mod message_template;
pub mod notification_log;
pub mod one_time_code;
pub mod refresh_token;
pub mod session;
pub mod ticket;
pub mod ticket_event;
pub mod ticket_words;
pub mod unplaced_report;
pub mod usage_count;
pub mod user;
pub mod webhook_event;
