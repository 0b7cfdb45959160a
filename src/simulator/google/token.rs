//! `POST /token`: a refresh token or a code for an access token.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, PRAGMA},
    web::{Bytes, Data},
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::super::{
    answer, faults::Fault, gate, kind::Kind, provider::Provider, twilio::door::basic,
    twilio::request::Form, world::World,
};
use super::{grants::LIFETIME, refusal::Denied};

const SEND: &str = "https://www.googleapis.com/auth/gmail.send";

/// What is granted.
struct Granted {
    scope: String,
    refresh_token: Option<String>,
}

/// `POST /token`
pub async fn exchange(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fault = world.memory().faults.befall("*", Provider::GoogleToken);
    if let Some(fault) = &fault {
        if let Some(refused) = refused(fault) {
            return refused.answer();
        }
        if let Some(answer) = answer::broken(&world, fault).await {
            return answer;
        }
    }
    let form = Form::read(&body).unwrap_or(Form(vec![]));
    if let Err(refused) = client(&world, &request, &form) {
        return refused.answer();
    }
    let granted = match form.get("grant_type") {
        Some("refresh_token") => refresh(&world, &form),
        Some("authorization_code") => code(&world, &form),
        Some(other) => {
            Err(Denied::of(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")))
        }
        None => Err(missing("grant_type")),
    };
    match granted {
        Ok(granted) => answer::spoilt(&world, fault.as_ref(), told(&world, granted)).await,
        Err(refused) => refused.answer(),
    }
}

/// `POST /revoke`
pub async fn revoke(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (form, query) = (Form::read(&body), Form::read(request.query_string().as_bytes()));
    let forms = [form, query];
    let token = forms.iter().flatten().find_map(|form| form.get("token"));
    match token {
        Some(token) => {
            world.memory().grants.revoke(token);
            HttpResponse::Ok().json(json!({}))
        }
        None => missing("token").answer(),
    }
}

fn told(world: &World, granted: Granted) -> HttpResponse {
    let now = (world.settings.now)();
    let access_token = world.memory().grants.access_token(&granted.scope, now);
    let mut told = json!({ "access_token": access_token,
        "expires_in": LIFETIME.num_seconds() - 1, "scope": granted.scope, "token_type": "Bearer" });
    if let Some(refresh_token) = granted.refresh_token {
        told["refresh_token"] = json!(refresh_token);
    }
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"))
        .insert_header((PRAGMA, "no-cache"))
        .json(told)
}

fn refused(fault: &Fault) -> Option<Denied> {
    Some(match fault.kind {
        Kind::TokenExpired => revoked(),
        Kind::RateLimited | Kind::PairRateLimited => {
            Denied::of(429, "rate_limit_exceeded", "Rate Limit Exceeded")
        }
        Kind::Unavailable => Denied::of(503, "backend_error", "Service unavailable"),
        Kind::Error => {
            let error = fault.reason.as_deref().unwrap_or("invalid_grant");
            let usual = if error == "invalid_client" { 401 } else { 400 };
            let said = "Token has been expired or revoked.";
            let description = if error == "invalid_grant" { said } else { error };
            Denied::of(fault.http_status.unwrap_or(usual), error, description)
        }
        _ => return None,
    })
}

fn client(world: &World, request: &HttpRequest, form: &Form) -> Result<(), Denied> {
    let settings = &world.settings.google;
    let of_form =
        || Some((form.get("client_id")?.to_owned(), form.get("client_secret")?.to_owned()));
    let Some((id, secret)) = basic(request).or_else(of_form) else {
        return Err(missing(if form.get("client_id").is_none() {
            "client_id"
        } else {
            "client_secret"
        }));
    };
    if id != settings.client_id {
        return Err(Denied::of(401, "invalid_client", "The OAuth client was not found."));
    }
    if !gate::same(&secret, settings.client_secret.expose_secret()) {
        return Err(Denied::of(401, "invalid_client", "Unauthorized"));
    }
    Ok(())
}

fn refresh(world: &World, form: &Form) -> Result<Granted, Denied> {
    let token = form.get("refresh_token").ok_or_else(|| missing("refresh_token"))?;
    let memory = world.memory();
    let is_given = gate::same(token, world.settings.google.refresh_token.expose_secret());
    let given = (is_given && !memory.grants.is_revoked(token)).then(|| SEND.to_owned());
    let scope = given.or_else(|| memory.grants.refreshes(token)).ok_or_else(revoked)?;
    Ok(Granted { scope, refresh_token: None })
}

fn code(world: &World, form: &Form) -> Result<Granted, Denied> {
    let code = form.get("code").ok_or_else(|| missing("code"))?;
    let now = (world.settings.now)();
    let mut memory = world.memory();
    let Some(consent) = memory.grants.spend(code, now) else {
        return Err(Denied::of(400, "invalid_grant", "Malformed auth code."));
    };
    if form.get("redirect_uri") != Some(consent.redirect_uri.as_str()) {
        return Err(Denied::of(400, "redirect_uri_mismatch", "Bad Request"));
    }
    let verifier = form.get("code_verifier");
    if !consent.is_proven_by(verifier) {
        let said = match verifier {
            Some(_) => "Invalid code verifier.",
            None => "Missing code verifier.",
        };
        return Err(Denied::of(400, "invalid_grant", said));
    }
    let refresh_token = consent.is_offline.then(|| memory.grants.refresh_token(&consent.scope));
    Ok(Granted { scope: consent.scope, refresh_token })
}

fn revoked() -> Denied {
    Denied::of(400, "invalid_grant", "Token has been expired or revoked.")
}

fn missing(name: &str) -> Denied {
    Denied::of(400, "invalid_request", &format!("Missing required parameter: {name}"))
}
