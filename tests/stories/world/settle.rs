//! Waiting until nothing is under way any more, and not a moment longer.
use std::collections::HashSet;
use std::time::Duration;

use deskbell::config::Role;
use tokio::time::Instant;

use super::World;

/// Longer than this nothing takes, however slow the machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
pub(super) const BREATH: Duration = Duration::from_millis(10);

impl World {
    /// Waits until every message that is due was answered for and every report about it was read.
    pub async fn settle(&self) {
        let begun = Instant::now();
        while let Some(what) = self.under_way().await {
            assert!(begun.elapsed() < PATIENCE, "after 20 s still under way: {what}");
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn under_way(&self) -> Option<String> {
        let now = self.now().to_rfc3339();
        // In one question: what ceases to wait for a pause is due at once.
        let due = format!(
            "SELECT ({}) + count(*) FROM notification_log WHERE status = 'SENDING' \
             OR (status = 'QUEUED' AND next_attempt_at <= '{now}' AND expires_at > '{now}' \
             AND NOT EXISTS (SELECT 1 FROM notification_log older \
               WHERE older.ticket_id = notification_log.ticket_id \
               AND older.recipient_id = notification_log.recipient_id \
               AND older.id < notification_log.id AND older.status IN ('QUEUED', 'SENDING')))",
            self.untended(&now)
        );
        let due = self.count(&due).await;
        if due > 0 {
            return Some(format!("{due} notifications are due or being sent, or a pause is over"));
        }
        let unanswered = self.desk().sends_under_way();
        if unanswered > 0 {
            return Some(format!("{unanswered} answers are not written down"));
        }
        let unread = "SELECT count(*) FROM webhook_events WHERE state = 'RECEIVED'";
        let unread = self.count(unread).await;
        if unread > 0 {
            return Some(format!("{unread} webhooks are not read"));
        }
        self.unheard_of().await
    }

    /// Counts what whoever holds the lines has not looked at yet, being slow, or the database.
    fn untended(&self, now: &str) -> String {
        if self.role == Role::Api {
            return "SELECT 0".to_owned();
        }
        format!(
            "SELECT (SELECT count(*) FROM channel_states \
               WHERE state = 'PAUSED' AND probe_at <= '{now}') \
             + (SELECT count(*) FROM notification_log AS held \
               WHERE held.held_by = 'CHANNEL' AND held.status = 'QUEUED' \
                 AND NOT EXISTS (SELECT 1 FROM channel_states AS paused \
                   WHERE paused.provider = held.provider AND paused.state = 'PAUSED'))"
        )
    }

    /// Messages of the simulator's ledger whose reports have not all been merged.
    async fn unheard_of(&self) -> Option<String> {
        if !self.has_simulator() {
            return None;
        }
        let heard = "failed_at IS NOT NULL OR (sent_at IS NOT NULL AND delivered_at IS NOT NULL)";
        let (heard, erased) = self.attempts_with(heard).await;
        let messages = self.ledger().await.into_iter();
        let mut unheard = messages
            .map(|message| (text(&message["id"]), text(&message["to"])))
            .filter(|(id, to)| !self.is_quiet(to) && !heard.contains(id))
            .skip(erased);
        if let Some((id, to)) = unheard.next() {
            return Some(format!("no report about message {id} to {to} was read"));
        }
        let (read, erased) = self.attempts_with("read_at IS NOT NULL").await;
        let looked_at = self.read.lock().expect("what was read").clone();
        let mut unheard = looked_at.difference(&read).skip(erased);
        unheard.next().map(|id| format!("nobody heard that {id} was read"))
    }

    /// Messages of which this is known; and how many more there are that can no longer be named.
    async fn attempts_with(&self, known: &str) -> (HashSet<String>, usize) {
        let sql = format!(
            "SELECT provider_message_id FROM delivery_attempts \
             WHERE provider_message_id IS NOT NULL AND ({known})"
        );
        let mut all = self.kept.words(&sql).await;
        let count = all.len();
        all.retain(|id| id != "erased");
        let erased = count - all.len();
        (all.into_iter().collect(), erased)
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
