//! `PATCH` and `DELETE /api/tickets/{id}`.
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::words::Word;
use super::id;
use super::if_match::if_match;
use super::tickets::ticket_reply;
use crate::desk::Desk;
use crate::domain::edit::{Edit, Typed};
use crate::domain::ticket::{Category, Priority, TicketId};

/// What is not given stays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TicketEdit")]
pub(in crate::http) struct EditBody {
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String", length(min = 1, max = 200), regex(pattern = r"\S"))]
    title: Typed,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String", length(min = 1, max = 10_000), regex(pattern = r"\S"))]
    description: Typed,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Word<Priority>")]
    priority: Typed,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Word<Category>")]
    category: Typed,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String", length(min = 1, max = 100), regex(pattern = r"\S"))]
    project_name: Typed,
}

/// A field that is there, be it `null`.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Typed, D::Error> {
    Option::deserialize(from).map(Some)
}

impl From<EditBody> for Edit {
    fn from(body: EditBody) -> Self {
        Self {
            title: body.title,
            description: body.description,
            priority: body.priority,
            category: body.category,
            project_name: body.project_name,
        }
    }
}

/// `PATCH /api/tickets/{id}`
pub(super) async fn edit(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<EditBody>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    let edit = body.value.map(Edit::from);
    let after = desk.edit_ticket(ticket, edit, if_match(request.headers()), by.0).await?;
    Ok(ticket_reply(StatusCode::OK, by.0, &after).respond())
}

/// `DELETE /api/tickets/{id}`
pub(super) async fn delete(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let ticket = TicketId(id(&path, "ticket")?);
    desk.delete_ticket(ticket, if_match(request.headers()), by.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
