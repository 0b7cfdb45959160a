//! Who may see the pages and the simulator's own API: bound beyond loopback, whoever has a token.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{StatusCode, header::AUTHORIZATION},
    web::{Data, Query},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::world::World;

/// Somebody who may come in, with the token that their links have to carry.
pub(super) struct Visitor {
    /// The token from the address of the page.
    pub(super) token: Option<String>,
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub(super) enum Closed {
    /// No token, or another one.
    #[error("give the simulator's token: ?token=… or Authorization: Bearer …")]
    NoToken,
    /// A page of somebody else made the browser do it.
    #[error("only the simulator's own pages may do that")]
    Foreign,
}

impl FromRequest for Visitor {
    type Error = Closed;
    type Future = Ready<Result<Self, Closed>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let world = request.app_data::<Data<World>>();
        let gate = world.and_then(|world| world.settings.gate.as_ref());
        ready(enter(request, gate))
    }
}

impl ResponseError for Closed {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Foreign => StatusCode::FORBIDDEN,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(json!({ "error": self.to_string() }))
    }
}

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
}

fn enter(request: &HttpRequest, gate: Option<&SecretString>) -> Result<Visitor, Closed> {
    let site = request.headers().get("sec-fetch-site");
    let is_foreign = site.is_some_and(|site| site != "same-origin" && site != "none");
    if is_foreign && !request.method().is_safe() {
        return Err(Closed::Foreign);
    }
    let Some(gate) = gate else { return Ok(Visitor { token: None }) };
    let given = Query::<Given>::from_query(request.query_string());
    let token = given.ok().and_then(|given| given.into_inner().token);
    let fits = |token: &str| same(token, gate.expose_secret());
    match (token, bearer(request)) {
        (Some(token), _) if fits(&token) => Ok(Visitor { token: Some(token) }),
        (_, Some(bearer)) if fits(bearer) => Ok(Visitor { token: None }),
        _ => Err(Closed::NoToken),
    }
}

/// The bearer token of a request.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whether two secrets are the same, told in a time that says nothing about where they differ.
pub(super) fn same(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_closed_gate_opens_to_its_token_only() {
        let gate = SecretString::from("abc");
        let rows = [
            ("/simulator", None, false),
            ("/simulator?token=abd", None, false),
            ("/simulator?token=abc", None, true),
            ("/simulator", Some("Bearer abc"), true),
            ("/simulator", Some("Bearer ab"), false),
            ("/simulator", Some("abc"), false),
        ];
        for (uri, header, expected) in rows {
            let mut request = TestRequest::with_uri(uri);
            if let Some(header) = header {
                request = request.insert_header((AUTHORIZATION, header));
            }
            let request = request.to_http_request();
            assert_eq!(enter(&request, Some(&gate)).is_ok(), expected, "{uri} {header:?}");
            assert!(enter(&request, None).is_ok());
        }
    }

    #[test]
    fn another_sites_page_cannot_post() {
        let rows = [("cross-site", false), ("same-site", false), ("same-origin", true)];
        for (site, expected) in rows {
            let post = TestRequest::post().insert_header(("sec-fetch-site", site));
            assert_eq!(enter(&post.to_http_request(), None).is_ok(), expected, "{site}");
        }
    }
}
