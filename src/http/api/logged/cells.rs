//! A notification as the cells of one line of a file.
use super::NotificationShown;
use crate::http::words::Instant;

impl NotificationShown {
    /// The same as the cells of a line.
    pub(in super::super) fn cells(self) -> [String; 27] {
        let text = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let at = |at: Option<Instant>| at.map(|at| at.text()).unwrap_or_default();
        let recipient = self.recipient.as_ref();
        [
            self.id.to_string(),
            self.event.0.as_str().to_owned(),
            self.channel,
            number(self.ticket_id),
            number(recipient.map(|person| person.id)),
            text(recipient.map(|person| person.full_name.as_str())),
            self.to,
            self.status.0.as_str().to_owned(),
            text(self.receipt.map(|word| word.0.as_str())),
            self.receipt_overdue.to_string(),
            text(self.skip_reason.map(|word| word.0.as_str())),
            self.body,
            text(self.template.as_deref()),
            self.provider,
            text(self.provider_message_id.as_deref()),
            self.attempts.to_string(),
            number(self.error_code),
            text(self.error_message.as_deref()),
            text(self.hint.as_deref()),
            at(self.next_attempt_at),
            self.created_at.text(),
            at(self.sent_at),
            at(self.delivered_at),
            at(self.read_at),
            at(self.failed_at),
            number(self.fallback_of),
            number(self.fallback_id),
        ]
    }
}
