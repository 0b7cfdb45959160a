//! What an answer carries besides its body, and what a refusal looks like in the document.
use serde_json::{Map, Value, json};

use super::super::problem::Kind;

/// The answer of one status: whichever of these it was.
pub fn refusal(status: u16, kinds: &[&'static Kind]) -> Value {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title).collect();
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
    let example = |code: &&str| {
        ((*code).to_owned(), json!({ "$ref": format!("#/components/examples/{code}") }))
    };
    let examples: Map<String, Value> = codes.iter().map(example).collect();
    let schema = json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        { "properties": { "status": { "const": status }, "code": { "enum": codes } } },
    ]});
    let mut headers = header("RequestId");
    match status {
        401 => headers.extend(header("WwwAuthenticate")),
        429 | 503 => headers.extend(header("RetryAfter")),
        _ => {}
    }
    json!({
        "description": titles.join("; or: "),
        "headers": headers,
        "content": { "application/problem+json": { "schema": schema, "examples": examples } },
    })
}

/// A header of an answer, by its name among the components.
pub fn header(name: &str) -> Map<String, Value> {
    let wire = match name {
        "RequestId" => "X-Request-Id",
        "IdempotencyReplayed" => "Idempotency-Replayed",
        "WwwAuthenticate" => "WWW-Authenticate",
        "RetryAfter" => "Retry-After",
        other => other,
    };
    Map::from_iter([(wire.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))])
}
