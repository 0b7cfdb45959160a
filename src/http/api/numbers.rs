//! `/api/user`: confirming one's own number by a code.
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::address::caller;
use super::super::at;
use super::super::auth::{By, LoggedInAt};
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::{Reply, answer};
use crate::desk::codes::CodeSent;
use crate::desk::{Claimant, Desk, NumberAsked};
use crate::domain::medium::Medium;
use crate::domain::text::FieldError;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    let ask = vec![(Method::POST, web::post().to(ask))];
    cfg.service(at("/user/request-phone-verify", ask));
    let confirm = vec![(Method::POST, web::post().to(confirm))];
    cfg.service(at("/user/verify-phone-code", confirm));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NumberToConfirm {
    /// With its country code; the account's own number unless given.
    phone_number: Option<String>,
    /// `whatsapp` unless given.
    #[schemars(extend("enum" = ["whatsapp", "sms", null]))]
    channel: Option<String>,
    /// `code` unless given; `reverse`: the person sends the code that is shown to our number.
    #[schemars(extend("enum" = ["code", "reverse", null]))]
    method: Option<String>,
}

/// A code that its owner is to send us.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ReverseCode")]
pub(in crate::http) struct ReverseCodeShown {
    #[schemars(extend("const" = true))]
    success: bool,
    message: &'static str,
    code: String,
    /// Opens WhatsApp with the code typed in.
    wa_link: String,
}

/// What became of a code that was asked for.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CodeSent")]
pub(in crate::http) struct CodeSentShown {
    #[schemars(extend("const" = true))]
    success: bool,
    message: String,
    /// `queued` where it waits to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("const" = "queued"))]
    status: Option<&'static str>,
    /// The code; only in development, where the provider is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    debug_otp: Option<String>,
}

/// The answer to whoever asked for a code.
pub(super) fn code_sent(sent: &CodeSent, what: &str) -> Reply {
    let to = match sent.medium {
        Medium::WhatsApp => "your WhatsApp",
        Medium::Sms => "your phone",
        Medium::Email => "your email",
    };
    let (status, message) = match sent.queued {
        false => (StatusCode::OK, format!("{what} sent to {to}")),
        true => (StatusCode::ACCEPTED, format!("{what} is on its way to {to}")),
    };
    let shown = CodeSentShown {
        success: true,
        message,
        status: sent.queued.then_some("queued"),
        debug_otp: sent.debug_otp.clone(),
    };
    Reply::json(status, &shown)
}

/// `POST /api/user/request-phone-verify`
async fn ask(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    since: LoggedInAt,
    _: Params<Nothing>,
    body: Json<NumberToConfirm>,
) -> Result<HttpResponse, Problem> {
    let claimant = Claimant { actor: by.0, logged_in_at: since.0, from: caller(&request) };
    let method = body.value.as_ref().ok().and_then(|asked| asked.method.as_deref());
    let reverse = match method.map(str::trim) {
        None | Some("code") => false,
        Some("reverse") => true,
        Some(_) => {
            let say = "`method` is one of code, reverse";
            let flaw = FieldError::new("method", "unknown_value", say);
            return Err(Problem::invalid(vec![flaw]));
        }
    };
    let asked = body
        .value
        .map(|asked| NumberAsked { phone_number: asked.phone_number, channel: asked.channel });
    if reverse {
        let shown = desk.ask_for_reverse_code(asked, claimant).await?;
        let message = "Send this code to us on WhatsApp from your number";
        let shown =
            ReverseCodeShown { success: true, message, code: shown.code, wa_link: shown.wa_link };
        return Ok(Reply::json(StatusCode::OK, &shown).respond());
    }
    let show = |sent: &CodeSent| code_sent(sent, "Verification code");
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.ask_for_number_code(asked, claimant, once).await
    })
    .await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CodeEntered {
    /// Six digits.
    #[schemars(required)]
    code: Option<String>,
}

/// That it was done.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Success")]
pub(in crate::http) struct SuccessShown {
    #[schemars(extend("const" = true))]
    pub(super) success: bool,
    pub(super) message: &'static str,
}

/// `POST /api/user/verify-phone-code`
async fn confirm(
    desk: Data<Desk>,
    request: HttpRequest,
    by: By,
    _: Params<Nothing>,
    body: Json<CodeEntered>,
) -> Result<HttpResponse, Problem> {
    let typed = body.value.map(|entered| entered.code);
    let show = |(): &()| {
        let message = "Phone number verified successfully";
        Reply::json(StatusCode::OK, &SuccessShown { success: true, message })
    };
    answer(&desk, &request, by.0, &body.raw, show, async |once| {
        desk.confirm_number(typed, by.0, once).await
    })
    .await
}
