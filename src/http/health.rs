//! Signs of life, for whoever watches over the process.
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{self, Data, ServiceConfig};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Stopping, at};
use crate::desk::Desk;

/// A database that takes longer than this to say anything is away.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/healthz", vec![(Method::GET, web::get().to(alive))]));
    cfg.service(at("/readyz", vec![(Method::GET, web::get().to(ready))]));
}

/// That it lives.
#[derive(JsonSchema, Serialize)]
pub(super) struct Alive {
    #[schemars(extend("enum" = ["ok"]))]
    status: &'static str,
}

/// Whether it can work, and which part of it cannot.
#[derive(JsonSchema, Serialize)]
pub(super) struct Ready {
    #[schemars(extend("enum" = ["ok", "unavailable"]))]
    status: &'static str,
    parts: Parts,
}

#[derive(JsonSchema, Serialize)]
struct Parts {
    #[schemars(extend("enum" = ["ok", "away"]))]
    database: &'static str,
    #[schemars(extend("enum" = ["ok", "away"]))]
    queue: &'static str,
    #[schemars(extend("enum" = ["ok", "stopping"]))]
    program: &'static str,
}

/// `GET /healthz`: the process lives.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(Alive { status: "ok" })
}

/// `GET /readyz`: it can do its work, or which part cannot.
async fn ready(desk: Data<Desk>, stopping: Data<Stopping>) -> HttpResponse {
    let database = tokio::time::timeout(PATIENCE, desk.store().ping()).await;
    let database = if matches!(database, Ok(Ok(()))) { "ok" } else { "away" };
    let queue = if database == "ok" && desk.store().has_queue().await { "ok" } else { "away" };
    let program = if stopping.begun() { "stopping" } else { "ok" };
    let parts = Parts { database, queue, program };
    if [database, queue, program] == ["ok"; 3] {
        return HttpResponse::Ok().json(Ready { status: "ok", parts });
    }
    HttpResponse::ServiceUnavailable()
        .insert_header((RETRY_AFTER, 2))
        .json(Ready { status: "unavailable", parts })
}
