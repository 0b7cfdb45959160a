//! News about templates: how they stand, what people think of them, in which category they are.
//! Meta's example of a change of quality carries the field of a change of status, so what is told is
//! known by the properties.
use serde_json::Value;

use super::Change;
use super::field::{instant, text};
use crate::ports::webhook::{Read, TemplateChange, TemplateNews};

pub(super) fn read(change: &Change, read: &mut Read) {
    match news(change) {
        Some(news) => read.templates.push(news),
        None => read.unreadable += 1,
    }
}

fn news(change: &Change) -> Option<TemplateNews> {
    let value = change.value;
    Some(TemplateNews {
        name: text(value, "message_template_name")?,
        // Written `en-US` as well as `en_US`.
        language: text(value, "message_template_language")?.replace('-', "_"),
        id: text(value, "message_template_id"),
        change: changed(value)?,
        at: change.at,
    })
}

fn changed(value: &Value) -> Option<TemplateChange> {
    if let Some(event) = text(value, "event") {
        return Some(TemplateChange::Status { event, reason: reason(value) });
    }
    if let Some(score) = text(value, "new_quality_score") {
        return Some(TemplateChange::Quality(score));
    }
    // Announced a day ahead under one name, done under another.
    let coming = text(value, "correct_category");
    if let Some(category) = coming.or_else(|| text(value, "new_category")) {
        let from = value.get("category_update_timestamp").and_then(instant);
        return Some(TemplateChange::Category { category, from });
    }
    value.get("message_template_element").is_some().then_some(TemplateChange::Text)
}

/// `NONE`, null and nothing at all all say that there is none.
fn reason(value: &Value) -> Option<String> {
    let told = |key: &str, within: &str| value.get(key).and_then(|info| text(info, within));
    let reason = text(value, "reason").filter(|reason| reason != "NONE");
    let words = told("rejection_info", "reason")
        .or_else(|| told("other_info", "description"))
        .or_else(|| told("other_info", "title"));
    match (reason, words) {
        (Some(reason), Some(words)) => Some(format!("{reason}: {words}")),
        (reason, words) => reason.or(words),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_new_is_known_by_its_properties() {
        let status = |event: &str, reason: Option<&str>| TemplateChange::Status {
            event: event.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let tomorrow = chrono::DateTime::from_timestamp(1_795_305_900, 0);
        let category =
            |category: &str, from| TemplateChange::Category { category: category.to_owned(), from };
        for (told, expected) in [
            (json!({ "event": "APPROVED", "reason": null }), Some(status("APPROVED", None))),
            (json!({ "event": "DISABLED", "reason": "NONE" }), Some(status("DISABLED", None))),
            (
                json!({ "event": "REJECTED", "reason": "INVALID_FORMAT",
                    "rejection_info": { "reason": "Parameters stand side by side." } }),
                Some(status("REJECTED", Some("INVALID_FORMAT: Parameters stand side by side."))),
            ),
            (
                json!({ "event": "PAUSED", "other_info": { "title": "FIRST_PAUSE" } }),
                Some(status("PAUSED", Some("FIRST_PAUSE"))),
            ),
            (
                json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }),
                Some(TemplateChange::Quality("YELLOW".to_owned())),
            ),
            (
                json!({ "new_category": "UTILITY", "correct_category": "MARKETING",
                    "category_update_timestamp": 1_795_305_900 }),
                Some(category("MARKETING", tomorrow)),
            ),
            (
                json!({ "previous_category": "UTILITY", "new_category": "MARKETING" }),
                Some(category("MARKETING", None)),
            ),
            (json!({ "message_template_element": "text" }), Some(TemplateChange::Text)),
            (json!({ "something": "new" }), None),
        ] {
            let mut value = told.clone();
            value["message_template_name"] = json!("ticket_update");
            value["message_template_language"] = json!("en-US");
            value["message_template_id"] = json!(806_312_974_732_579_u64);
            let change = Change { field: "", value: &value, account: String::new(), at: None };
            let news = news(&change);
            assert_eq!(news.as_ref().map(|news| &news.change), expected.as_ref(), "{told}");
            if let Some(news) = news {
                let named = (news.name.as_str(), news.language.as_str(), news.id.as_deref());
                assert_eq!(named, ("ticket_update", "en_US", Some("806312974732579")));
            }
        }
    }
}
