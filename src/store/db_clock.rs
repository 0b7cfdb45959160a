//! The database's clock, by which leases are reckoned: it is one for all replicas, whatever their
//! own clocks say.
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Store;
use super::error::StoreError;

impl Store {
    /// How far the database's clock is ahead of this machine's.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn clock_skew(&self) -> Result<TimeDelta, StoreError> {
        let backend = self.read.get_database_backend();
        let sql = format!("SELECT {} AS told", sql_of_now_plus(backend, TimeDelta::zero()));
        let told = self.read.query_one_raw(Statement::from_string(backend, sql)).await?;
        let told = told.map(|row| row.try_get::<DateTime<Utc>>("", "told")).transpose()?;
        let here = self.clock.now() - self.clock.ahead();
        Ok(told.map_or_else(TimeDelta::zero, |told| told - here))
    }
}

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
