//! Comments on a ticket.
use serde_json::{Value, json};

use super::super::api::comments::{CommentShown, RemarkBody};
use super::super::page::Listed;
use super::super::problem::{BAD_CURSOR, INVALID};
use super::examples;
use super::operation::{About, Operation};
use super::parameters::page;
use super::schemas::Schemas;

const COMMENTS: About = About("Comments");

/// Every call about them.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![create(schemas), list(schemas), show(schemas)]
}

fn create(schemas: &mut Schemas) -> Operation {
    let body = json!({ "body": "The certificate has run out.", "visibility": "PUBLIC" });
    COMMENTS
        .post("/api/tickets/{id}/comments", "createComment", "Comment on a ticket")
        .about("In every state. Its client and its developer hear of a public comment, the admins while nobody is assigned; no client sees or writes an `INTERNAL` one.")
        .only()
        .keyed()
        .of_a_version()
        .takes::<RemarkBody>(schemas, body)
        .answers::<CommentShown>(schemas, 201, "The comment.", comment())
        .with(&["Location"])
}

fn list(schemas: &mut Schemas) -> Operation {
    let example = examples::page(&comment());
    COMMENTS
        .get("/api/tickets/{id}/comments", "listComments", "Read the comments on a ticket")
        .about("Newest first, as far as the caller may read them.")
        .parameters(page())
        .answers::<Listed<CommentShown>>(schemas, 200, "A page.", example)
        .refuses(&[&INVALID, &BAD_CURSOR])
}

fn show(schemas: &mut Schemas) -> Operation {
    COMMENTS
        .get("/api/tickets/{id}/comments/{comment_id}", "getComment", "Read one comment")
        .parameter(json!({ "$ref": "#/components/parameters/CommentId" }))
        .answers::<CommentShown>(schemas, 200, "The comment.", comment())
}

fn comment() -> Value {
    json!({
        "id": 1, "ticket_id": 1, "author": { "id": 2, "full_name": "Dan Developer" },
        "visibility": "PUBLIC", "body": "The certificate has run out.",
        "created_at": "2026-01-31T10:05:00.000Z",
    })
}
