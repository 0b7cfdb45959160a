//! The database's clock, by which leases are reckoned: it is one for all replicas, whatever their
//! own clocks say.
use chrono::TimeDelta;
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, SimpleExpr};

/// The database's now, moved by `shift`, in the form in which instants are stored.
pub(super) fn now_plus(backend: DbBackend, shift: TimeDelta) -> SimpleExpr {
    Expr::cust(sql_of_now_plus(backend, shift))
}

/// The same, as text.
pub(super) fn sql_of_now_plus(backend: DbBackend, shift: TimeDelta) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shifts are days at most")]
    let seconds = shift.num_milliseconds() as f64 / 1000.0;
    match backend {
        DbBackend::Postgres => format!("clock_timestamp() + interval '{seconds} seconds'"),
        _ => format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{seconds:+} seconds')"),
    }
}
