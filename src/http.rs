//! The first mouth of the house: what the world says over HTTP becomes a verb of the desk.
mod address;
pub mod api;
mod auth;
mod body;
mod cors;
mod docs;
mod health;
mod known;
mod limits;
mod mail_opt_out;
mod metrics;
mod misread;
pub mod openapi;
mod page;
mod patience;
mod problem;
mod reply;
mod request_id;
mod stopping;
mod webhooks;
mod words;

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Resource, Route};

use crate::desk::Desk;
pub use address::TrustedProxies;
pub use cors::{cors, speak};
pub use limits::{Limits, limit};
pub use metrics::MetricsToken;
pub use page::Cursors;
pub use patience::wait;
use problem::{NOT_FOUND, Problem};
pub use request_id::around;
pub use stopping::{Stopping, turn_away};

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The desk.
    pub desk: Desk,
    /// Cursors of lists.
    pub cursors: Cursors,
    /// Whether the program is stopping.
    pub stopping: Stopping,
    /// How often anybody may ask, where that is limited.
    pub limits: Option<Limits>,
    /// Whose word is taken about where a request comes from.
    pub proxies: TrustedProxies,
    /// What whoever reads the metrics has to show.
    pub metrics_token: MetricsToken,
}

/// Every route of a process that answers people.
pub fn routes(cfg: &mut ServiceConfig, shared: &Shared) {
    signs_of_life(cfg, shared);
    cfg.app_data(Data::new(shared.cursors.clone()));
    doors(cfg);
    cfg.default_service(web::to(nowhere));
}

/// Every address but the signs of life.
fn doors(cfg: &mut ServiceConfig) {
    // `/api/v1` is `/api`; the longer one is looked at first.
    cfg.service(web::scope("/api/v1").configure(|cfg| known::under("/api/v1", cfg, api::routes)));
    cfg.service(web::scope("/api").configure(|cfg| known::under("/api", cfg, api::routes)));
    cfg.configure(webhooks::routes);
    cfg.configure(mail_opt_out::routes);
    cfg.configure(openapi::routes);
    cfg.configure(docs::routes);
}

/// The routes of a process that only works.
pub fn signs_of_life(cfg: &mut ServiceConfig, shared: &Shared) {
    cfg.app_data(Data::new(shared.desk.clone()));
    cfg.app_data(Data::new(shared.stopping.clone()));
    cfg.app_data(Data::new(shared.proxies.clone()));
    cfg.app_data(Data::new(shared.metrics_token.clone()));
    if let Some(limits) = &shared.limits {
        cfg.app_data(Data::new(limits.clone()));
    }
    signs(cfg);
}

/// Every address of those.
fn signs(cfg: &mut ServiceConfig) {
    cfg.configure(health::routes);
    cfg.configure(metrics::routes);
}

/// Nothing stands at this address.
///
/// # Errors
/// Always 404.
pub async fn nowhere(_: HttpRequest) -> Result<&'static str, Problem> {
    Err(Problem::new(&NOT_FOUND, "nothing stands at this address"))
}

/// One address with its methods; any other method is told which there are.
fn at(path: &str, methods: Vec<(Method, Route)>) -> Resource {
    known::note(path, &methods);
    let mut allow: Vec<&str> = methods.iter().map(|(method, _)| method.as_str()).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let allow = allow.join(", ");
    let resource = methods.into_iter().fold(web::resource(path), |resource, (method, route)| {
        resource.route(route.method(method))
    });
    resource.default_service(web::to(move || {
        let refused = Problem::method_not_allowed(&allow);
        async move { Err::<&'static str, _>(refused) }
    }))
}
