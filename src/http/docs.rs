//! `/docs`: the OpenAPI document as pages on which one can try each call. Every file is in the
//! binary; nothing is asked of anybody else.
use std::io::Read;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use flate2::read::GzDecoder;
use utoipa_swagger_ui::Config;

use super::at;
use super::problem::{NOT_FOUND, Problem};

/// Scripts and styles are our own files, and what is tried is tried here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The files of the explorer that our page asks for; the rest of it stays where it is.
const THEIRS: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/docs", vec![(Method::GET, web::get().to(page))]));
    cfg.service(at("/docs/{file}", vec![(Method::GET, web::get().to(file))]));
}

/// `GET /docs`
async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(include_str!("../../static/docs/index.html"))
}

/// `GET /docs/{file}`
async fn file(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let nothing = || Problem::new(&NOT_FOUND, "nothing stands at this address");
    match name.as_str() {
        "docs.js" => {
            Ok(ours("text/javascript; charset=utf-8", include_str!("../../static/docs/docs.js")))
        }
        "docs.css" => {
            Ok(ours("text/css; charset=utf-8", include_str!("../../static/docs/docs.css")))
        }
        name if THEIRS.contains(&name) => theirs(name, &request).ok_or_else(nothing),
        _ => Err(nothing()),
    }
}

fn ours(kind: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text)
}

/// They stand compressed in the binary, as every browser takes them.
fn theirs(name: &str, request: &HttpRequest) -> Option<HttpResponse> {
    let file = utoipa_swagger_ui::serve(name, Arc::new(Config::from("/openapi.json"))).ok()??;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, file.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((VARY, "accept-encoding"));
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("gzip")) {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
        return Some(answer.body(file.bytes.into_owned()));
    }
    let mut plain = vec![];
    GzDecoder::new(file.bytes.as_ref()).read_to_end(&mut plain).ok()?;
    Some(answer.body(plain))
}
