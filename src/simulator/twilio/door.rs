//! The routes that Twilio's API has, answered as Twilio answers them.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::AUTHORIZATION},
    web::{Bytes, Data, Path, Query},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use super::super::{answer, faults::Fault, gate, kind::Kind, world::World};
use super::refusal::Refusal;
use super::request::{self, Form};
use super::shape::{self, As};
use super::text::Draft;

/// Seconds that Twilio asks to be left alone.
const WAIT: u64 = 2;
const MOST_A_PAGE: usize = 1_000;

/// `POST /2010-04-01/Accounts/{account}/Messages.json`
pub async fn send(
    world: Data<World>,
    account: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let form = form(&request);
    let draft = match admit(&world, &account, &request).and_then(|()| read(&world, &body)) {
        Ok(draft) => draft,
        Err(refusal) => return form.refusal(&refusal),
    };
    let fault = world.memory().faults.befall(draft.to.as_str(), draft.provider);
    if let Some(fault) = &fault {
        if let Some(refusal) = refused(fault, &draft) {
            return form.refusal(&refusal);
        }
        if let Some(answer) = answer::broken(&world, fault).await {
            return answer;
        }
    }
    if let Err(refusal) = world.twilio_takes(&draft) {
        return form.refusal(&refusal);
    }
    let (text, news) = world.take_text(draft, fault.as_ref());
    // News waits for the answer, as it mostly does outside, unless it shall come first.
    let shape = shape::message(&text, &world.settings.twilio.account_sid);
    match fault.as_ref().is_some_and(|fault| fault.kind == Kind::Early) {
        true => news.await,
        false => world.tasks.start(news),
    }
    answer::spoilt(&world, fault.as_ref(), form.message(StatusCode::CREATED, &shape)).await
}

/// `GET /2010-04-01/Accounts/{account}/Messages/{sid}.json`
pub async fn message(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> HttpResponse {
    let form = form(&request);
    let (account, sid) = path.into_inner();
    if let Err(refusal) = admit(&world, &account, &request) {
        return form.refusal(&refusal);
    }
    let found = world.memory().texts.get(sid.trim_end_matches(".json"));
    match found {
        Some(text) => form.message(StatusCode::OK, &shape::message(&text, &account)),
        None => form.refusal(&Refusal::nowhere(&own_path(&request))),
    }
}

/// What narrows a list.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Narrowed {
    to: Option<String>,
    from: Option<String>,
    page_size: Option<usize>,
}

/// `GET /2010-04-01/Accounts/{account}/Messages.json?To=…`
pub async fn messages(
    world: Data<World>,
    account: Path<String>,
    Query(asked): Query<Narrowed>,
    request: HttpRequest,
) -> HttpResponse {
    if let Err(refusal) = admit(&world, &account, &request) {
        return form(&request).refusal(&refusal);
    }
    let size = asked.page_size.unwrap_or(50).clamp(1, MOST_A_PAGE);
    let is = |wanted: &Option<String>, given: String| {
        wanted.as_ref().is_none_or(|wanted| *wanted == given)
    };
    let found: Vec<_> = {
        let memory = world.memory();
        let texts = memory.texts.newest_first();
        let fits = |text: &&std::sync::Arc<super::text::Text>| {
            is(&asked.to, text.spelt(text.to.as_str())) && is(&asked.from, text.spelt(&text.from))
        };
        texts.filter(fits).take(size).cloned().collect()
    };
    let messages: Vec<_> = found.iter().map(|text| shape::message(text, &account)).collect();
    let uri = own_path(&request);
    HttpResponse::Ok().json(json!({
        "messages": messages, "page": 0, "page_size": size, "start": 0,
        "end": messages.len().saturating_sub(1), "uri": uri, "first_page_uri": uri,
        "next_page_uri": null, "previous_page_uri": null,
    }))
}

/// What this fault says instead of taking the message.
fn refused(fault: &Fault, draft: &Draft) -> Option<Refusal> {
    Some(match fault.kind {
        Kind::TokenExpired => Refusal::no_account(),
        Kind::RateLimited | Kind::PairRateLimited => Refusal::too_many(WAIT),
        Kind::Unavailable => Refusal::known(20503, None),
        Kind::Error => {
            let code = fault.code.unwrap_or(20500);
            let mut refusal = Refusal::of(code, request::about(code, draft.to.as_str()));
            refusal.status = fault.http_status.unwrap_or(refusal.status);
            refusal.retry_after = (refusal.status == 429).then_some(WAIT);
            refusal
        }
        _ => return None,
    })
}

fn read(world: &World, body: &[u8]) -> Result<Draft, Refusal> {
    let form = Form::read(body).unwrap_or(Form(vec![]));
    request::read(form, &world.settings.twilio, |sid, variables| {
        format!("[{sid}] {}", spoken(variables))
    })
}

/// What fills a template whose words are kept at Twilio.
fn spoken(variables: &str) -> String {
    let read = serde_json::from_str::<std::collections::BTreeMap<String, String>>(variables);
    let values: Vec<_> = read.unwrap_or_default().into_values().collect();
    values.join(" · ")
}

/// Lets in who knows the account and its secret.
pub fn admit(world: &World, account: &str, request: &HttpRequest) -> Result<(), Refusal> {
    let settings = &world.settings.twilio;
    let (user, password) = basic(request).ok_or_else(Refusal::no_account)?;
    let fits =
        user == settings.account_sid && gate::same(&password, settings.auth_token.expose_secret());
    if !fits {
        return Err(Refusal::no_account());
    }
    if account != settings.account_sid {
        return Err(Refusal::nowhere(&own_path(request)));
    }
    Ok(())
}

/// The name and the password of a request.
pub fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let (scheme, given) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let given = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
    let (user, password) = given.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn form(request: &HttpRequest) -> As {
    if own_path(request).ends_with(".json") { As::Json } else { As::Xml }
}

fn own_path(request: &HttpRequest) -> String {
    request.path().trim_start_matches("/simulator").trim_end_matches('/').to_owned()
}
