//! Waiting until nothing is under way any more, and not a moment longer.
use std::collections::HashSet;
use std::time::Duration;

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
        let due = format!(
            "SELECT count(*) FROM notification_log WHERE status = 'SENDING' \
             OR (status = 'QUEUED' AND next_attempt_at <= '{now}' AND expires_at > '{now}' \
             AND NOT EXISTS (SELECT 1 FROM notification_log older \
               WHERE older.ticket_id = notification_log.ticket_id \
               AND older.recipient_id = notification_log.recipient_id \
               AND older.id < notification_log.id AND older.status IN ('QUEUED', 'SENDING')))"
        );
        let sending = self.count(&due).await;
        if sending > 0 {
            return Some(format!("{sending} notifications are due or being sent"));
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

    /// Messages of the simulator's ledger whose reports have not all been merged.
    async fn unheard_of(&self) -> Option<String> {
        if !self.has_simulator() {
            return None;
        }
        let heard = self
            .words_of(
                "SELECT provider_message_id FROM delivery_attempts \
                 WHERE provider_message_id IS NOT NULL AND (failed_at IS NOT NULL \
                 OR (sent_at IS NOT NULL AND delivered_at IS NOT NULL))",
            )
            .await;
        let read = self
            .words_of(
                "SELECT provider_message_id FROM delivery_attempts \
                 WHERE provider_message_id IS NOT NULL AND read_at IS NOT NULL",
            )
            .await;
        for message in self.ledger().await {
            let (id, to) = (text(&message["id"]), text(&message["to"]));
            if !self.is_quiet(&to) && !heard.contains(&id) {
                return Some(format!("no report about message {id} to {to} was read"));
            }
        }
        let looked_at = self.read.lock().expect("what was read").clone();
        looked_at.difference(&read).next().map(|id| format!("nobody heard that {id} was read"))
    }

    async fn words_of(&self, sql: &str) -> HashSet<String> {
        self.kept.words(sql).await.into_iter().collect()
    }
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
