//! The routes of Meta's Graph API by which a business asks about itself: token, number, account and
//! app.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{account, gate, refusal::Refusal, world::World};

/// Meta's id of the app that the token was made for.
const APP_ID: &str = "100000000000003";
/// What Meta tells of a number when nobody says what they want to know.
const USUAL: &str = "verified_name,code_verification_status,display_phone_number,quality_rating";

/// What a business may ask of an object.
#[derive(Deserialize)]
pub(super) struct Fields {
    fields: Option<String>,
}

/// Whose token is to be looked at.
#[derive(Deserialize)]
pub(super) struct Looked {
    input_token: Option<String>,
}

/// `GET /{version}/debug_token?input_token=…`
pub(super) async fn debug_token(
    world: Data<World>,
    Query(asked): Query<Looked>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    let as_app = is_app(&world, &request)?;
    if !as_app {
        admit(&world, &request)?;
    }
    let looked_at = asked.input_token.unwrap_or_default();
    if !gate::same(&looked_at, world.settings.access_token.expose_secret()) {
        let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
        let told = json!({ "data": { "error": error, "is_valid": false, "scopes": [] } });
        return Ok(HttpResponse::Ok().json(told));
    }
    let account = &world.settings.business_account_id;
    let mut told = world.memory().standing.token(APP_ID, account);
    if has_ended(&world) {
        told["is_valid"] = json!(false);
        told["error"] = json!({ "code": 190, "message": "Error validating access token: Session \
            has expired.", "subcode": 463 });
    }
    Ok(HttpResponse::Ok().json(json!({ "data": told })))
}

/// `GET /{version}/{id}?fields=…`: the number, or the account.
pub(super) async fn object(
    world: Data<World>,
    path: Path<(String, String)>,
    Query(asked): Query<Fields>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    if let Some(template) = account::by_id(&world, &path.1, asked.fields.as_deref()) {
        return Ok(template);
    }
    let (id, settings) = (&path.1, &world.settings);
    let standing = world.memory().standing.clone();
    let known = if *id == settings.phone_number_id {
        standing.number(id, &settings.display_number)
    } else if *id == settings.business_account_id {
        standing.may_manage()?;
        standing.account(id)
    } else {
        return Err(Refusal::no_such_object(id));
    };
    let asked = asked.fields.unwrap_or_else(|| match *id == settings.phone_number_id {
        true => USUAL.to_owned(),
        false => "name".to_owned(),
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

/// `GET /{version}/{account id}/phone_numbers`
pub(super) async fn numbers(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    let told = world.memory().standing.numbers(&world.settings.phone_number_id);
    Ok(HttpResponse::Ok().json(told))
}

/// `GET /{version}/{account id}/subscribed_apps`
pub(super) async fn apps(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    Ok(HttpResponse::Ok().json(world.memory().standing.apps(APP_ID)))
}

/// `POST /{version}/{account id}/subscribed_apps`
pub(super) async fn subscribe(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    world.memory().standing.subscribed = true;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// `DELETE /{version}/{account id}/subscribed_apps`
pub(super) async fn unsubscribe(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    world.memory().standing.subscribed = false;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// `GET /{version}/{app id}/subscriptions`, which only the app itself may ask.
pub(super) async fn subscriptions(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    if !is_app(&world, &request)? {
        return Err(Refusal::of(400, 15));
    }
    if path.1 != APP_ID {
        return Err(Refusal::no_such_object(&path.1));
    }
    let posted_to = world.settings.webhook_url.as_deref();
    Ok(HttpResponse::Ok().json(world.memory().standing.subscriptions(posted_to)))
}

/// Lets in who carries the token that Meta would have issued, while it is good.
pub(super) fn admit(world: &World, request: &HttpRequest) -> Result<(), Refusal> {
    let token = world.settings.access_token.expose_secret();
    if !gate::bearer(request).is_some_and(|given| gate::same(given, token)) {
        return Err(Refusal::no_token());
    }
    if has_ended(world) { Err(Refusal::expired_token()) } else { Ok(()) }
}

fn has_ended(world: &World) -> bool {
    let memory = world.memory();
    memory.faults.token_is_void() || memory.standing.has_ended((world.settings.now)())
}

/// Lets in who may manage this account.
pub(super) fn manage(world: &World, id: &str, request: &HttpRequest) -> Result<(), Refusal> {
    admit(world, request)?;
    if id != world.settings.business_account_id {
        return Err(Refusal::no_such_object(id));
    }
    world.memory().standing.may_manage()
}

/// Whether an app asks in its own name, by its id and its secret.
fn is_app(world: &World, request: &HttpRequest) -> Result<bool, Refusal> {
    let Some((app, secret)) = gate::bearer(request).and_then(|given| given.split_once('|')) else {
        return Ok(false);
    };
    let known = app == APP_ID && gate::same(secret, world.settings.app_secret.expose_secret());
    if known { Ok(true) } else { Err(Refusal::no_token()) }
}
