//! Parameters and headers that many calls share.
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::super::words::{Id, Vocabulary, Word};
use super::schemas::Schemas;

/// Parameters with a name among the components.
pub fn shared(schemas: &mut Schemas) -> Value {
    json!({
        "Id": {
            "name": "id", "in": "path", "required": true, "schema": schemas.read::<Id>(),
            "description": "Which one.", "example": 1,
        },
        "CommentId": {
            "name": "comment_id", "in": "path", "required": true, "schema": schemas.read::<Id>(),
            "description": "Which comment.", "example": 1,
        },
        "DryRun": {
            "name": "dry_run", "in": "query", "schema": { "type": "boolean", "default": false },
            "description": "Changes nothing and tells whom the call would tell. Numbers and bodies for others are shown to admins only.",
        },
        "RequestId": {
            "name": "X-Request-Id", "in": "header", "schema": { "type": "string" },
            "description": "Names the request: 1 to 128 letters, digits, `-`, `_`, `.` and `:`. Without one, or with an odd one, we name it.",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "description": "Makes it safe to say again: the same key with the same body gives the first answer for 24 hours, and nothing is done twice. It counts for one account and one address.",
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "schema": { "type": "string" },
            "description": "The `ETag` that one has seen: where the thing has changed since, the answer is 412 and nothing is done. `*` is any.",
        },
    })
}

/// Headers of answers.
pub fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "Names the request; it stands in our logs, too.",
            "required": true, "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
            "example": "01M7YBDSHDRC9TAGGTH6FWFB11",
        },
        "IdempotencyReplayed": {
            "description": "`true` where this is the first answer to this `Idempotency-Key`, given again.",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "Location": {
            "description": "Where it stands.", "required": true, "schema": { "type": "string" },
            "example": "/api/tickets/1",
        },
        "ETag": {
            "description": "The version in quotes, for `If-Match`.",
            "schema": { "type": "string" }, "example": "\"1\"",
        },
        "RetryAfter": {
            "description": "After so many seconds it is worth asking again.",
            "required": true, "schema": { "type": "integer", "minimum": 0 }, "example": 2,
        },
        "WwwAuthenticate": {
            "description": "How to say who one is.", "required": true,
            "schema": { "type": "string" }, "example": "Bearer",
        },
    })
}

/// One parameter of a query that may be left out.
pub fn query(name: &str, schema: &Value, about: &str) -> Value {
    json!({ "name": name, "in": "query", "schema": schema, "description": about })
}

/// Words of a closed list, several with commas.
pub fn words<T: Vocabulary>(schemas: &mut Schemas, name: &str, about: &str) -> Value {
    several::<Word<T>>(schemas, name, about)
}

/// Ids, several with commas.
pub fn ids(schemas: &mut Schemas, name: &str, about: &str) -> Value {
    several::<Id>(schemas, name, about)
}

fn several<T: JsonSchema>(schemas: &mut Schemas, name: &str, about: &str) -> Value {
    several_of(&schemas.read::<T>(), name, about)
}

/// Several of these with commas.
pub fn several_of(items: &Value, name: &str, about: &str) -> Value {
    let list = json!({ "type": "array", "items": items });
    let mut told = query(name, &list, &format!("{about} Several with commas."));
    let style = json!({ "style": "form", "explode": false });
    told.as_object_mut()
        .into_iter()
        .for_each(|told| told.extend(style.as_object().cloned().unwrap_or_default()));
    told
}

/// From when to when something was made.
pub fn created() -> [Value; 2] {
    let instant = json!({ "type": "string", "format": "date-time" });
    [
        query("created_from", &instant, "Made at this instant or later."),
        query("created_to", &instant, "Made before this instant."),
    ]
}

/// Which page of a list.
pub fn page() -> [Value; 2] {
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
    [
        query("limit", &limit, "How many at most."),
        query(
            "cursor",
            &json!({ "type": "string" }),
            "`next_cursor` of the page before, as it is.",
        ),
    ]
}

/// How somebody says who they are.
pub fn security() -> Map<String, Value> {
    let bearer = json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "`access_token` of `POST /api/auth/login`. It is good for 15 minutes.",
    });
    let metrics = json!({ "type": "http", "scheme": "bearer", "description": "`METRICS_TOKEN`." });
    Map::from_iter([("bearer".to_owned(), bearer), ("metrics".to_owned(), metrics)])
}
