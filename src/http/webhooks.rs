//! The doors of the providers: what they send is checked over its raw bytes and stored, then
//! acknowledged.
use actix_web::http::Method;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::at;
use super::body::{Params, collect};
use super::problem::{BAD_SIGNATURE, BAD_VERIFY_TOKEN, NO_APP_SECRET, Problem};
use crate::desk::{Desk, Received};
use crate::ports::channel::Posted;

/// Meta batches up to 1,000 updates in 3 MB.
const LONGEST_WEBHOOK: usize = 4 * 1024 * 1024;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/webhook/whatsapp",
        vec![(Method::GET, web::get().to(subscribe)), (Method::POST, web::post().to(receive))],
    ));
    cfg.service(at("/webhook/twilio", vec![(Method::POST, web::post().to(receive_twilio))]));
}

#[derive(Deserialize)]
struct Subscription {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// `GET /webhook/whatsapp`: Meta asks whether this address is ours.
async fn subscribe(
    desk: Data<Desk>,
    asked: Result<Params<Subscription>, Problem>,
) -> Result<HttpResponse, Problem> {
    let refused =
        || Problem::new(&BAD_VERIFY_TOKEN, "`hub.verify_token` must be WHATSAPP_VERIFY_TOKEN");
    let Params(asked) = asked.map_err(|_| refused())?;
    let knows = asked.verify_token.is_some_and(|token| desk.knows_verify_token(&token));
    match asked.challenge {
        Some(challenge) if knows && asked.mode.as_deref() == Some("subscribe") => {
            Ok(HttpResponse::Ok().insert_header(ContentType::plaintext()).body(challenge))
        }
        _ => Err(refused()),
    }
}

/// `POST /webhook/whatsapp`: stored before the 200, read by a task.
async fn receive(
    desk: Data<Desk>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = collect(payload.into_inner(), LONGEST_WEBHOOK).await?;
    let signature = header(&request, "x-hub-signature-256");
    let posted = Posted { body: &body, signature, ..Posted::default() };
    match desk.receive_webhook("meta", posted).await? {
        Received::Stored => Ok(HttpResponse::Ok().finish()),
        Received::Forged => {
            Err(Problem::new(&BAD_SIGNATURE, "`X-Hub-Signature-256` is not ours over this body"))
        }
        Received::NoSecret => Err(Problem::new(&NO_APP_SECRET, "META_APP_SECRET is not set")),
    }
}

/// `POST /webhook/twilio`: the same for what became of messages over Twilio, and what people wrote.
async fn receive_twilio(
    desk: Data<Desk>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = collect(payload.into_inner(), LONGEST_WEBHOOK).await?;
    let posted = Posted {
        query: request.query_string(),
        body: &body,
        signature: header(&request, "x-twilio-signature"),
        settings: header(&request, "x-twilio-webhooks-signature-settings"),
    };
    match desk.receive_webhook("twilio", posted).await? {
        Received::Stored => Ok(HttpResponse::Ok().finish()),
        Received::Forged => {
            let say = "`X-Twilio-Signature` is not ours over this address below PUBLIC_URL and these fields";
            Err(Problem::new(&BAD_SIGNATURE, say))
        }
        Received::NoSecret => {
            let say = "Twilio is not set up here, or PUBLIC_URL is not";
            Err(Problem::new(&NO_APP_SECRET, say))
        }
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
