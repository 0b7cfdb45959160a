//! Ids that are known before their rows are written, so that whatever names them can be prepared
//! meanwhile, and all of it leaves as one. A story that is not told leaves a gap.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};

use super::Tx;
use super::error::StoreError;

/// The next id of each table that was asked about. On SQLite this process alone writes such rows: whoever
/// knows the last id knows the next ones. PostgreSQL is asked for each, and nothing stands here.
#[derive(Clone, Default)]
pub(super) struct Numbers(Arc<Mutex<HashMap<&'static str, i64>>>);

impl Numbers {
    /// The ids of the next `many` rows, which nobody else will get.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn deal<E: EntityTrait>(
        &self,
        conn: &impl ConnectionTrait,
        many: usize,
    ) -> Result<Vec<i64>, StoreError> {
        let table = E::default().table_name();
        let many = i64::try_from(many).expect("rows that fit into memory");
        let backend = conn.get_database_backend();
        if backend == DbBackend::Postgres {
            let sql = "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id \
                       FROM generate_series(1, $2)";
            let asked = Statement::from_sql_and_values(backend, sql, [table.into(), many.into()]);
            let dealt = conn.query_all_raw(asked).await?;
            return Ok(dealt.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?);
        }
        loop {
            if let Some(ids) = self.next(table, many) {
                return Ok(ids);
            }
            // The largest id that there ever was (sqlite.org/autoinc.html).
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?";
            let asked = Statement::from_sql_and_values(backend, sql, [table.into()]);
            let last: Option<i64> = match conn.query_one_raw(asked).await? {
                Some(row) => Some(row.try_get("", "seq")?),
                None => None,
            };
            let next = last.unwrap_or_default() + 1;
            self.with(|known| {
                known.entry(table).or_insert(next);
            });
        }
    }

    fn next(&self, table: &'static str, many: i64) -> Option<Vec<i64>> {
        self.with(|known| {
            let next = known.get_mut(table)?;
            let first = *next;
            *next += many;
            Some((first..*next).collect())
        })
    }

    fn forget(&self) {
        self.with(HashMap::clear);
    }

    fn with<T>(&self, what: impl FnOnce(&mut HashMap<&'static str, i64>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tx {
    /// Another process, one that ends or that somebody started by hand, may have written such rows into
    /// SQLite's file: then this story can be told again, with other ids.
    pub(super) fn not_ours(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Taken(constraint) if constraint.ends_with(".id") => {
                self.numbers.forget();
                StoreError::Away(format!("another process writes to the same file: {constraint}"))
            }
            error => error,
        }
    }
}
