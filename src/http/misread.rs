//! What a parser says about a body or a query that it could not read, in words for people.
use crate::domain::text::{FieldError, cut};

/// A field of the wrong kind, or one that does not exist here, or stands there twice.
pub fn misread(field: &str, said: &str) -> FieldError {
    let said = said.split(" at line ").next().unwrap_or(said);
    let named = said.split('`').nth(1).unwrap_or(field);
    let (field, code, message) = if said.starts_with("unknown field") {
        let known: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        let instead = match known.as_slice() {
            [] => "nothing is known here".to_owned(),
            some => format!("known are {}", some.join(", ")),
        };
        (named, "unknown_field", format!("there is no `{named}` here; {instead}"))
    } else if said.starts_with("duplicate field") {
        (named, "duplicate_field", format!("`{named}` stands there twice: say it once"))
    } else if said.starts_with("missing field") {
        (named, "required", format!("`{named}` is needed"))
    } else {
        let field = if field.is_empty() { "." } else { field };
        (field, "wrong_type", kind(field, said))
    };
    // It repeats what was sent, which may be long.
    FieldError::new(cut(field, 100), code, cut(&message, 300))
}

fn kind(field: &str, said: &str) -> String {
    let Some((found, expected)) = said.split_once(", expected ") else {
        return format!("`{field}` cannot be read here: {said}");
    };
    let expected = match expected {
        "a string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") || expected == "a map" => "an object",
        _ if is_number(expected) => "a whole number",
        other => other,
    };
    // "invalid type: integer `5`" and its like.
    let found = found.split_once(": ").map_or(found, |(_, found)| found);
    let found = match found.split([' ', '`']).next().unwrap_or_default() {
        "integer" | "floating" | "number" => "a number",
        "string" => "text",
        "boolean" => "true or false",
        "sequence" => "a list",
        "map" => "an object",
        "null" => "null",
        _ => "what stands there",
    };
    if found == expected || (found == "a number" && expected == "a whole number") {
        return format!("`{field}` must be {expected}, and what stands there is out of bounds");
    }
    format!("`{field}` must be {expected}, not {found}")
}

fn is_number(expected: &str) -> bool {
    let bits = expected.strip_prefix(['i', 'u']);
    bits.is_some_and(|bits| bits.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what cannot be read is looked at")]
    struct Body {
        title: Option<String>,
        count: Option<u32>,
        sure: Option<bool>,
        tags: Option<Vec<String>>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what cannot be read is looked at")]
    struct Inner {
        name: String,
    }

    #[test]
    fn a_parser_speaks_our_words() {
        for (raw, field, code, message) in [
            (
                r#"{"x":1}"#,
                "x",
                "unknown_field",
                "there is no `x` here; known are title, count, sure, tags, inner",
            ),
            (
                r#"{"title":"a","title":"b"}"#,
                "title",
                "duplicate_field",
                "`title` stands there twice: say it once",
            ),
            (r#"{"title":5}"#, "title", "wrong_type", "`title` must be text, not a number"),
            (r#"{"title":{}}"#, "title", "wrong_type", "`title` must be text, not an object"),
            (r#"{"count":"5"}"#, "count", "wrong_type", "`count` must be a whole number, not text"),
            (
                r#"{"count":-5}"#,
                "count",
                "wrong_type",
                "`count` must be a whole number, and what stands there is out of bounds",
            ),
            (
                r#"{"count":1.5}"#,
                "count",
                "wrong_type",
                "`count` must be a whole number, and what stands there is out of bounds",
            ),
            (r#"{"sure":"yes"}"#, "sure", "wrong_type", "`sure` must be true or false, not text"),
            (r#"{"tags":true}"#, "tags", "wrong_type", "`tags` must be a list, not true or false"),
            (r#"{"tags":[null]}"#, "tags[0]", "wrong_type", "`tags[0]` must be text, not null"),
            (r#"{"inner":{}}"#, "name", "required", "`name` is needed"),
            (r#"{"inner":5}"#, "inner", "wrong_type", "`inner` must be an object, not a number"),
        ] {
            let mut from = serde_json::Deserializer::from_str(raw);
            let error = serde_path_to_error::deserialize::<_, Body>(&mut from).unwrap_err();
            let flaw = misread(&error.path().to_string(), &error.into_inner().to_string());
            assert_eq!((&*flaw.field, flaw.code, &*flaw.message), (field, code, message), "{raw}");
        }
    }
}
