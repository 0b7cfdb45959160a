//! What Twilio tells of the account: whether it may send, what money is left, and which senders its
//! Messaging Service has.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::json;

use super::super::world::World;
use super::door::admit;
use super::refusal::Refusal;
use super::shape::As;

/// `GET /2010-04-01/Accounts/{account}.json`
pub async fn show(world: Data<World>, account: Path<String>, request: HttpRequest) -> HttpResponse {
    let sid = account.trim_end_matches(".json").to_owned();
    if let Err(refusal) = admit(&world, &sid, &request) {
        return As::Json.refusal(&refusal);
    }
    let rules = world.memory().rules.clone();
    HttpResponse::Ok().json(json!({
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "Simulated account",
        "status": rules.twilio_status,
        "type": if rules.twilio_trial { "Trial" } else { "Full" },
        "uri": format!("/2010-04-01/Accounts/{sid}.json"),
    }))
}

/// `GET /2010-04-01/Accounts/{account}/Balance.json`
pub async fn balance(
    world: Data<World>,
    account: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    if let Err(refusal) = admit(&world, &account, &request) {
        return As::Json.refusal(&refusal);
    }
    let balance = world.memory().rules.twilio_balance.clone();
    let sid = account.into_inner();
    HttpResponse::Ok().json(json!({ "account_sid": sid, "balance": balance, "currency": "USD" }))
}

/// `GET /2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json?PhoneNumber=…`: the account's one
/// number, whatever is asked for.
pub async fn numbers(
    world: Data<World>,
    account: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    if let Err(refusal) = admit(&world, &account, &request) {
        return As::Json.refusal(&refusal);
    }
    let own = world.settings.twilio.number.clone();
    let capabilities = json!({ "sms": true, "mms": false, "voice": true, "fax": false });
    let number = json!({ "phone_number": own, "capabilities": capabilities });
    HttpResponse::Ok().json(json!({ "incoming_phone_numbers": [number] }))
}

/// `GET /v1/Services/{service}/PhoneNumbers`, which is at `messaging.twilio.com` outside.
pub async fn senders(
    world: Data<World>,
    service: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let settings = &world.settings.twilio;
    if let Err(refusal) = admit(&world, &settings.account_sid, &request) {
        return As::Json.refusal(&refusal);
    }
    if *service != settings.messaging_service_sid {
        let path = format!("/Services/{service}");
        return As::Json.refusal(&Refusal::nowhere(&path));
    }
    let has_senders = world.memory().rules.twilio_service_has_senders;
    let own = json!({ "phone_number": settings.number, "capabilities": ["SMS"] });
    let senders: Vec<_> = has_senders.then_some(own).into_iter().collect();
    HttpResponse::Ok().json(json!({ "phone_numbers": senders }))
}
