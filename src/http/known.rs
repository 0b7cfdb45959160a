//! Which routes there are, written down while they are made: a test holds them against the OpenAPI
//! document. Outside of tests nothing is written down.
use actix_web::Route;
use actix_web::http::Method;
use actix_web::web::ServiceConfig;

/// The routes that `configure` makes stand under this prefix.
pub fn under(
    prefix: &'static str,
    cfg: &mut ServiceConfig,
    configure: impl FnOnce(&mut ServiceConfig),
) {
    #[cfg(test)]
    written::PREFIX.set(prefix);
    #[cfg(not(test))]
    let _ = prefix;
    configure(cfg);
    #[cfg(test)]
    written::PREFIX.set("");
}

/// One address with its methods.
pub fn note(path: &str, methods: &[(Method, Route)]) {
    #[cfg(test)]
    written::ROUTES.with_borrow_mut(|routes| {
        let path = format!("{}{path}", written::PREFIX.get());
        routes.extend(methods.iter().map(|(method, _)| format!("{method} {path}")));
    });
    #[cfg(not(test))]
    let _ = (path, methods);
}

/// Every route, as `GET /healthz`.
#[cfg(test)]
pub fn routes() -> Vec<String> {
    written::ROUTES.take();
    let _ = actix_web::App::new().configure(super::signs).configure(super::doors);
    let mut routes = written::ROUTES.take();
    routes.sort();
    routes
}

#[cfg(test)]
mod written {
    use std::cell::{Cell, RefCell};

    thread_local! {
        pub static PREFIX: Cell<&'static str> = const { Cell::new("") };
        pub static ROUTES: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
    }
}
