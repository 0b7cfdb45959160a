//! The answer to a message, and what a fault makes of it.

use std::{borrow::Cow, future::ready, time::Duration};

use actix_web::{
    HttpResponse,
    body::SizedStream,
    http::{StatusCode, header::ContentType},
    web::Bytes,
};
use futures::{StreamExt, stream};
use serde::Serialize;

use super::{
    catalogue, faults::Fault, kind::Kind, message::Message, refusal::Refusal, world::World,
};

/// The answer to a message that this fault keeps from being accepted.
pub(super) async fn refused(
    world: &World,
    fault: Option<&Fault>,
) -> Result<Option<HttpResponse>, Refusal> {
    let Some(fault) = fault else { return Ok(None) };
    match fault.kind {
        Kind::TokenExpired => Err(Refusal::expired_token()),
        Kind::RateLimited => Err(Refusal::of(400, 130429)),
        Kind::PairRateLimited => Err(Refusal::of(400, 131056)),
        Kind::Unavailable => Err(Refusal::unavailable()),
        Kind::Error => {
            let code = fault.code.unwrap_or(131000);
            let usual = catalogue::http_status(code);
            Err(Refusal::of(fault.http_status.unwrap_or(usual), code))
        }
        _ => Ok(broken(world, fault).await),
    }
}

/// The answer of a line that breaks before anything is accepted; it is the same with everybody.
pub(super) async fn broken(world: &World, fault: &Fault) -> Option<HttpResponse> {
    match fault.kind {
        Kind::Html => Some(page(StatusCode::BAD_GATEWAY)),
        Kind::Hang => {
            world.hang().await;
            Some(page(StatusCode::SERVICE_UNAVAILABLE))
        }
        Kind::Slow => {
            tokio::time::sleep(Duration::from_millis(fault.ms.unwrap_or(3_000))).await;
            None
        }
        _ => None,
    }
}

/// What becomes of a good answer on a line that breaks afterwards.
pub(super) async fn spoilt(
    world: &World,
    fault: Option<&Fault>,
    answer: HttpResponse,
) -> HttpResponse {
    match fault.map(|fault| fault.kind) {
        Some(Kind::AcceptThenHang) => {
            world.hang().await;
            page(StatusCode::SERVICE_UNAVAILABLE)
        }
        Some(Kind::Garbled) => HttpResponse::build(answer.status())
            .content_type(ContentType::json())
            .body(r#"{"messaging_product":"wh"#),
        Some(Kind::Cut) => cut(answer.status()),
        _ => answer,
    }
}

/// The answer to a message that was accepted.
pub(super) async fn accepted(
    world: &World,
    fault: Option<&Fault>,
    message: &Message,
    input: &str,
) -> HttpResponse {
    let is_held = fault.is_some_and(|fault| fault.kind == Kind::Held);
    let answer = HttpResponse::Ok().json(Accepted::of(message, input, is_held));
    if let Some(fault) = fault.filter(|fault| fault.kind == Kind::Early) {
        // By then the courier has posted what is due at once.
        tokio::time::sleep(Duration::from_millis(fault.ms.unwrap_or(500))).await;
    }
    spoilt(world, fault, answer).await
}

/// What a proxy in front of a provider says.
fn page(status: StatusCode) -> HttpResponse {
    let page = format!("<html><body><h1>{status}</h1></body></html>");
    HttpResponse::build(status).content_type(ContentType::html()).body(page)
}

/// Promises more than it sends; the server drops a connection whose body breaks. The wait lets
/// what was sent go out first.
fn cut(status: StatusCode) -> HttpResponse {
    let start = Bytes::from_static(br#"{"messaging_product":"whatsapp","#);
    let end = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::other("cut by a fault"))
    };
    let body = stream::once(ready(Ok(start))).chain(stream::once(end));
    let body = SizedStream::new(400, Box::pin(body));
    HttpResponse::build(status).content_type(ContentType::json()).body(body)
}

#[derive(Serialize)]
struct Accepted<'a> {
    messaging_product: &'a str,
    contacts: [Contact<'a>; 1],
    messages: [Named<'a>; 1],
}

#[derive(Serialize)]
struct Contact<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_status: Option<&'a str>,
}

impl<'a> Accepted<'a> {
    fn of(message: &'a Message, input: &'a str, is_held: bool) -> Self {
        let wa_id = message.to.whatsapp_id();
        let user_id = wa_id.is_none().then_some(message.to.as_str());
        // Meta tells it for templates only.
        let message_status = match message.kind {
            _ if is_held => Some("held_for_quality_assessment"),
            "template" => Some("accepted"),
            _ => None,
        };
        Self {
            messaging_product: "whatsapp",
            contacts: [Contact { input, wa_id, user_id }],
            messages: [Named { id: &message.id, message_status }],
        }
    }
}
