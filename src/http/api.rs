//! The API: one file a resource, all of them under `/api` and `/api/v1`.
pub(super) mod accounts;
pub(super) mod comments;
pub(super) mod dry_run;
pub(super) mod edits;
mod if_match;
pub(super) mod log_export;
pub(super) mod log_query;
pub(super) mod log_summary;
pub(super) mod logged;
pub(super) mod notifications;
pub(super) mod shown;
mod ticket_list;
pub(super) mod tickets;
pub(super) mod transitions;
pub(super) mod users;

use actix_web::web::{self, ServiceConfig};

/// Every route of the API.
pub fn routes(cfg: &mut ServiceConfig) {
    accounts::routes(cfg);
    users::routes(cfg);
    tickets::routes(cfg);
    transitions::routes(cfg);
    comments::routes(cfg);
    notifications::routes(cfg);
    cfg.default_service(web::to(super::nowhere));
}

/// Where to begin and how much to look for. A page that cannot be asked for asks for nothing:
/// whoever may not read the list at all is told that first.
fn span(page: &Result<super::page::Page, super::problem::Problem>) -> (Option<i64>, u64) {
    page.as_ref().map_or((None, 0), |page| (page.before, page.limit + 1))
}

/// An id in a path; what cannot be one names nothing.
fn id(raw: &str, what: &'static str) -> Result<i64, super::problem::Problem> {
    let id = raw.parse::<i64>().ok().filter(|id| *id > 0);
    id.ok_or_else(|| crate::desk::error::DeskError::NotFound(what).into())
}

/// Several words with commas, each read; an empty parameter asks for nothing in particular.
fn several<T>(
    flaws: &mut crate::domain::text::Flaws,
    raw: Option<&str>,
    read: impl Fn(&str) -> Result<T, crate::domain::text::FieldError>,
) -> Vec<T> {
    let words = raw.into_iter().flat_map(|raw| raw.split(',')).map(str::trim);
    words.filter(|word| !word.is_empty()).filter_map(|word| flaws.keep(read(word))).collect()
}

/// An id in a query.
fn id_of(field: &'static str, raw: &str) -> Result<i64, crate::domain::text::FieldError> {
    let id = raw.parse::<i64>().ok().filter(|id| *id > 0);
    let say = || format!("`{field}` is a positive number");
    id.ok_or_else(|| crate::domain::text::FieldError::new(field, "id", say()))
}

/// An instant in a query.
fn instant(
    field: &'static str,
    raw: &str,
) -> Result<chrono::DateTime<chrono::Utc>, crate::domain::text::FieldError> {
    // A plus that was not encoded arrives as a space.
    let read = chrono::DateTime::parse_from_rfc3339(&raw.replace(' ', "+"));
    let say = || format!("`{field}` is an instant like `2026-01-31T09:30:00Z`");
    read.map(|at| at.to_utc())
        .map_err(|_| crate::domain::text::FieldError::new(field, "instant", say()))
}
