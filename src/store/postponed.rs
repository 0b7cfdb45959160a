//! Statements whose answer nobody needs: they wait and leave together before the commit. What a short
//! transaction costs is its round trips, to another process on PostgreSQL and to SQLite's thread.
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Tx;
use super::bulk::LARGEST_PART;
use super::error::StoreError;

/// A statement that waits: on PostgreSQL it has one parameter, `$1`.
pub(super) struct Postponed {
    sql: String,
    values: Vec<Value>,
}

impl Tx {
    /// Keeps a statement until the commit.
    pub(super) fn postpone(&mut self, sql: String, values: Vec<Value>) {
        self.postponed.push(Postponed { sql, values });
    }

    /// Runs what was kept, as few statements as fit.
    pub(super) async fn run_postponed(&mut self) -> Result<(), StoreError> {
        let (backend, kept) = (self.backend(), std::mem::take(&mut self.postponed));
        if kept.is_empty() {
            return Ok(());
        }
        if backend == DbBackend::Postgres {
            for (sql, values) in together(kept).into_iter().map(one_statement) {
                let asked = Statement::from_sql_and_values(backend, sql, values);
                self.conn.execute_raw(asked).await?;
            }
            return Ok(());
        }
        let (sql, values) = one_after_the_other(kept);
        let run = if self.conn.has_begun() {
            let asked = Statement::from_sql_and_values(backend, sql, values);
            self.conn.execute_raw(asked).await.map(|_| ())
        } else {
            self.conn.whole(&sql, values).await
        };
        run.map_err(|error| self.not_ours(error.into()))
    }
}

/// SQLite runs several statements as one, and each takes the values that those before it left.
fn one_after_the_other(kept: Vec<Postponed>) -> (String, Vec<Value>) {
    let (statements, values): (Vec<_>, Vec<_>) =
        kept.into_iter().map(|it| (it.sql, it.values)).unzip();
    (statements.join("; "), values.into_iter().flatten().collect())
}

fn size(values: &[Value]) -> usize {
    let size = |value: &Value| match value {
        Value::String(Some(text)) => text.len(),
        _ => 0,
    };
    values.iter().map(size).sum()
}

fn together(postponed: Vec<Postponed>) -> Vec<Vec<Postponed>> {
    let mut all: Vec<Vec<Postponed>> = vec![];
    let mut room = 0;
    for next in postponed {
        let size = size(&next.values);
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
        let Postponed { sql, values } = together.remove(0);
        return (sql, values);
    }
    let (mut parts, mut all) = (vec![], vec![]);
    for (at, Postponed { sql, values }) in together.into_iter().enumerate() {
        parts.push(format!("s{at} AS ({})", sql.replace("$1", &format!("${}", at + 1))));
        all.extend(values);
    }
    (format!("WITH {} SELECT 1", parts.join(", ")), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sql: &str, size: usize) -> Postponed {
        Postponed { sql: sql.to_owned(), values: vec!["x".repeat(size).into()] }
    }

    #[test]
    fn small_ones_leave_together_in_their_order() {
        let all = together(vec![kept("a $1", 10), kept("b $1", 10), kept("c $1", LARGEST_PART)]);
        let said: Vec<String> = all.into_iter().map(|some| one_statement(some).0).collect();
        assert_eq!(said, ["WITH s0 AS (a $1), s1 AS (b $2) SELECT 1", "c $1"]);
        assert!(together(vec![]).is_empty());
    }

    #[test]
    fn where_several_may_stand_in_one_they_keep_their_order_and_values() {
        let (sql, values) = one_after_the_other(vec![kept("a ?", 1), kept("b ?", 2)]);
        assert_eq!((sql.as_str(), values), ("a ?; b ?", vec!["x".into(), "xx".into()]));
    }
}
