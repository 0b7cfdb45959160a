//! Many rows in one statement. PostgreSQL gets them as one JSON parameter, so that its statements
//! stay the same whatever the number of rows and are parsed once a connection; SQLite, which parses
//! in no time and reads JSON slowly, gets them as values.
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iden,
    IntoActiveModel, Iterable, ModelTrait, Statement, Value,
};
use serde_json::{Map, Value as Json};

use super::Tx;
use super::error::StoreError;

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
        E::Model: FromQueryResult + IntoActiveModel<E::ActiveModel> + ModelTrait,
        E::PrimaryKey: sea_orm::PrimaryKeyTrait<ValueType = i64>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        if rows.is_empty() {
            return Ok(vec![]);
        }
        let mut ids: Vec<i64> = match self.backend() {
            DbBackend::Postgres => {
                let sql = insert_sql::<E>(&rows[0])? + " RETURNING id";
                let mut ids = Vec::with_capacity(rows.len());
                for part in parts(json::<E>(&rows)?) {
                    let asked = Statement::from_sql_and_values(self.backend(), &sql, [part]);
                    for row in self.conn.query_all_raw(asked).await? {
                        ids.push(row.try_get("", "id")?);
                    }
                }
                ids
            }
            _ => E::insert_many(rows).exec_with_returning_keys(&self.conn).await?,
        };
        // Ids are dealt out in the order of the rows, the answer may come in any.
        ids.sort_unstable();
        Ok(ids)
    }

    /// Inserts rows whose ids nobody needs, before the commit at the latest.
    pub(super) async fn insert_unasked<E>(
        &mut self,
        rows: Vec<E::ActiveModel>,
    ) -> Result<(), StoreError>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        let Some(first) = rows.first() else { return Ok(()) };
        if self.backend() == DbBackend::Postgres {
            let sql = insert_sql::<E>(first)?;
            for part in parts(json::<E>(&rows)?) {
                self.postpone(sql.clone(), part);
            }
            return Ok(());
        }
        E::insert_many(rows).exec_without_returning(&self.conn).await?;
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
        if rows.is_empty() {
            return Ok(());
        }
        if self.backend() == DbBackend::Postgres {
            let names = |columns: &[E::Column]| {
                columns.iter().map(Iden::unquoted).map(str::to_owned).collect::<Vec<_>>()
            };
            let sets: Vec<String> = names(known.update)
                .iter()
                .map(|name| format!("{name} = excluded.{name}"))
                .collect();
            let sql = format!(
                "{} ON CONFLICT ({}) DO UPDATE SET {}",
                insert_sql::<E>(&rows[0])?,
                names(known.by).join(", "),
                sets.join(", ")
            );
            for part in parts(json::<E>(&rows)?) {
                let asked = Statement::from_sql_and_values(self.backend(), &sql, [part]);
                self.conn.execute_raw(asked).await?;
            }
            return Ok(());
        }
        let conflict = OnConflict::columns(known.by.iter().copied())
            .update_columns(known.update.iter().copied())
            .to_owned();
        E::insert_many(rows).on_conflict(conflict).exec_without_returning(&self.conn).await?;
        Ok(())
    }
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

/// Ids as one parameter.
pub(super) fn list(ids: impl IntoIterator<Item = i64>) -> Value {
    let ids: Vec<i64> = ids.into_iter().collect();
    serde_json::to_string(&ids).expect("numbers").into()
}

fn set_columns<E: EntityTrait>(row: &E::ActiveModel) -> Vec<E::Column>
where
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    E::Column::iter().filter(|column| row.get(*column).into_value().is_some()).collect()
}

fn insert_sql<E>(row: &E::ActiveModel) -> Result<String, StoreError>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let columns: Vec<E::Column> = set_columns::<E>(row);
    let names: Vec<&str> = columns.iter().map(Iden::unquoted).collect();
    let (names, entity) = (names.join(", "), E::default());
    let table = entity.table_name();
    Ok(format!(
        "INSERT INTO {table} ({names}) \
         SELECT {names} FROM json_populate_recordset(NULL::{table}, $1::json)"
    ))
}

fn json<E>(rows: &[E::ActiveModel]) -> Result<Vec<Json>, StoreError>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let rows = rows.iter().map(|row| {
        let cells = set_columns::<E>(row).into_iter().filter_map(|column| {
            let value = row.get(column).into_value()?;
            Some(cell(&value).map(|cell| (column.unquoted().to_owned(), cell)))
        });
        cells.collect::<Result<Map<_, _>, _>>().map(Json::Object)
    });
    rows.collect()
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
    use super::*;

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
