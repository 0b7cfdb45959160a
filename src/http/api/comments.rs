//! `/api/tickets/{id}/comments`: what people say about a ticket.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params, typed};
use super::super::page::{Cursors, PageQuery};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::super::words::{Id, Instant, Word};
use super::id;
use super::if_match::if_match;
use super::shown::PersonShown;
use crate::desk::{Desk, Unread};
use crate::domain::comment::{Comment, CommentId, Remark, Visibility};
use crate::domain::ticket::TicketId;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    let all = vec![(Method::POST, web::post().to(create)), (Method::GET, web::get().to(list))];
    cfg.service(at("/tickets/{id}/comments", all));
    let one = vec![(Method::GET, web::get().to(show))];
    cfg.service(at("/tickets/{id}/comments/{comment_id}", one));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewComment")]
pub(in crate::http) struct RemarkBody {
    /// The lines are kept.
    #[schemars(required, length(min = 1, max = 4_000), regex(pattern = r"\S"))]
    body: Option<String>,
    /// `PUBLIC` unless given.
    #[schemars(with = "Option<Word<Visibility>>")]
    visibility: Option<String>,
}

/// A comment.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Comment")]
pub(in crate::http) struct CommentShown {
    #[schemars(with = "Id")]
    id: i64,
    #[schemars(with = "Id")]
    ticket_id: i64,
    author: PersonShown,
    visibility: Word<Visibility>,
    body: String,
    created_at: Instant,
}

impl From<Comment> for CommentShown {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id.0,
            ticket_id: comment.ticket.0,
            author: comment.author.into(),
            visibility: Word(comment.visibility),
            body: comment.body,
            created_at: Instant(comment.created_at),
        }
    }
}

/// `POST /api/tickets/{id}/comments`
async fn create(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<RemarkBody>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let if_version = if_match(request.headers());
    let Json { value, raw } = body;
    let remark = value.map(|RemarkBody { body, visibility }| Remark { body, visibility });
    let remark = remark.map_err(|flaws| {
        let visibility = typed(&raw, "visibility").and_then(|it| it.as_str().map(str::to_owned));
        Unread { flaws, rest: Remark { body: None, visibility } }
    });
    let show = move |comment: &Comment| {
        let place = format!("/api/tickets/{}/comments/{}", ticket.0, comment.id.0);
        let shown = CommentShown::from(comment.clone());
        Reply::json(StatusCode::CREATED, &shown).with("Location", place)
    };
    answer(&desk, &request, by.0, &raw, show, async |once| {
        desk.comment(ticket, remark, if_version, by.0, once).await
    })
    .await
}

/// `GET /api/tickets/{id}/comments`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    path: Path<String>,
    query: Params<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let name = format!("comments of {}", ticket.0);
    let find = async |before, most| desk.comments(ticket, before, most, by.0).await;
    let place = |comment: &Comment| comment.id.0;
    cursors.answer(&name, query.0.asked(), find, place, CommentShown::from).await
}

/// `GET /api/tickets/{id}/comments/{comment_id}`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<(String, String)>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path.0, "ticket")?);
    let comment = CommentId(id(&path.1, "comment")?);
    let found = desk.one_comment(ticket, comment, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &CommentShown::from(found)).respond())
}
