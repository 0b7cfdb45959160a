//! `/api/v1/external`: codes that other systems made, and what became of them; for admins.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use crate::desk::{Desk, GivenCode, GivenSent, MOCK_CODE};
use crate::domain::medium::Medium;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/external/sms/otp", vec![(Method::POST, web::post().to(by_sms))]));
    cfg.service(at("/external/whatsapp/otp", vec![(Method::POST, web::post().to(by_whatsapp))]));
    let sms = vec![(Method::GET, web::get().to(sms_status))];
    cfg.service(at("/external/sms/otp/{message_id}", sms));
    let whatsapp = vec![(Method::GET, web::get().to(whatsapp_status))];
    cfg.service(at("/external/whatsapp/otp/{message_id}", whatsapp));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct GivenCodeBody {
    /// With its country code.
    #[schemars(required)]
    to_phone: Option<String>,
    /// 4 to 8 digits.
    #[schemars(required)]
    otp: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenCodeQuery {
    to_phone: Option<String>,
    otp: Option<String>,
}

/// What became of a code that another system made.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ExternalCode")]
pub(in crate::http) struct GivenShown {
    #[schemars(extend("const" = true))]
    success: bool,
    data: GivenData,
    message: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ExternalCodeData")]
struct GivenData {
    provider: String,
    /// Asks for its status.
    message_id: String,
    #[schemars(extend("enum" = ["queued", "sent", "delivered", "read", "failed", "unconfirmed"]))]
    status: &'static str,
    to: String,
    /// The words, without the code.
    message: String,
    /// Nothing has left.
    mock: bool,
    /// The code of the mock.
    #[serde(skip_serializing_if = "Option::is_none")]
    otp_sent: Option<&'static str>,
    /// What to do about it, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn shown(sent: &GivenSent, message: &'static str) -> GivenShown {
    let data = GivenData {
        provider: sent.provider.clone(),
        message_id: sent.message_id.clone(),
        status: sent.status,
        to: sent.to.clone(),
        message: sent.message.clone(),
        mock: sent.mock,
        otp_sent: sent.mock.then_some(MOCK_CODE),
        hint: sent.hint.clone(),
    };
    GivenShown { success: true, data, message }
}

fn reply(sent: &GivenSent) -> Reply {
    match sent.status {
        "queued" | "unconfirmed" => {
            let queued = GivenSent { status: "queued", hint: None, ..sent.clone() };
            Reply::json(StatusCode::ACCEPTED, &shown(&queued, "OTP is on its way"))
        }
        _ => {
            let sent = GivenSent { status: "sent", hint: None, ..sent.clone() };
            Reply::json(StatusCode::OK, &shown(&sent, "OTP sent successfully"))
        }
    }
}

/// `POST /api/v1/external/sms/otp`
async fn by_sms(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    _: Params<Nothing>,
    body: Json<GivenCodeBody>,
) -> Result<HttpResponse, Problem> {
    let given = body.value.map(|given| GivenCode { to_phone: given.to_phone, otp: given.otp });
    answer(&desk, &request, by.0, &body.raw, reply, async |once| {
        desk.send_given_code(Medium::Sms, given, by.0, once).await
    })
    .await
}

/// `POST /api/v1/external/whatsapp/otp?to_phone=&otp=`
async fn by_whatsapp(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    query: Params<GivenCodeQuery>,
    body: Json<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Params(GivenCodeQuery { to_phone, otp }) = query;
    let given = body.value.map(|Nothing {}| GivenCode { to_phone, otp });
    let raw = request.query_string().as_bytes();
    answer(&desk, &request, by.0, raw, reply, async |once| {
        desk.send_given_code(Medium::WhatsApp, given, by.0, once).await
    })
    .await
}

/// `GET /api/v1/external/sms/otp/{message_id}`
async fn sms_status(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let sent = desk.given_code(Medium::Sms, &path, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &shown(&sent, "OTP status")).respond())
}

/// `GET /api/v1/external/whatsapp/otp/{message_id}`
async fn whatsapp_status(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    let sent = desk.given_code(Medium::WhatsApp, &path, by.0).await?;
    Ok(Reply::json(StatusCode::OK, &shown(&sent, "OTP status")).respond())
}
