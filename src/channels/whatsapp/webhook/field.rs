//! Reading one property where Meta's documents, examples and traffic disagree about its type.
use chrono::{DateTime, Utc};
use serde_json::Value;

/// The elements of a list, none where it is not there or is no list.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A word that may be a number: ids are written both ways. An empty one is none.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Seconds since 1970, as a string in messages and statuses and as a number elsewhere.
pub(super) fn instant(timestamp: &Value) -> Option<DateTime<Utc>> {
    let seconds = match timestamp {
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => number.as_i64()?,
        _ => return None,
    };
    // What no calendar of ours can write down is nobody's instant.
    DateTime::from_timestamp(seconds, 0).filter(|at| (1970..10_000).contains(&year(*at)))
}

fn year(at: DateTime<Utc>) -> i32 {
    chrono::Datelike::year(&at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instant_is_read_as_a_string_and_as_a_number() {
        let second = DateTime::from_timestamp(1_795_219_100, 0);
        for (written, read) in [
            (json!("1795219100"), second),
            (json!(1_795_219_100), second),
            (json!("soon"), None),
            (json!(-1), None),
            (json!(i64::MAX), None),
            (json!("999999999999999"), None),
            (json!({}), None),
        ] {
            assert_eq!(instant(&written), read, "{written}");
        }
    }

    #[test]
    fn an_id_is_read_as_a_string_and_as_a_number() {
        let value = json!({ "a": "1", "b": 1, "c": "", "d": null, "e": ["1"], "f": u64::MAX });
        let read = ["a", "b", "c", "d", "e", "f", "g"].map(|key| text(&value, key));
        let one = || Some("1".to_owned());
        assert_eq!(read, [one(), one(), None, None, None, Some(u64::MAX.to_string()), None]);
    }
}
