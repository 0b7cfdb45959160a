//! The routes that Meta's Graph API has, answered as Meta answers them.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path, Query},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer, gate,
    refusal::Refusal,
    request::{self, Request},
    world::World,
};

/// `POST /{version}/{phone number id}/messages`
pub(super) async fn send(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &path.1, &request)?;
    let draft = match request::read(&body, &world.business_digits)? {
        Request::MarkRead => return Ok(HttpResponse::Ok().json(json!({ "success": true }))),
        Request::Message(draft) => draft,
    };
    let fault = world.memory().faults.befall(draft.to.as_str());
    if let Some(answer) = answer::refused(&world, fault.as_ref()).await? {
        return Ok(answer);
    }
    let input = draft.input.clone();
    let message = world.accept(draft, &body, fault.as_ref());
    Ok(answer::accepted(&world, fault.as_ref(), &message, &input).await)
}

/// What a business may ask of its number.
#[derive(Deserialize)]
pub(super) struct Fields {
    fields: Option<String>,
}

/// `GET /{version}/{phone number id}?fields=…`
pub(super) async fn number(
    world: Data<World>,
    path: Path<(String, String)>,
    Query(asked): Query<Fields>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &path.1, &request)?;
    if world.memory().faults.token_is_void() {
        return Err(Refusal::expired_token());
    }
    let known = json!({
        "id": world.settings.phone_number_id,
        "display_phone_number": world.settings.display_number,
        "verified_name": "Simulated business",
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "account_mode": "SANDBOX",
        "throughput": { "level": "STANDARD" },
        "whatsapp_business_manager_messaging_limit": "TIER_250",
    });
    let asked = asked.fields.unwrap_or_else(|| {
        "verified_name,code_verification_status,display_phone_number,quality_rating".into()
    });
    let mut told = Map::new();
    for field in asked.split(',').map(str::trim).chain(["id"]).filter(|field| !field.is_empty()) {
        let Some(value) = known.get(field) else {
            return Err(Refusal::invalid("Tried accessing a nonexisting field."));
        };
        told.insert(field.to_owned(), value.clone());
    }
    Ok(HttpResponse::Ok().json(Value::Object(told)))
}

/// Lets in who carries the token that Meta would have issued for this number.
fn admit(world: &World, number_id: &str, request: &HttpRequest) -> Result<(), Refusal> {
    let token = world.settings.access_token.expose_secret();
    if !gate::bearer(request).is_some_and(|given| gate::same(given, token)) {
        return Err(Refusal::no_token());
    }
    if number_id != world.settings.phone_number_id {
        return Err(Refusal::no_such_object(number_id));
    }
    Ok(())
}
