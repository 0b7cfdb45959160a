//! The notification log, as an admin reads it.
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::World;
use super::person::{Person, id};

impl World {
    /// The log with these filters, the newest first, at most 200. What admins are told of the desk itself
    /// comes whenever the timer looks, and is seen by whoever asks for it.
    pub async fn log(&self, filters: &str) -> Vec<Value> {
        let page = self.admin().sees(&format!("/api/notifications?limit=200&{filters}")).await;
        let mut rows = page["items"].as_array().expect("a list of notifications").clone();
        if !filters.contains("event=") {
            rows.retain(|row| row["event"] != "CHANNEL_PAUSED" && row["event"] != "LIMIT_NEAR");
        }
        rows
    }

    /// What one person was told about one ticket, the newest first.
    pub async fn told(&self, person: &Person, ticket: &Value) -> Vec<Value> {
        self.log(&format!("ticket_id={}&recipient_id={}", id(ticket), person.id)).await
    }

    /// The one thing that a person was told about a ticket; what was sent over another way because it
    /// failed tells the same.
    pub async fn notification(&self, person: &Person, ticket: &Value) -> Value {
        let mut told = self.told(person, ticket).await;
        told.retain(|row| row["fallback_of"].is_null());
        let [only] = told.as_slice() else {
            panic!("{} was told {} things: {told:?}", person.username, told.len());
        };
        only.clone()
    }

    /// A notification with all its attempts.
    pub async fn in_full(&self, notification: &Value) -> Value {
        self.admin().sees(&format!("/api/notifications/{}", id(notification))).await
    }

    /// Time passes until a queued notification is due, and well beyond.
    pub async fn until_tried_again(&self, notification: &Value) {
        let due = instant(&notification["next_attempt_at"]);
        self.later(due - self.now() + TimeDelta::seconds(10)).await;
    }
}

/// An instant that the program showed.
#[track_caller]
pub fn instant(shown: &Value) -> DateTime<Utc> {
    let text = shown.as_str().unwrap_or_else(|| panic!("{shown} is no instant"));
    let read = DateTime::parse_from_rfc3339(text);
    read.unwrap_or_else(|error| panic!("{text}: {error}")).to_utc()
}
