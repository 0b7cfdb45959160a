//! Lists of tickets in each of their orders, and the words that tickets are searched by.
use super::index;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What was there, and does not know when a ticket was filed.
const BEFORE: [(&str, &str, Option<&str>); 3] = [
    ("tickets_client", "tickets (client_id, id)", None),
    ("tickets_developer", "tickets (developer_id, id)", Some("developer_id IS NOT NULL")),
    ("tickets_status", "tickets (status, id)", None),
];

/// A page is read along one of these, from where the one before it ended.
const ORDERS: [(&str, &str, Option<&str>); 10] = [
    ("tickets_created", "tickets (created_at, id)", None),
    ("tickets_updated", "tickets (updated_at, id)", None),
    ("tickets_priority", "tickets (priority, created_at, id)", None),
    ("tickets_status", "tickets (status, created_at, id)", None),
    ("tickets_status_updated", "tickets (status, updated_at, id)", None),
    ("tickets_project", "tickets (project_name, created_at, id)", None),
    ("tickets_client", "tickets (client_id, created_at, id)", None),
    ("tickets_client_updated", "tickets (client_id, updated_at, id)", None),
    (
        "tickets_developer",
        "tickets (developer_id, created_at, id)",
        Some("developer_id IS NOT NULL"),
    ),
    (
        "tickets_developer_updated",
        "tickets (developer_id, updated_at, id)",
        Some("developer_id IS NOT NULL"),
    ),
];

/// The program folds text into words before it writes them here, so both databases index them as
/// they are.
const WORDS_ON_SQLITE: &str = "
    CREATE TABLE ticket_words (
        ticket_id INTEGER NOT NULL PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
        words TEXT NOT NULL
    );
    CREATE TABLE comment_words (
        comment_id INTEGER NOT NULL PRIMARY KEY REFERENCES comments (id) ON DELETE CASCADE,
        ticket_id INTEGER NOT NULL,
        visibility TEXT NOT NULL,
        words TEXT NOT NULL
    );
    CREATE INDEX comment_words_ticket ON comment_words (ticket_id);
";

/// An index over the words of a table, which the table keeps itself. Nobody asks where in a text a
/// word stands, which makes it small. Its parts are merged late: filing pays for every merge, and a
/// search hardly for a part more.
fn index_on_sqlite(table: &str, id: &str) -> String {
    let add = format!("INSERT INTO {table}_index (rowid, words) VALUES (new.{id}, new.words);");
    let take = format!(
        "INSERT INTO {table}_index ({table}_index, rowid, words) \
         VALUES ('delete', old.{id}, old.words);"
    );
    format!(
        "CREATE VIRTUAL TABLE {table}_index USING fts5 (words, content = '{table}', \
           content_rowid = '{id}', tokenize = 'ascii', detail = none, columnsize = 0);
         INSERT INTO {table}_index ({table}_index, rank) VALUES ('automerge', 16);
         CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {add} END;
         CREATE TRIGGER {table}_gone AFTER DELETE ON {table} BEGIN {take} END;
         CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} BEGIN {take} {add} END;"
    )
}

/// New words wait in a list that every search reads whole; it is kept short.
const WORDS_ON_POSTGRES: &str = "
    CREATE TABLE ticket_words (
        ticket_id bigint PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
        words text NOT NULL
    );
    CREATE INDEX ticket_words_index ON ticket_words
        USING gin (array_to_tsvector(string_to_array(btrim(words), ' ')))
        WITH (gin_pending_list_limit = 256);
    CREATE TABLE comment_words (
        comment_id bigint PRIMARY KEY REFERENCES comments (id) ON DELETE CASCADE,
        ticket_id bigint NOT NULL,
        visibility text NOT NULL,
        words text NOT NULL
    );
    CREATE INDEX comment_words_ticket ON comment_words (ticket_id);
    CREATE INDEX comment_words_index ON comment_words
        USING gin (array_to_tsvector(string_to_array(btrim(words), ' ')))
        WITH (gin_pending_list_limit = 256);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &BEFORE, &ORDERS).await?;
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            return db.execute_unprepared(WORDS_ON_POSTGRES).await.map(drop);
        }
        db.execute_unprepared(WORDS_ON_SQLITE).await?;
        for (table, id) in [("ticket_words", "ticket_id"), ("comment_words", "comment_id")] {
            db.execute_unprepared(&index_on_sqlite(table, id)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for words in ["ticket_words", "comment_words"] {
            if manager.get_database_backend() == DbBackend::Sqlite {
                db.execute_unprepared(&format!("DROP TABLE {words}_index")).await?;
            }
            db.execute_unprepared(&format!("DROP TABLE {words}")).await?;
        }
        replace(manager, &ORDERS, &BEFORE).await
    }
}

async fn replace(
    manager: &SchemaManager<'_>,
    old: &[(&str, &str, Option<&str>)],
    new: &[(&str, &str, Option<&str>)],
) -> Result<(), DbErr> {
    for (name, _, _) in old {
        manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
    }
    for (name, on, condition) in new {
        index(manager, name, on, *condition).await?;
    }
    Ok(())
}
