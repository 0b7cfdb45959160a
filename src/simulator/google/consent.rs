//! Google's consent page: who agrees is sent back with a code, who does not with an error.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ACCEPT, LOCATION},
    },
    web::{Data, Query},
};
use askama::Template;
use reqwest::Url;
use serde::Deserialize;

use super::super::{page::html_page, view::Refused, world::World};
use super::grants::Consent;

/// What a program asks for in somebody's name.
#[derive(Deserialize)]
pub struct Asked {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    access_type: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "simulator/consent.html")]
struct Page<'a> {
    address: &'a str,
    client: &'a str,
    scopes: Vec<&'a str>,
    agree: String,
    refuse: String,
}

/// `GET /o/oauth2/v2/auth`: a page for people; a program that does not ask for one has agreed.
pub async fn ask(
    world: Data<World>,
    Query(asked): Query<Asked>,
    request: HttpRequest,
) -> HttpResponse {
    let redirect = match redirect(&world, &asked) {
        Ok(redirect) => redirect,
        Err(why) => return refused(&why),
    };
    let is_digest = asked.code_challenge_method.as_deref() == Some("S256");
    let consent = Consent {
        redirect_uri: asked.redirect_uri.clone().unwrap_or_default(),
        scope: asked.scope.clone().unwrap_or_default(),
        is_offline: asked.access_type.as_deref() == Some("offline"),
        challenge: asked.code_challenge.clone().map(|challenge| (challenge, is_digest)),
    };
    let now = (world.settings.now)();
    let code = world.memory().grants.code(consent, now);
    let scope = asked.scope.as_deref().unwrap_or_default();
    let agree = with(&redirect, &asked, &[("code", &code), ("scope", scope)]);
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/html")) {
        return HttpResponse::Found().insert_header((LOCATION, agree)).finish();
    }
    let page = Page {
        address: &world.settings.google.address,
        client: &world.settings.google.client_id,
        scopes: scope.split_whitespace().collect(),
        agree,
        refuse: with(&redirect, &asked, &[("error", "access_denied")]),
    };
    match page.render() {
        Ok(html) => html_page(StatusCode::OK, html),
        Err(error) => refused(&error.to_string()),
    }
}

fn redirect(world: &World, asked: &Asked) -> Result<Url, String> {
    if asked.client_id.as_deref() != Some(&world.settings.google.client_id) {
        return Err("Error 401: invalid_client. The OAuth client was not found.".into());
    }
    if asked.response_type.as_deref() != Some("code") {
        return Err("Error 400: unsupported_response_type. response_type is code.".into());
    }
    if asked.scope.as_deref().is_none_or(|scope| scope.trim().is_empty()) {
        return Err("Error 400: invalid_request. Missing required parameter: scope".into());
    }
    if !matches!(asked.code_challenge_method.as_deref(), None | Some("S256" | "plain")) {
        return Err("Error 400: invalid_request. code_challenge_method is S256 or plain.".into());
    }
    let redirect = asked.redirect_uri.as_deref().and_then(|uri| Url::parse(uri).ok());
    let fits = |url: &Url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "https" || (url.scheme() == "http" && local)
    };
    redirect.filter(fits).ok_or_else(|| {
        "Error 400: redirect_uri_mismatch. redirect_uri is https, or http on this machine.".into()
    })
}

fn with(redirect: &Url, asked: &Asked, said: &[(&str, &str)]) -> String {
    let mut url = redirect.clone();
    if let Some(state) = &asked.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    url.query_pairs_mut().extend_pairs(said);
    url.into()
}

fn refused(why: &str) -> HttpResponse {
    let page = Refused { why: why.to_owned() };
    html_page(StatusCode::BAD_REQUEST, page.render().unwrap_or_else(|_| why.to_owned()))
}
