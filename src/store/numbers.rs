//! Ids that are known before their rows are written, on SQLite: whatever names them can be prepared
//! meanwhile, and all of it leaves as one. A story that is not told leaves a gap.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use super::Tx;
use super::error::StoreError;

/// What is known of each table that was asked about. This process alone writes such rows: whoever knows
/// the last id knows the next ones.
#[derive(Clone, Default)]
pub(super) struct Numbers(Arc<Mutex<HashMap<&'static str, Known>>>);

#[derive(Clone, Copy, Default)]
struct Known {
    /// The next id; those before it are dealt out, whether they are written by now or not.
    next: i64,
    /// Nobody else has written such rows, as far as is known.
    is_sure: bool,
}

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
        loop {
            if let Some(ids) = self.next(table, many) {
                return Ok(ids);
            }
            // The largest id that there ever was (sqlite.org/autoinc.html).
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?";
            let backend = conn.get_database_backend();
            let asked = Statement::from_sql_and_values(backend, sql, [table.into()]);
            let last: Option<i64> = match conn.query_one_raw(asked).await? {
                Some(row) => Some(row.try_get("", "seq")?),
                None => None,
            };
            self.learn(table, last.unwrap_or_default());
        }
    }

    fn next(&self, table: &'static str, many: usize) -> Option<Vec<i64>> {
        let many = i64::try_from(many).expect("rows that fit into memory");
        self.with(|known| {
            let known = known.get_mut(table).filter(|known| known.is_sure)?;
            let first = known.next;
            known.next += many;
            Some((first..known.next).collect())
        })
    }

    /// What was dealt out and is not written yet stays dealt out.
    fn learn(&self, table: &'static str, last: i64) {
        self.with(|known| {
            let known = known.entry(table).or_default();
            *known = Known { next: known.next.max(last + 1), is_sure: true };
        });
    }

    fn doubt(&self) {
        self.with(|known| known.values_mut().for_each(|known| known.is_sure = false));
    }

    fn with<T>(&self, what: impl FnOnce(&mut HashMap<&'static str, Known>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tx {
    /// Another process, one that ends or that somebody started by hand, may have written such rows into
    /// SQLite's file: then this story can be told again, with other ids.
    pub(super) fn not_ours(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Taken(constraint) if constraint.ends_with(".id") => {
                self.numbers.doubt();
                StoreError::Away(format!("another process writes to the same file: {constraint}"))
            }
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dealt_out_is_never_dealt_out_again() {
        let numbers = Numbers::default();
        assert_eq!(numbers.next("tickets", 1), None, "nobody has looked");
        numbers.learn("tickets", 7);
        assert_eq!(numbers.next("tickets", 2), Some(vec![8, 9]));
        // Somebody else has written 8, and of what was dealt out here nothing stands there yet.
        numbers.doubt();
        assert_eq!(numbers.next("tickets", 1), None);
        numbers.learn("tickets", 8);
        assert_eq!(numbers.next("tickets", 2), Some(vec![10, 11]));
        numbers.doubt();
        numbers.learn("tickets", 40);
        assert_eq!(numbers.next("tickets", 1), Some(vec![41]));
        // Whoever looked at the same time has seen less.
        numbers.learn("tickets", 7);
        assert_eq!(numbers.next("tickets", 1), Some(vec![42]));
    }
}
