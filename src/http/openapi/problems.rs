//! One refusal of each kind, as it may look.
use serde_json::{Map, Value, json};

use super::super::problem::{ALL, Kind};

/// Every kind of refusal, by its code.
pub fn examples() -> Map<String, Value> {
    let named = ALL.iter().map(|kind| {
        let example = json!({ "summary": kind.title, "value": example(kind) });
        (kind.code.to_owned(), example)
    });
    named.collect()
}

fn example(kind: &Kind) -> Value {
    let mut problem = json!({
        "type": format!("urn:deskbell:problem:{}", kind.code),
        "title": kind.title,
        "status": kind.status,
        "detail": detail(kind),
        "code": kind.code,
        "request_id": "01M7YBDSHDRC9TAGGTH6FWFB11",
    });
    if kind.code == "invalid" {
        problem["errors"] = json!([
            { "field": "title", "code": "required", "message": "`title` is needed" },
        ]);
    }
    problem
}

/// A sentence about one case of it.
fn detail(kind: &Kind) -> &'static str {
    match kind.code {
        "bad_json" => "the body is not JSON: EOF while parsing an object at line 1 column 1",
        "bad_query" => "the query cannot be read: unknown field `page`",
        "bad_idempotency_key" => "an Idempotency-Key is 1 to 255 visible ASCII characters",
        "unauthenticated" => "send `Authorization: Bearer <token>`",
        "bad_signature" => "`X-Hub-Signature-256` is not ours over this body",
        "bad_verify_token" => "`hub.verify_token` must be WHATSAPP_VERIFY_TOKEN",
        "not_found" => "there is no such ticket",
        "method_not_allowed" => "this address knows POST, GET",
        "slow_body" => "a body has ten seconds to arrive",
        "illegal_transition" => {
            "the ticket is NEW and cannot start; from here you can open, assign, reject"
        }
        "changed_meanwhile" => {
            "somebody else changed the ticket at the same time; look at it again"
        }
        "no_longer_new" => "the ticket is no longer NEW; add a comment instead",
        "last_admin" => "this is the last active admin; make another one first",
        "erased" => "this person was erased; open a new account instead",
        "rate_limited" => "an account may change something 60 times a minute; ask again in 12 s",
        "stale" => "it has changed: its version is 2",
        "too_large" => "262144 bytes at most",
        "not_json" => "send `Content-Type: application/json`",
        "invalid" => "`title` is needed",
        "bad_cursor" => "use `next_cursor` of a page as it is",
        "internal" => "it has been written down; tell us the request_id",
        "unavailable" => "the database is away for the moment; nothing was lost",
        "no_app_secret" => "META_APP_SECRET is not set",
        "wrong_code" => {
            "the code is wrong, was used, or its time is over (10 minutes, 5 tries); ask for another"
        }
        "code_too_soon" => "a code was sent a moment ago: use that one, or ask for another in 42 s",
        "codes_used_up" => "no more codes go to this number or e-mail for now; ask again in 600 s",
        "channel_not_configured" => {
            "SMS is not set up here; choose another way, or ask whoever runs this to set it up"
        }
        // The title of the others says it.
        _ => kind.title,
    }
}
