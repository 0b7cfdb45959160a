//! The simulator's own JSON API, for tests and for those who like curl better than pages.

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    web::{Bytes, Data, Json, Path, Query},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    address::Address, faults::Fault, gate::Visitor, kind::KINDS, message::Message, phones::Bubble,
    provider::Provider, said::Content, twilio::text::Text, world::World,
};

/// What cannot be done as it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unfit(pub(super) String);

impl ResponseError for Unfit {
    fn status_code(&self) -> StatusCode {
        StatusCode::UNPROCESSABLE_ENTITY
    }

    fn error_response(&self) -> HttpResponse {
        let allowed: Vec<_> = KINDS.iter().map(|row| row.1).collect();
        let told = json!({ "error": self.0, "allowed_kinds": allowed });
        HttpResponse::build(self.status_code()).json(told)
    }
}

/// `GET /simulator/api/phones`
pub(super) async fn phones(_: Visitor, world: Data<World>) -> HttpResponse {
    let phones = world.memory().phones.newest_first();
    let items: Vec<_> = phones
        .iter()
        .map(|phone| {
            json!({ "number": phone.number(), "messages": phone.messages, "unread": phone.unread })
        })
        .collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// `GET /simulator/api/phones/{number}/messages`
pub(super) async fn messages(
    _: Visitor,
    world: Data<World>,
    number: Path<String>,
) -> Result<HttpResponse, Unfit> {
    let chat = world.memory().phones.chat(&address(&number)?);
    let items: Vec<_> = chat.iter().filter_map(Shown::of).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    channel: &'a str,
    provider: &'a str,
    to: &'a str,
    r#type: &'a str,
    body: String,
    callback_data: Option<&'a str>,
    status: &'a str,
    at: DateTime<Utc>,
    raw: Value,
}

impl<'a> From<&'a Message> for Shown<'a> {
    fn from(message: &'a Message) -> Self {
        let raw = message.request();
        Self {
            id: &message.id,
            channel: "WHATSAPP",
            provider: Provider::Meta.name(),
            to: message.to.as_str(),
            r#type: message.kind,
            body: message.text(),
            callback_data: message.callback_data.as_deref(),
            status: message.progress().word(),
            at: message.at,
            raw,
        }
    }
}

impl<'a> From<&'a Text> for Shown<'a> {
    fn from(text: &'a Text) -> Self {
        let is_sms = text.provider == Provider::TwilioSms;
        Self {
            id: &text.sid,
            channel: if is_sms { "SMS" } else { "WHATSAPP" },
            provider: text.provider.name(),
            to: text.to.as_str(),
            r#type: "text",
            body: text.body.clone(),
            callback_data: None,
            status: text.state().status.word(),
            at: text.at,
            raw: text.form.iter().map(|(name, value)| (name.clone(), json!(value))).collect(),
        }
    }
}

impl<'a> Shown<'a> {
    /// What the business wrote, over whichever channel.
    fn of(bubble: &'a Bubble) -> Option<Self> {
        match bubble {
            Bubble::Received(message) => Some(Self::from(&**message)),
            Bubble::Texted(text) => Some(Self::from(&**text)),
            Bubble::Said(_) => None,
        }
    }
}

/// Where a page of the ledger starts.
#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    from: u64,
}

/// `GET /simulator/api/messages?from=K`
pub(super) async fn ledger(
    _: Visitor,
    world: Data<World>,
    Query(asked): Query<Start>,
) -> HttpResponse {
    let (page, next) = world.memory().ledger.page(asked.from);
    let items: Vec<_> = page
        .iter()
        .map(|(seq, message)| {
            let (to, body) = (message.to.as_str(), message.text());
            let (callback_data, at) = (&message.callback_data, message.at);
            json!({ "seq": seq, "id": message.id, "to": to, "callback_data": callback_data,
                "body": body, "at": at })
        })
        .collect();
    HttpResponse::Ok().json(json!({ "items": items, "next": next }))
}

/// `DELETE /simulator/api/messages`
pub(super) async fn clear(_: Visitor, world: Data<World>) -> HttpResponse {
    let mut memory = world.memory();
    memory.phones.clear();
    memory.ledger.clear();
    memory.texts.clear();
    memory.mailboxes.clear();
    memory.limits.clear();
    HttpResponse::NoContent().finish()
}

/// `POST /simulator/api/phones/{number}/read`
pub(super) async fn read(
    _: Visitor,
    world: Data<World>,
    number: Path<String>,
) -> Result<HttpResponse, Unfit> {
    let address = address(&number)?;
    let read = world.read(&address) + world.read_texts(&address);
    Ok(HttpResponse::Ok().json(json!({ "read": read })))
}

/// What a person writes, to whom, and how; the rest of the object is what they say.
#[derive(Deserialize)]
pub(super) struct Reply {
    quote: Option<String>,
    /// To whom they write: `meta`, or one of Twilio's.
    #[serde(default)]
    provider: Provider,
    /// Whether Meta tells their business-scoped id only.
    #[serde(default)]
    hide_number: bool,
    #[serde(flatten)]
    said: Map<String, Value>,
}

/// `POST /simulator/api/phones/{number}/replies`
pub(super) async fn reply(
    _: Visitor,
    world: Data<World>,
    number: Path<String>,
    Json(reply): Json<Reply>,
) -> Result<HttpResponse, Unfit> {
    let from = address(&number)?;
    let content = Content::read(&reply.said, &mut world.memory().media).map_err(Unfit)?;
    let id = match reply.provider {
        Provider::Meta => world.reply(from, content, reply.quote, reply.hide_number).id.clone(),
        by @ (Provider::TwilioSms | Provider::TwilioWhatsapp) => {
            world.write_to_twilio(from, by, content.shown())
        }
        _ => return Err(Unfit("a phone writes to meta, twilio_sms or twilio_whatsapp".into())),
    };
    Ok(HttpResponse::Ok().json(json!({ "id": id })))
}

/// `GET /simulator/api/faults`
pub(super) async fn faults(_: Visitor, world: Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "faults": world.memory().faults.all() }))
}

#[derive(Deserialize)]
struct Wanted {
    faults: Vec<Fault>,
}

/// `PUT /simulator/api/faults`
pub(super) async fn set_faults(
    _: Visitor,
    world: Data<World>,
    body: Bytes,
) -> Result<HttpResponse, Unfit> {
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| Unfit(error.to_string()))?;
    let faults: Vec<_> =
        wanted.faults.into_iter().map(Fault::checked).collect::<Result<_, _>>().map_err(Unfit)?;
    let answer = HttpResponse::Ok().json(json!({ "faults": faults }));
    world.memory().faults.replace(faults);
    Ok(answer)
}

/// The address in a path.
pub(super) fn address(number: &str) -> Result<Address, Unfit> {
    Address::named(number)
        .ok_or_else(|| Unfit("the phone is a number with its country code".into()))
}

/// What a person writes, which is never nothing.
pub(super) fn words(text: String) -> Result<String, Unfit> {
    if text.trim().is_empty() {
        return Err(Unfit("text says something".into()));
    }
    Ok(text)
}
