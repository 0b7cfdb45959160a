//! Rows, and the names of the people in them, with one question. SQLite hands rows out on a thread of its
//! own, each a way to whoever asked: fifty cost more than finding them. So it makes one value of them all.
use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iden,
    Iterable, QueryResult, QueryTrait, Select,
};
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// A kind of row in which people stand.
pub(super) trait Peopled: EntityTrait<Model: DeserializeOwned + Sync> {
    /// The columns that hold somebody's id.
    const PEOPLE: &'static [Self::Column];

    /// Who stands in these columns.
    fn people(row: &Self::Model) -> impl Iterator<Item = Option<i64>>;
}

/// What people are called, by their ids.
pub(super) type Names = HashMap<i64, String>;

/// Rows as they were found, and what the people in them are called.
pub(super) struct Named<E: Peopled> {
    pub(super) rows: Vec<E::Model>,
    pub(super) names: Names,
}

impl<E: Peopled> Default for Named<E> {
    fn default() -> Self {
        Self { rows: vec![], names: Names::new() }
    }
}

impl<E: Peopled> Named<E> {
    /// All that `select` finds, which takes whole rows, in its order.
    pub(super) async fn all(
        conn: &impl ConnectionTrait,
        select: SelectStatement,
    ) -> Result<Self, StoreError> {
        let backend = conn.get_database_backend();
        let found = conn.query_all_raw(backend.build(&asked::<E>(backend, select))).await?;
        let mut named = Self::default();
        for row in &found {
            match backend {
                DbBackend::Postgres => named.read_row(row)?,
                _ => named.read_value(row)?,
            }
        }
        Ok(named)
    }

    /// The one that `select` finds.
    pub(super) async fn one(
        conn: &impl ConnectionTrait,
        select: Select<E>,
    ) -> Result<Option<(E::Model, Names)>, StoreError> {
        let found = Self::all(conn, select.into_query()).await?;
        Ok(found.rows.into_iter().next().map(|row| (row, found.names)))
    }

    /// Reads what [`as_one_value`] asked for.
    pub(super) fn read_value(&mut self, row: &QueryResult) -> Result<(), StoreError> {
        let value: String = row.try_get("", VALUE)?;
        let unreadable = |error: serde_json::Error| StoreError::Refused(error.to_string());
        let found: Vec<(E::Model, Vec<Option<String>>)> =
            serde_json::from_str(&value).map_err(unreadable)?;
        found.into_iter().for_each(|(row, names)| self.add(row, names));
        Ok(())
    }

    /// Reads a row that [`with_names`] asked for.
    pub(super) fn read_row(&mut self, row: &QueryResult) -> Result<(), StoreError> {
        let names = (0..E::PEOPLE.len()).map(|at| row.try_get("", &name(at)));
        let names = names.collect::<Result<_, _>>()?;
        self.add(E::Model::from_query_result(row, "")?, names);
        Ok(())
    }

    fn add(&mut self, row: E::Model, names: Vec<Option<String>>) {
        let known = E::people(&row).zip(names);
        self.names.extend(known.filter_map(|(id, name)| id.zip(name)));
        self.rows.push(row);
    }
}

const VALUE: &str = "found";

/// Under which name the name of the one in a column of people is handed out.
fn name(at: usize) -> String {
    format!("name_{at}")
}

/// What the one in this column of people is called.
fn called<E: Peopled>(column: &E::Column) -> String {
    let id = column.unquoted();
    format!("(SELECT full_name FROM users WHERE users.id = found.{id})")
}

/// The rows of `select` with the names, as each database is best asked for them.
pub(super) fn asked<E: Peopled>(backend: DbBackend, select: SelectStatement) -> SelectStatement {
    match backend {
        DbBackend::Postgres => with_names::<E>(select),
        _ => as_one_value::<E>(select),
    }
}

/// PostgreSQL: the rows of `select`, in its order, with the names.
pub(super) fn with_names<E: Peopled>(select: SelectStatement) -> SelectStatement {
    let mut named = Query::select();
    named.expr(Expr::cust("found.*")).from_subquery(select, "found");
    for (at, column) in E::PEOPLE.iter().enumerate() {
        named.expr_as(Expr::cust(called::<E>(column)), name(at));
    }
    named
}

/// SQLite: the rows of `select`, in its order, with the names, as one value: an array of a row's cells
/// and one of its names for each, gathered in the order in which they come.
pub(super) fn as_one_value<E: Peopled>(select: SelectStatement) -> SelectStatement {
    let cells: Vec<String> = E::Column::iter().map(cell::<E>).collect();
    let names: Vec<String> = E::PEOPLE.iter().map(called::<E>).collect();
    let row = format!(
        "json_group_array(json_array(json_array({}), json_array({})))",
        cells.join(", "),
        names.join(", ")
    );
    Query::select().expr_as(Expr::cust(row), VALUE).from_subquery(select, "found").take()
}

/// A cell as JSON: SQLite knows no other truth than 1 and 0.
fn cell<E: Peopled>(column: E::Column) -> String {
    let name = column.unquoted();
    match column.def().get_column_type() {
        ColumnType::Boolean => {
            format!("json(CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' END)")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use entity::{comment, notification_log, ticket, ticket_event};

    use super::*;
    use crate::store::{Store, scratch};

    /// Cells that JSON could make something else of, and cells with nothing in them.
    const ROWS: [&str; 5] = [
        "INSERT INTO users (id, username, email, password_hash, full_name, role, locale, is_active,
             created_at, updated_at)
         VALUES (1, 'ann', 'ann@example.com', '', 'Ann \"Ü\" \\ O''Hara', 'ADMIN', 'en', TRUE, 'AT', 'AT'),
             (2, 'bob', 'bob@example.com', '', 'null', 'DEVELOPER', 'en', TRUE, 'AT', 'AT')",
        "INSERT INTO tickets (id, title, description, priority, category, project_name, status,
             client_id, developer_id, version, resolution, created_at, updated_at, opened_at)
         VALUES (7, '{\"a\": [1]}', 'tab\there, line\nthere, \u{2028} and \u{1f600}', 'LOW', 'BUG', '00123',
                 'FINISHED', 1, 2, 9007199254740993, '', 'AT', '2026-01-31T09:30:00.123456+00:00',
                 '2026-01-31T09:30:00.5+00:00'),
             (8, 'true', '1e5', 'HIGH', 'OTHER', '[]', 'NEW', 1, NULL, 1, NULL, 'AT', 'AT', NULL)",
        "INSERT INTO comments (id, ticket_id, author_id, visibility, body, created_at)
         VALUES (3, 7, 2, 'INTERNAL', 'said: \\u0041', 'AT')",
        "INSERT INTO ticket_events (id, ticket_id, event, actor_id, to_status, created_at)
         VALUES (4, 8, 'CREATED', 1, 'NEW', 'AT')",
        "INSERT INTO notification_log (id, event, channel, lane, ticket_id, recipient_id,
             recipient_address, body, provider, status, attempts, forgiven, resends, expires_at,
             created_at, parameters, tells_others)
         VALUES (5, 'E', 'WHATSAPP', 'REST', 7, 1, '+1', 'b', 'p', 'PENDING', 0, 0, 0, 'AT', 'AT',
                 '[\"x\"]', TRUE),
             (6, 'E', 'WHATSAPP', 'REST', 7, 2, '+1', 'b', 'p', 'PENDING', 0, 0, 0, 'AT', 'AT', NULL, FALSE),
             (7, 'E', 'WHATSAPP', 'REST', NULL, NULL, '+1', 'b', 'p', 'PENDING', 0, 0, 0, 'AT', 'AT', NULL, NULL)",
    ];

    async fn as_they_are_with_names<E: Peopled<Model: Debug + PartialEq>>(store: &Store) {
        let rows = E::find().all(&store.read).await.unwrap();
        let named = Named::<E>::all(&store.read, E::find().into_query()).await.unwrap();
        assert!(!rows.is_empty());
        assert_eq!(named.rows, rows);
        let people = rows.iter().flat_map(E::people).flatten();
        for id in people {
            let name = if id == 1 { r#"Ann "Ü" \ O'Hara"# } else { "null" };
            assert_eq!(named.names.get(&id).map(String::as_str), Some(name));
        }
        let nothing = E::find().into_query().and_where(Expr::cust("1 = 0")).take();
        assert!(Named::<E>::all(&store.read, nothing).await.unwrap().rows.is_empty());
    }

    async fn every_row_is_read_as_it_is(store: &Store) {
        for sql in ROWS {
            let sql = sql.replace("AT'", "2026-01-31T09:30:00+00:00'");
            store.write.execute_unprepared(&sql).await.unwrap();
        }
        as_they_are_with_names::<ticket::Entity>(store).await;
        as_they_are_with_names::<comment::Entity>(store).await;
        as_they_are_with_names::<ticket_event::Entity>(store).await;
        as_they_are_with_names::<notification_log::Entity>(store).await;
    }

    #[tokio::test]
    async fn sqlite_hands_out_every_row_as_it_is() {
        scratch::sqlite(every_row_is_read_as_it_is).await;
    }

    #[tokio::test]
    async fn postgres_hands_out_every_row_as_it_is() {
        scratch::postgres(every_row_is_read_as_it_is).await;
    }
}
