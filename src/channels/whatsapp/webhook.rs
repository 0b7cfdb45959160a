//! Reading what Meta tells by webhook: up to 1,000 updates in one body, in any order, with fields we
//! never saw. Each update stands on its own, so that a bad one loses no other; one file a kind.
mod account;
mod field;
mod messages;
mod people;
mod statuses;
mod templates;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::domain::callback::Callbacks;
use crate::ports::webhook::Read;
use field::{instant, list, text};

/// What one needs to know to read a webhook.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// Tells our messages from others'.
    pub(super) callbacks: &'a Callbacks,
    /// Meta's id of our number.
    pub(super) phone_number_id: &'a str,
}

/// One change of one entry of a body.
struct Change<'a> {
    /// What it is about, by Meta's word.
    field: &'a str,
    /// What it says.
    value: &'a Value,
    /// The account that it is about.
    account: String,
    /// When, where Meta says so.
    at: Option<DateTime<Utc>>,
}

impl Reader<'_> {
    /// Reads every update of every change of every entry.
    pub(super) fn read(self, body: &[u8]) -> Read {
        let mut read = Read::default();
        let Ok(envelope) = serde_json::from_slice::<Value>(body) else {
            read.unreadable += 1;
            return read;
        };
        for entry in list(&envelope, "entry") {
            for change in list(entry, "changes") {
                self.change(&Change::of(entry, change), &mut read);
            }
        }
        read
    }

    fn change(self, change: &Change, read: &mut Read) {
        let value = change.value;
        // By its properties as well as by its field: Meta's own examples mix the fields up.
        if value.get("message_template_name").is_some() {
            return templates::read(change, read);
        }
        self.messages(value, read);
        for status in list(value, "statuses") {
            match statuses::read(status, self.callbacks) {
                statuses::Said::Report(report) => read.reports.push(report),
                statuses::Said::NothingOfSending => {}
                statuses::Said::Unreadable => read.unreadable += 1,
            }
        }
        people::read(value, read);
        account::read(change, read);
    }
}

impl<'a> Change<'a> {
    fn of(entry: &Value, change: &'a Value) -> Self {
        const NOTHING: &Value = &Value::Null;
        Self {
            field: change.get("field").and_then(Value::as_str).unwrap_or_default(),
            value: change.get("value").unwrap_or(NOTHING),
            account: text(entry, "id").unwrap_or_default(),
            at: entry.get("time").and_then(instant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attempt::{Failure, Remedy, Report};
    use crate::domain::notification::{NotificationId, Receipt};

    fn read(body: &[u8], callbacks: &Callbacks) -> Read {
        Reader { callbacks, phone_number_id: "106540352242922" }.read(body)
    }

    fn body(statuses: &str) -> String {
        format!(
            r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"statuses":{statuses}}}}}]}}]}}"#
        )
    }

    #[test]
    fn a_bad_status_loses_no_other() {
        let ours = Callbacks::new(b"key");
        let data = ours.write(NotificationId(7), 2);
        let statuses = format!(
            r#"[{{"id":"a","status":"sent","timestamp":"1700000000","biz_opaque_callback_data":"{data}"}},
                {{"id":5}},
                "nonsense",
                {{"id":"b","status":"warning","timestamp":"1700000000"}},
                {{"id":"c","status":"played","timestamp":1700000001,"unheard_of":{{}}}},
                {{"id":"d","status":"failed","timestamp":"1700000002","biz_opaque_callback_data":"theirs",
                  "errors":[{{"code":131026,"title":"Message undeliverable"}}]}},
                {{"id":"e","status":"failed","timestamp":"1700000003","errors":[]}}]"#
        );
        let read = read(body(&statuses).as_bytes(), &ours);
        let told: Vec<_> = read
            .reports
            .iter()
            .map(|told| (told.provider_message_id.as_str(), told.attempt, &told.report))
            .collect();
        let undeliverable = Failure {
            code: Some(131_026),
            message: "Message undeliverable".into(),
            remedy: Remedy::Never,
        };
        assert_eq!(told[0], ("a", Some((NotificationId(7), 2)), &Report::Sent));
        assert_eq!(told[1], ("c", None, &Report::Received(Receipt::Read)));
        assert_eq!(told[2], ("d", None, &Report::Failed(undeliverable)));
        assert_eq!(told[3].0, "e");
        assert_eq!((told.len(), read.unreadable), (4, 2));
    }

    #[test]
    fn whatever_meta_sends_is_survived() {
        let ours = Callbacks::new(b"key");
        for odd in ["", "null", "[]", "{}", r#"{"entry":5}"#, r#"{"entry":[{"changes":[{}]}]}"#] {
            assert!(read(odd.as_bytes(), &ours).reports.is_empty(), "{odd}");
        }
    }
}
