//! Reading what Meta reports: up to 1,000 updates in one body, in any order, with fields we never
//! saw. Each status stands on its own, so that a bad one loses no other.
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::errors;
use super::wire::GraphError;
use crate::domain::attempt::{Failure, Remedy, Report};
use crate::domain::callback::Callbacks;
use crate::domain::notification::Receipt;
use crate::ports::channel::{Read, Reported};

/// Reads every status of every change of every entry.
pub(super) fn read(body: &[u8], callbacks: &Callbacks) -> Read {
    let mut read = Read::default();
    let Ok(envelope) = serde_json::from_slice::<Value>(body) else {
        read.unreadable += 1;
        return read;
    };
    for change in list(&envelope, "entry").flat_map(|entry| list(entry, "changes")) {
        let value = change.get("value").unwrap_or(&Value::Null);
        for status in list(value, "statuses") {
            match Status::deserialize(status).ok().and_then(|status| status.report(callbacks)) {
                Some(Ok(report)) => read.reports.push(report),
                Some(Err(NotOurs)) => {}
                None => read.unreadable += 1,
            }
        }
    }
    read
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// `statuses[]` of the `messages` field; Meta adds kinds and fields without notice.
#[derive(Deserialize)]
struct Status {
    id: String,
    status: String,
    /// Seconds, as a string in what Meta sends and as a number in some of its examples.
    timestamp: Value,
    biz_opaque_callback_data: Option<String>,
    errors: Option<Vec<Value>>,
}

/// A status of a kind that says nothing about sending.
struct NotOurs;

impl Status {
    fn report(self, callbacks: &Callbacks) -> Option<Result<Reported, NotOurs>> {
        let report = match self.status.as_str() {
            "sent" => Report::Sent,
            "delivered" => Report::Received(Receipt::Delivered),
            // A voice message that was played was read.
            "read" | "played" => Report::Received(Receipt::Read),
            "failed" => Report::Failed(self.failure()),
            _ => return Some(Err(NotOurs)),
        };
        let at = instant(&self.timestamp)?;
        let data = self.biz_opaque_callback_data.as_deref();
        let attempt = data.and_then(|data| callbacks.read(data));
        Some(Ok(Reported { attempt, provider_message_id: self.id, report, at }))
    }

    fn failure(&self) -> Failure {
        let first = self.errors.iter().flatten().next();
        match first.and_then(|error| GraphError::deserialize(error).ok()) {
            Some(error) => errors::failure(&error),
            None => Failure {
                code: None,
                message: "Meta reported a failure and gave no reason".to_owned(),
                remedy: Remedy::Never,
            },
        }
    }
}

fn instant(timestamp: &Value) -> Option<DateTime<Utc>> {
    let seconds = match timestamp {
        Value::String(text) => text.parse().ok()?,
        Value::Number(number) => number.as_i64()?,
        _ => return None,
    };
    DateTime::from_timestamp(seconds, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notification::NotificationId;

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
