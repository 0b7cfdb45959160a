//! `/api/webhooks`: what providers sent us, for admins.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::page::{Asked, Cursors};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use super::super::words::{Id, Instant, Word};
use super::id;
use super::shown::maybe;
use crate::desk::Desk;
use crate::domain::filter::AnyOf;
use crate::domain::text::{FieldError, Flaws, line};
use crate::domain::ticket::word;
use crate::domain::webhook::{State, WebhookFilter, WebhookId};
use crate::store::webhook_log::KeptWebhook;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/webhooks", vec![(Method::GET, web::get().to(list))]));
    cfg.service(at("/webhooks/{id}", vec![(Method::GET, web::get().to(show))]));
    cfg.service(at("/webhooks/{id}/replay", vec![(Method::POST, web::post().to(replay))]));
}

/// A webhook that a provider sent us.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Webhook")]
pub(in crate::http) struct WebhookShown {
    #[schemars(with = "Id")]
    id: i64,
    provider: String,
    state: Word<State>,
    /// What there is to say about it.
    note: Option<String>,
    /// How often it was read.
    tries: i64,
    received_at: Instant,
    /// When it was read last.
    processed_at: Option<Instant>,
    /// The length of its body in bytes.
    size: i64,
    /// Its body as it came; the list shows the first 4,096 bytes of it. What is no text stands there
    /// as replacement characters. After somebody was erased of whom it speaks it is `{}`.
    raw: String,
}

impl From<KeptWebhook> for WebhookShown {
    fn from(kept: KeptWebhook) -> Self {
        Self {
            id: kept.id.0,
            provider: kept.provider,
            state: Word(kept.state),
            note: kept.note,
            tries: kept.tries,
            received_at: Instant(kept.received_at),
            processed_at: maybe(kept.processed_at),
            size: kept.size,
            raw: String::from_utf8_lossy(&kept.raw).into_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookQuery {
    limit: Option<String>,
    cursor: Option<String>,
    state: Option<String>,
    provider: Option<String>,
}

impl WebhookQuery {
    fn filter(&self) -> Result<WebhookFilter, Vec<FieldError>> {
        let mut flaws = Flaws::default();
        let filter = WebhookFilter {
            state: AnyOf::read(&mut flaws, "state", self.state.as_deref(), |raw| {
                word("state", raw, &State::ALL.map(State::as_str))
            }),
            provider: AnyOf::read(&mut flaws, "provider", self.provider.as_deref(), |raw| {
                line("provider", raw, 40)
            }),
        };
        flaws.check()?;
        Ok(filter)
    }
}

/// `GET /api/webhooks`
async fn list(
    desk: Data<Desk>,
    cursors: Data<Cursors>,
    by: By,
    query: Params<WebhookQuery>,
) -> Result<HttpResponse, Problem> {
    let Params(query) = query;
    desk.may_read_log(by.0)?;
    let filter = query.filter().map_err(Problem::of_query)?;
    let list = format!("webhooks {filter:?}");
    let asked = Asked { limit: query.limit.as_deref(), cursor: query.cursor.as_deref() };
    let find = async |before, most| desk.webhooks(&filter, before, most, by.0).await;
    cursors.answer(&list, asked, find, |kept| kept.id.0, WebhookShown::from).await
}

/// `GET /api/webhooks/{id}`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let asked = WebhookId(id(&path, "webhook")?);
    let kept = desk.webhook(asked, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &WebhookShown::from(kept)).respond())
}

/// `POST /api/webhooks/{id}/replay`
async fn replay(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<Nothing>,
) -> Result<HttpResponse, Problem> {
    let asked = WebhookId(id(&path, "webhook")?);
    let nothing = body.value.map(drop);
    let show =
        |kept: &KeptWebhook| Reply::json(StatusCode::ACCEPTED, &WebhookShown::from(kept.clone()));
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.replay_webhook(asked, nothing, by.0, once).await
    })
    .await
}
