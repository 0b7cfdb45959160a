//! `statuses[]` of the `messages` field: what became of a message that we sent.
use serde::Deserialize;
use serde_json::Value;

use super::super::errors;
use super::super::wire::GraphError;
use super::field::{instant, list, text};
use crate::domain::attempt::{Failure, Pricing, Remedy, Report};
use crate::domain::callback::Callbacks;
use crate::domain::notification::Receipt;
use crate::ports::webhook::Reported;

/// What one status says.
pub(super) enum Said {
    /// A report about a message.
    Report(Reported),
    /// A kind that we do not know, or that says nothing about sending.
    NothingOfSending,
    /// It cannot be read.
    Unreadable,
}

pub(super) fn read(status: &Value, callbacks: &Callbacks) -> Said {
    let at = status.get("timestamp").and_then(instant);
    let (Some(id), Some(kind), Some(at)) = (text(status, "id"), text(status, "status"), at) else {
        return Said::Unreadable;
    };
    let report = match kind.as_str() {
        "sent" => Report::Sent,
        "delivered" => Report::Received(Receipt::Delivered),
        // A voice message that was played was read.
        "read" | "played" => Report::Received(Receipt::Read),
        "failed" => Report::Failed(failure(status)),
        _ => return Said::NothingOfSending,
    };
    let data = status.get("biz_opaque_callback_data").and_then(Value::as_str);
    let attempt = data.and_then(|data| callbacks.read(data));
    let pricing = status.get("pricing").and_then(pricing);
    Said::Report(Reported { attempt, provider_message_id: id, report, at, pricing })
}

/// Categories come and go, and are written with `-` and with `_`; `billable` is to be taken away.
fn pricing(pricing: &Value) -> Option<Pricing> {
    Some(Pricing {
        category: text(pricing, "category")?.to_lowercase().replace('-', "_"),
        kind: text(pricing, "type"),
        billable: pricing.get("billable").and_then(Value::as_bool),
    })
}

fn failure(status: &Value) -> Failure {
    let first = list(status, "errors").next();
    match first.and_then(|error| GraphError::deserialize(error).ok()) {
        Some(error) => errors::failure(&error),
        None => Failure {
            code: None,
            message: "Meta reported a failure and gave no reason".to_owned(),
            remedy: Remedy::Never,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_message_counts_as_is_read_whatever_is_missing() {
        let of = |category: &str, kind: Option<&str>, billable| {
            let (category, kind) = (category.to_owned(), kind.map(str::to_owned));
            Some(Pricing { category, kind, billable })
        };
        for (told, expected) in [
            (
                json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility" }),
                of("utility", Some("regular"), Some(true)),
            ),
            (
                json!({ "category": "authentication-international", "type": "regular" }),
                of("authentication_international", Some("regular"), None),
            ),
            (json!({ "category": "SERVICE", "billable": "no" }), of("service", None, None)),
            (json!({ "billable": true }), None),
            (json!("regular"), None),
        ] {
            let status =
                json!({ "id": "wamid.1", "status": "sent", "timestamp": "1", "pricing": told });
            let Said::Report(report) = read(&status, &Callbacks::new(b"key")) else {
                panic!("{told} makes it unreadable");
            };
            assert_eq!(report.pricing, expected, "{told}");
        }
    }
}
