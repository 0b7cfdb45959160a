//! `GET /metrics`: what the program counts, for whoever knows the token.
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::at;
use super::auth::bearer;
use super::problem::{Problem, UNAUTHENTICATED};
use crate::desk::Desk;

/// The version of Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What whoever reads the metrics has to show, where anything.
#[derive(Clone)]
pub struct MetricsToken(pub Option<SecretString>);

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/metrics", vec![(Method::GET, web::get().to(show))]));
}

async fn show(
    request: HttpRequest,
    desk: Data<Desk>,
    token: Data<MetricsToken>,
) -> Result<HttpResponse, Problem> {
    if !token.opens(bearer(&request).as_deref()) {
        let say = "send METRICS_TOKEN as `Authorization: Bearer <token>`";
        return Err(Problem::new(&UNAUTHENTICATED, say));
    }
    desk.take_stock().await;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT)).body(desk.metrics().page()))
}

impl MetricsToken {
    fn opens(&self, given: Option<&str>) -> bool {
        let Some(token) = &self.0 else { return true };
        let token = token.expose_secret().as_bytes();
        given.is_some_and(|given| given.as_bytes().ct_eq(token).into())
    }
}
