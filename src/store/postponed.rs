//! Statements whose answer nobody needs. On PostgreSQL they wait and leave together before the
//! commit: what a short transaction costs there is its round trips.
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Tx;
use super::bulk::LARGEST_PART;
use super::error::StoreError;

/// A statement with one parameter, `$1`.
pub(super) struct Postponed {
    sql: String,
    rows: Value,
}

impl Tx {
    /// Keeps a statement until the commit.
    pub(super) fn postpone(&mut self, sql: String, rows: Value) {
        self.postponed.push(Postponed { sql, rows });
    }

    /// Runs what was kept, as few statements as fit.
    pub(super) async fn run_postponed(&mut self) -> Result<(), StoreError> {
        for together in together(std::mem::take(&mut self.postponed)) {
            let (sql, values) = one_statement(together);
            let asked = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            self.conn.execute_raw(asked).await?;
        }
        Ok(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(Some(text)) => text.len(),
        _ => 0,
    }
}

fn together(postponed: Vec<Postponed>) -> Vec<Vec<Postponed>> {
    let mut all: Vec<Vec<Postponed>> = vec![];
    let mut room = 0;
    for next in postponed {
        let size = size(&next.rows);
        match all.last_mut() {
            Some(some) if size <= room => {
                room -= size;
                some.push(next);
            }
            _ => {
                room = LARGEST_PART.saturating_sub(size);
                all.push(vec![next]);
            }
        }
    }
    all
}

fn one_statement(mut together: Vec<Postponed>) -> (String, Vec<Value>) {
    if together.len() == 1 {
        let Postponed { sql, rows } = together.remove(0);
        return (sql, vec![rows]);
    }
    let (mut parts, mut values) = (vec![], vec![]);
    for (at, Postponed { sql, rows }) in together.into_iter().enumerate() {
        parts.push(format!("s{at} AS ({})", sql.replace("$1", &format!("${}", at + 1))));
        values.push(rows);
    }
    (format!("WITH {} SELECT 1", parts.join(", ")), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sql: &str, size: usize) -> Postponed {
        Postponed { sql: sql.to_owned(), rows: "x".repeat(size).into() }
    }

    #[test]
    fn small_ones_leave_together_in_their_order() {
        let all = together(vec![kept("a $1", 10), kept("b $1", 10), kept("c $1", LARGEST_PART)]);
        let said: Vec<String> = all.into_iter().map(|some| one_statement(some).0).collect();
        assert_eq!(said, ["WITH s0 AS (a $1), s1 AS (b $2) SELECT 1", "c $1"]);
        assert!(together(vec![]).is_empty());
    }
}
