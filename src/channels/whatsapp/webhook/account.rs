//! News about the account and its numbers: quality, limits, names, restrictions, bans.
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Change;
use super::field::{instant, list, text};
use crate::ports::webhook::{Fact, Read};

/// Fields that speak of the account or a number; of each event of each the newest counts.
const FIELDS: [&str; 9] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "business_capability_update",
    "business_username_updates",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
];

pub(super) fn read(change: &Change, read: &mut Read) {
    if !FIELDS.contains(&change.field) {
        return;
    }
    let value = change.value;
    if !value.is_object() {
        read.unreadable += 1;
        return;
    }
    let event = text(value, "event").or_else(|| text(value, "alert_type"));
    let name = event.as_ref().map_or_else(
        || change.field.to_owned(),
        |event| format!("{}.{}", change.field, event.chars().take(60).collect::<String>()),
    );
    let about = ["display_phone_number", "phone_number"].into_iter().find_map(|it| text(value, it));
    let (bars, until) = match event.as_deref() {
        Some(event) if change.field == "account_update" => bar(event, value),
        _ => (false, None),
    };
    read.facts.push(Fact {
        name,
        about: about.unwrap_or_else(|| change.account.clone()),
        value: value.clone(),
        at: change.at,
        bars,
        until,
    });
}

/// Whether this keeps us from sending, and until when.
fn bar(event: &str, value: &Value) -> (bool, Option<DateTime<Utc>>) {
    match event {
        "ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED" => (true, None),
        // `SCHEDULE_FOR_DISABLE` is a warning, `REINSTATE` the end of it.
        "DISABLED_UPDATE" => {
            let state = value.get("ban_info").and_then(|ban| text(ban, "waba_ban_state"));
            (state.is_some_and(|state| state == "DISABLE"), None)
        }
        "ACCOUNT_RESTRICTION" => {
            let bars: Vec<_> =
                list(value, "restriction_info").filter(|it| keeps_from(it)).collect();
            let ends = bars.iter().map(|it| it.get("expiration").and_then(instant));
            // One without an end has none as a whole.
            let until = ends.reduce(|one, other| Some(one?.max(other?))).flatten();
            (!bars.is_empty(), until)
        }
        _ => (false, None),
    }
}

/// A restriction of calls, or of adding numbers, keeps no message from leaving.
fn keeps_from(restriction: &Value) -> bool {
    text(restriction, "restriction_type").is_none_or(|kind| kind.contains("MESSAGING"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fact(field: &str, value: Value) -> Fact {
        let at = DateTime::from_timestamp(1_795_219_506, 0);
        let change = Change { field, value: &value, account: "102290129340398".to_owned(), at };
        let mut told = Read::default();
        read(&change, &mut told);
        told.facts.pop().unwrap_or_else(|| panic!("{field}: {value}"))
    }

    #[test]
    fn each_event_of_each_field_has_a_name_of_its_own() {
        for (field, value, name, about) in [
            (
                "phone_number_quality_update",
                json!({ "display_phone_number": "15550783881", "event": "THROUGHPUT_UPGRADE" }),
                "phone_number_quality_update.THROUGHPUT_UPGRADE",
                "15550783881",
            ),
            (
                "business_capability_update",
                json!({ "max_daily_conversations_per_business": -1 }),
                "business_capability_update",
                "102290129340398",
            ),
            (
                "account_alerts",
                json!({ "alert_type": "OBA_APPROVED" }),
                "account_alerts.OBA_APPROVED",
                "102290129340398",
            ),
        ] {
            let fact = fact(field, value);
            assert_eq!((fact.name.as_str(), fact.about.as_str(), fact.bars), (name, about, false));
        }
    }

    #[test]
    fn a_ban_or_a_restriction_of_messaging_keeps_us_from_sending() {
        let ban = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } });
        let restricted = |kinds: &[(&str, Value)]| {
            let info = kinds
                .iter()
                .map(|(kind, end)| json!({ "restriction_type": kind, "expiration": end }));
            json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": info.collect::<Vec<_>>() })
        };
        let ends = DateTime::from_timestamp(1_795_300_000, 0);
        const MESSAGES: &str = "RESTRICTED_BIZ_INITIATED_MESSAGING";
        for (value, expected) in [
            (ban("DISABLE"), (true, None)),
            (ban("REINSTATE"), (false, None)),
            (ban("SCHEDULE_FOR_DISABLE"), (false, None)),
            (json!({ "event": "ACCOUNT_DELETED" }), (true, None)),
            (json!({ "event": "VERIFIED_ACCOUNT" }), (false, None)),
            (restricted(&[(MESSAGES, json!(1_795_300_000))]), (true, ends)),
            (restricted(&[(MESSAGES, json!("1795300000")), (MESSAGES, json!(5))]), (true, ends)),
            (restricted(&[(MESSAGES, json!(null)), (MESSAGES, json!(5))]), (true, None)),
            (restricted(&[("RESTRICTED_ADD_PHONE_NUMBER_ACTION", json!(5))]), (false, None)),
        ] {
            let fact = fact("account_update", value.clone());
            assert_eq!((fact.bars, fact.until), expected, "{value}");
        }
    }
}
