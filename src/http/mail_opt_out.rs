//! `/mail/opt-out/{sealed}`: where the reader of a mail says that they want no more of them. To look at
//! it does nothing, since programs that check links do; a mail program posts to it by itself at the
//! press of its own button (RFC 8058).
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use actix_web::web::{self, Data, Path, ServiceConfig};

use super::at;
use super::problem::{NOT_FOUND, Problem};
use crate::desk::Desk;
use crate::desk::error::DeskError;
use crate::messages::language::Language;
use crate::messages::mail_opt_out::page;

/// A button, and nothing else that could be asked or shown.
const POLICY: &str =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/mail/opt-out/{sealed}",
        vec![(Method::GET, web::get().to(ask)), (Method::POST, web::post().to(opt_out))],
    ));
}

/// `GET /mail/opt-out/{sealed}`
async fn ask(desk: Data<Desk>, sealed: Path<String>) -> Result<HttpResponse, Problem> {
    Ok(shown(desk.reader_of_mails(&sealed).map_err(told)?, false))
}

/// `POST /mail/opt-out/{sealed}`, whatever its body says.
async fn opt_out(desk: Data<Desk>, sealed: Path<String>) -> Result<HttpResponse, Problem> {
    Ok(shown(desk.no_more_mails(&sealed).await.map_err(told)?, true))
}

fn shown(language: Language, is_done: bool) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((HeaderName::from_static("x-robots-tag"), "noindex"))
        .body(page(language, is_done))
}

fn told(error: DeskError) -> Problem {
    match error {
        DeskError::NotFound(_) => Problem::new(
            &NOT_FOUND,
            "this is no address of ours, or not the whole of it: follow the link in the mail again, \
             or choose your channels under /api/auth/me/preferences",
        ),
        error => error.into(),
    }
}
