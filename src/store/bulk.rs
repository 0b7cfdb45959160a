//! Many rows in one statement. PostgreSQL gets them as one JSON parameter, so that its statements
//! stay the same whatever the number of rows and are parsed once a connection; SQLite, which parses
//! in no time and reads JSON slowly, gets them as values.
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iden, Iterable,
    PrimaryKeyToColumn, Statement, Value,
};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::Tx;
use super::error::StoreError;

/// SQLite takes 32,766 values a statement (sqlite.org/limits.html).
const MOST_VALUES: usize = 32_000;

/// What to do with a row that is there already.
pub(super) struct Known<C: 'static> {
    /// What makes it the same row.
    pub(super) by: &'static [C],
    /// What is new about it.
    pub(super) update: &'static [C],
}

impl Tx {
    /// Inserts rows that set the same columns; answers their ids in the order of the rows.
    pub(super) async fn insert_all<E>(
        &self,
        rows: Vec<E::ActiveModel>,
    ) -> Result<Vec<i64>, StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        if self.backend() != DbBackend::Postgres {
            let (ids, rows) = self.numbered::<E>(rows).await?;
            for (sql, values) in inserts::<E>(self.backend(), rows)? {
                let asked = Statement::from_sql_and_values(self.backend(), sql, values);
                self.conn.execute_raw(asked).await.map_err(|error| self.not_ours(error.into()))?;
            }
            return Ok(ids);
        }
        let mut ids = Vec::with_capacity(rows.len());
        for (sql, values) in inserts::<E>(self.backend(), rows)? {
            let sql = sql + " RETURNING id";
            let asked = Statement::from_sql_and_values(self.backend(), sql, values);
            for row in self.conn.query_all_raw(asked).await? {
                ids.push(row.try_get("", "id")?);
            }
        }
        // Ids are dealt out in the order of the rows, the answer may come in any.
        ids.sort_unstable();
        Ok(ids)
    }

    /// As [`Self::insert_all`], for rows that nothing in this story looks at: SQLite writes them before
    /// the commit, together with all else that waits until then.
    pub(super) async fn insert_at_the_end<E>(
        &mut self,
        rows: Vec<E::ActiveModel>,
    ) -> Result<Vec<i64>, StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        if self.backend() == DbBackend::Postgres {
            return self.insert_all::<E>(rows).await;
        }
        let (ids, rows) = self.numbered::<E>(rows).await?;
        self.insert_unasked::<E>(rows)?;
        Ok(ids)
    }

    /// Rows with their ids, on SQLite.
    async fn numbered<E>(
        &self,
        mut rows: Vec<E::ActiveModel>,
    ) -> Result<(Vec<i64>, Vec<E::ActiveModel>), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        let ids = self.numbers.deal::<E>(&self.conn, rows.len()).await?;
        let id = E::PrimaryKey::iter().next().expect("every table has a key").into_column();
        for (row, number) in rows.iter_mut().zip(&ids) {
            row.set(id, (*number).into());
        }
        Ok((ids, rows))
    }

    /// Inserts rows whose ids nobody needs, before the commit at the latest.
    pub(super) fn insert_unasked<E>(&mut self, rows: Vec<E::ActiveModel>) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        for (sql, values) in inserts::<E>(self.backend(), rows)? {
            self.postpone(sql, values);
        }
        Ok(())
    }

    /// Inserts rows, or brings those that are there already up to date.
    pub(super) async fn upsert_all<E>(
        &self,
        rows: Vec<E::ActiveModel>,
        known: &Known<E::Column>,
    ) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        let by: Vec<&str> = known.by.iter().map(Iden::unquoted).collect();
        let set = |column: &E::Column| format!("{0} = excluded.{0}", column.unquoted());
        let sets: Vec<String> = known.update.iter().map(set).collect();
        let known = format!(" ON CONFLICT ({}) DO UPDATE SET {}", by.join(", "), sets.join(", "));
        for (sql, values) in inserts::<E>(self.backend(), rows)? {
            let asked = Statement::from_sql_and_values(self.backend(), sql + &known, values);
            self.conn.execute_raw(asked).await?;
        }
        Ok(())
    }
}

/// The statements that insert these rows, which set the same columns.
fn inserts<E>(
    backend: DbBackend,
    mut rows: Vec<E::ActiveModel>,
) -> Result<Vec<(String, Vec<Value>)>, StoreError>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let Some(first) = rows.first() else { return Ok(vec![]) };
    let columns: Vec<E::Column> =
        E::Column::iter().filter(|column| first.get(*column).into_value().is_some()).collect();
    let names: Vec<&str> = columns.iter().map(Iden::unquoted).collect();
    let (entity, into) = (E::default(), names.join(", "));
    let table = entity.table_name();
    let take = |row: &mut E::ActiveModel, at: usize| {
        let unset = || StoreError::Refused(format!("a row of {table} lacks {}", names[at]));
        row.take(columns[at]).into_value().ok_or_else(unset)
    };
    let cells = |row: &mut E::ActiveModel| -> Result<Vec<Value>, StoreError> {
        (0..columns.len()).map(|at| take(row, at)).collect()
    };
    if backend == DbBackend::Postgres {
        let sql = format!(
            "INSERT INTO {table} ({into}) \
             SELECT {into} FROM json_populate_recordset(NULL::{table}, $1::json)"
        );
        let objects = rows.iter_mut().map(|row| {
            let cells = names.iter().zip(cells(row)?);
            let object = cells.map(|(name, value)| Ok(((*name).to_owned(), cell(&value)?)));
            object.collect::<Result<Map<_, _>, StoreError>>().map(Json::Object)
        });
        let parts = parts(objects.collect::<Result<_, _>>()?);
        return Ok(parts.into_iter().map(|part| (sql.clone(), vec![part])).collect());
    }
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let some = rows.chunks_mut((MOST_VALUES / columns.len()).max(1)).map(|some| {
        let values = vec![row.as_str(); some.len()].join(",");
        let cells: Vec<Vec<Value>> = some.iter_mut().map(cells).collect::<Result<_, _>>()?;
        let cells = cells.into_iter().flatten().collect();
        Ok((format!("INSERT INTO {table} ({into}) VALUES {values}"), cells))
    });
    some.collect()
}

/// `column` is one of these ids, however many: one statement for all numbers of them.
pub(super) fn among(
    backend: DbBackend,
    column: impl ColumnTrait,
    ids: impl IntoIterator<Item = i64>,
) -> SimpleExpr {
    let name = column.unquoted();
    let sql = match backend {
        DbBackend::Postgres => {
            format!("{name} IN (SELECT value::bigint FROM json_array_elements_text($1::json))")
        }
        _ => format!("{name} IN (SELECT value FROM json_each(?))"),
    };
    Expr::cust_with_values(sql, [list(ids)])
}

/// The rows of a table whose `column`, which others may share, is one of the values in `$1`. PostgreSQL
/// looks each of them up: as long as it has no statistics, as in the first minutes of a table, it takes
/// many values of such a column for half of the table, and would read the whole of it.
pub(super) fn each_of(backend: DbBackend, table: &str, column: &str, kind: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "(SELECT found.* FROM json_array_elements_text($1::json) AS wanted \
               CROSS JOIN LATERAL (SELECT * FROM {table} \
                 WHERE {column} = wanted.value::{kind} OFFSET 0) AS found) AS {table}"
        ),
        _ => format!(
            "(SELECT * FROM {table} WHERE {column} IN (SELECT value FROM json_each($1))) AS {table}"
        ),
    }
}

/// Ids, or words, as one parameter.
pub(super) fn list<T: Serialize>(ids: impl IntoIterator<Item = T>) -> Value {
    let ids: Vec<T> = ids.into_iter().collect();
    serde_json::to_string(&ids).expect("numbers and words").into()
}

/// sqlx leaves Nagle's algorithm on: a statement that does not fit into the socket's first buffer
/// (16 KiB on Linux) waits 40 ms for an acknowledgement. Parts of this size fit.
pub(super) const LARGEST_PART: usize = 14 * 1024;

/// The rows as JSON arrays, none of them much larger than [`LARGEST_PART`] if a row can help it.
pub(super) fn parts(rows: Vec<Json>) -> Vec<Value> {
    let mut parts = vec![];
    let mut part = String::new();
    for row in rows {
        let row = row.to_string();
        if !part.is_empty() && part.len() + row.len() > LARGEST_PART {
            parts.push(Value::from(std::mem::take(&mut part) + "]"));
        }
        part.push(if part.is_empty() { '[' } else { ',' });
        part.push_str(&row);
    }
    if !part.is_empty() {
        parts.push(Value::from(part + "]"));
    }
    parts
}

/// A value as PostgreSQL reads it from JSON.
pub(super) fn cell(value: &Value) -> Result<Json, StoreError> {
    Ok(match value {
        Value::String(text) => text.as_deref().into(),
        Value::BigInt(number) => (*number).into(),
        Value::Int(number) => (*number).into(),
        Value::Bool(flag) => (*flag).into(),
        Value::ChronoDateTimeUtc(at) => at.as_ref().map(chrono::DateTime::to_rfc3339).into(),
        other => return Err(StoreError::Refused(format!("no bulk insert knows {other:?}"))),
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;

    use super::*;

    #[test]
    fn however_many_rows_there_are_sqlite_takes_each_statement() {
        let row = |n| entity::ticket_words::ActiveModel {
            ticket_id: Set(n),
            words: Set(format!("word{n}")),
            ..Default::default()
        };
        let many = 40_000;
        let rows = (0..many).map(row).collect();
        let asked = inserts::<entity::ticket_words::Entity>(DbBackend::Sqlite, rows).unwrap();
        assert_eq!(asked.len(), 3);
        for (sql, values) in &asked {
            assert!(values.len() <= 32_766);
            assert_eq!(sql.matches('?').count(), values.len());
        }
        let values: Vec<Value> = asked.into_iter().flat_map(|(_, values)| values).collect();
        let ids = values.into_iter().step_by(2);
        assert!(ids.eq((0..many).map(Value::from)));
    }

    #[test]
    fn parts_hold_every_row_once_in_order_and_stay_small() {
        let rows: Vec<Json> =
            (0..200).map(|n| serde_json::json!({"n": n, "x": "y".repeat(400)})).collect();
        let parts = parts(rows.clone());
        assert!(parts.len() > 3);
        let mut read = vec![];
        for part in parts {
            let Value::String(Some(part)) = part else { panic!("text") };
            assert!(part.len() <= LARGEST_PART + 2);
            read.extend(serde_json::from_str::<Vec<Json>>(&part).unwrap());
        }
        assert_eq!(read, rows);
        assert!(super::parts(vec![]).is_empty());
    }
}
