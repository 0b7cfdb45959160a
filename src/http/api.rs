//! The API: one file a resource, all of them under `/api` and `/api/v1`.
pub(super) mod accounts;
pub(super) mod channels;
pub(super) mod comments;
pub(super) mod dry_run;
pub(super) mod edits;
pub(super) mod external;
mod if_match;
mod log_export;
pub(super) mod log_query;
pub(super) mod log_summary;
pub(super) mod logged;
pub(super) mod notifications;
pub(super) mod numbers;
pub(super) mod preferences;
pub(super) mod recovery;
pub(super) mod registration;
pub(super) mod shown;
mod ticket_list;
pub(super) mod tickets;
pub(super) mod transitions;
pub(super) mod users;
pub(super) mod webhooks;

use actix_web::web::{self, ServiceConfig};
use chrono::{Datelike, Timelike};

/// Every route of the API.
pub fn routes(cfg: &mut ServiceConfig) {
    accounts::routes(cfg);
    users::routes(cfg);
    preferences::routes(cfg);
    tickets::routes(cfg);
    transitions::routes(cfg);
    comments::routes(cfg);
    notifications::routes(cfg);
    numbers::routes(cfg);
    webhooks::routes(cfg);
    registration::routes(cfg);
    external::routes(cfg);
    recovery::routes(cfg);
    channels::routes(cfg);
    cfg.default_service(web::to(super::nowhere));
}

/// An id in a path; what cannot be one names nothing.
fn id(raw: &str, what: &'static str) -> Result<i64, super::problem::Problem> {
    let id = raw.parse::<i64>().ok().filter(|id| *id > 0);
    id.ok_or_else(|| crate::desk::error::DeskError::NotFound(what).into())
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
    read.ok()
        .and_then(|at| comparable(at.to_utc()))
        .ok_or_else(|| crate::domain::text::FieldError::new(field, "instant", say()))
}

/// As both databases compare it: PostgreSQL keeps microseconds, of which the next one stands for what is
/// finer, and SQLite keeps years of four digits in their order.
fn comparable(at: chrono::DateTime<chrono::Utc>) -> Option<chrono::DateTime<chrono::Utc>> {
    let finer = chrono::TimeDelta::nanoseconds(i64::from(at.nanosecond() % 1_000));
    let step = chrono::TimeDelta::microseconds(i64::from(!finer.is_zero()));
    let at = at - finer + step;
    (1..=9999).contains(&at.year()).then_some(at)
}

/// `created_from` and `created_to` of a query.
fn period(
    flaws: &mut crate::domain::text::Flaws,
    from: Option<&str>,
    to: Option<&str>,
) -> crate::domain::filter::Period {
    crate::domain::filter::Period {
        from: flaws.may(from, |raw| instant("created_from", raw)),
        to: flaws.may(to, |raw| instant("created_to", raw)),
    }
}
