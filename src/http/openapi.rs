//! The OpenAPI document: made from the types that are read and shown, from the catalogue of
//! refusals and from the workflow. Stories hold every answer against it, and a test every route.
mod accounts;
mod answers;
mod channels;
mod comments;
mod examples;
mod notifications;
mod numbers;
mod operation;
mod operations;
mod parameters;
mod preferences;
mod problems;
mod recovery;
mod registration;
mod schemas;
mod tickets;
mod transitions;
mod users;
mod webhooks;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{self, ServiceConfig};
use serde_json::{Map, Value, json};

use super::at;
use super::problem::Body;
use schemas::Schemas;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/openapi.json", vec![(Method::GET, web::get().to(show))]));
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// `GET /openapi.json`
async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(DOCUMENT.as_str())
}

/// The whole document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let operations = [
        accounts::tell,
        users::tell,
        preferences::tell,
        tickets::tell,
        transitions::tell,
        comments::tell,
        notifications::tell,
        numbers::tell,
        webhooks::tell,
        registration::tell,
        recovery::tell,
        channels::tell,
        operations::tell,
    ];
    let mut paths = Map::new();
    for operation in operations.iter().flat_map(|tell| tell(&mut schemas)) {
        operation.write(&mut paths);
    }
    let parameters = parameters::shared(&mut schemas);
    schemas.shown::<Body>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Deskbell",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "An incident and ticket desk that reaches people on WhatsApp.",
            "description": ABOUT,
            "license": { "name": "MIT or Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": TAGS.map(|(name, about)| json!({ "name": name, "description": about })),
        "paths": paths,
        "components": {
            "schemas": schemas.all(),
            "parameters": parameters,
            "headers": parameters::headers(),
            "examples": problems::examples(),
            "securitySchemes": parameters::security(),
        },
    })
}

const ABOUT: &str = "\
A client files a ticket, an admin opens and assigns it, a developer works it, and whoever is concerned \
hears of each step on their phone.

**Begin**: `POST /api/auth/login`, then `Authorization: Bearer <access_token>`.

**Refusals** are `application/problem+json` (RFC 9457). Programs go by `code`; `detail` tells people how to \
do it right; `errors` names every flaw of a request at once. Where several reasons apply, the answer is the \
first of 401, 404, 403, 412, 422, 409. Beyond what each call lists, an unknown address is 404 `not_found` and \
an unknown method 405 `method_not_allowed`, with `Allow`.

**Saying it again** is safe with an `Idempotency-Key`: the first answer is given again and nothing is done \
twice.

**Two at once**: a ticket carries `version` and its answers an `ETag`; send it as `If-Match`, and nothing is \
done where somebody else was faster.

**Limits**: an account may ask 600 times and change something 60 times a minute, an address without a token \
may ask 60 times; 429 says by `code` whether to wait or that something is used up, and by `Retry-After` how \
long.

**Lists** have `items` and `next_cursor`; a page far down costs what the first one costs.

**Unknown fields** (422) **and unknown parameters** (400) are refused, so that nothing that was meant is \
silently left out. A trailing slash changes nothing, and `/api/v1` is `/api`. Ids are positive 64-bit integers, instants RFC 3339 in \
UTC.";

const TAGS: [(&str, &str); 11] = [
    ("Accounts", "Who one is, and the tokens that say so."),
    ("Codes", "Six digits that prove whose a number or an e-mail is."),
    ("Users", "The accounts, as admins keep them."),
    ("Preferences", "Over which channels people want to be told, of what, and when not."),
    ("Tickets", "What clients file, and what became of it."),
    ("Transitions", "What can be done to a ticket; each has its own rule and its own body."),
    ("Comments", "What people say about a ticket."),
    ("Notifications", "Who was told of what, over which channel, and what became of it."),
    ("Channels", "How each channel to people stands."),
    ("Webhooks", "Where providers report."),
    ("Operation", "For whoever watches over the process."),
];

#[cfg(test)]
mod tests;
