//! The log in a few figures: how many notifications there were of each kind, and how many arrived
//! soon.
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::error::StoreError;
use super::{Store, rows};
use crate::domain::event::Event;
use crate::domain::filter::Period;
use crate::domain::notification::Status;

/// Notifications that have all of this in common.
#[derive(Clone, Debug)]
pub struct Share {
    /// What became of them.
    pub status: Status,
    /// Over which channel.
    pub channel: String,
    /// About what.
    pub event: Event,
    /// How many.
    pub count: u64,
    /// How many of them stood on a phone within two minutes.
    pub soon: u64,
}

impl Store {
    /// Every kind of notification that was made in this time, with its numbers.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn summary(&self, of: Period) -> Result<Vec<Share>, StoreError> {
        let backend = self.read.get_database_backend();
        let mut values: Vec<Value> = vec![];
        let mut within = vec!["1 = 1".to_owned()];
        for (at, comparison) in [(of.from, ">="), (of.to, "<")] {
            if let Some(at) = at {
                values.push(at.into());
                within.push(format!("created_at {comparison} ${}", values.len()));
            }
        }
        // A phone may say that it was read and no more.
        let sql = format!(
            "SELECT status, channel, event, count(*) AS counted, \
               count(CASE WHEN {} OR {} THEN 1 END) AS soon \
             FROM notification_log WHERE {} GROUP BY status, channel, event",
            soon(backend, "delivered_at"),
            soon(backend, "read_at"),
            within.join(" AND ")
        );
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = self.read.query_all_raw(asked).await?;
        let shares = found.into_iter().map(|row| {
            const TABLE: &str = "notification_log";
            let (status, event): (String, String) =
                (row.try_get("", "status")?, row.try_get("", "event")?);
            Ok(Share {
                status: rows::word(TABLE, "status", &status)?,
                channel: row.try_get("", "channel")?,
                event: rows::word(TABLE, "event", &event)?,
                count: row.try_get::<i64>("", "counted")?.unsigned_abs(),
                soon: row.try_get::<i64>("", "soon")?.unsigned_abs(),
            })
        });
        shares.collect()
    }
}

/// Within two minutes; SQLite reckons in days, to the millisecond.
fn soon(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("{column} <= created_at + interval '2 minutes'"),
        _ => format!("(julianday({column}) - julianday(created_at)) * 86400 < 120.0005"),
    }
}
