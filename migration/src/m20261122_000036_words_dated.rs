//! When a ticket was filed, beside its words: PostgreSQL puts what a search found in order without
//! looking every ticket up. SQLite finds a ticket as soon as its words, and leaves it empty.
use super::{add, instant, take};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Written anew, in the order of the tickets: to change each row would index its words once more.
const DATED: &str = "
    ALTER TABLE ticket_words RENAME TO undated;
    DROP INDEX ticket_words_index;
    ALTER TABLE undated DROP CONSTRAINT ticket_words_pkey;
    CREATE TABLE ticket_words AS
        SELECT undated.ticket_id, undated.words, tickets.created_at
        FROM undated JOIN tickets ON tickets.id = undated.ticket_id
        ORDER BY undated.ticket_id;
    DROP TABLE undated;
    ALTER TABLE ticket_words
        ALTER COLUMN words SET NOT NULL,
        ADD PRIMARY KEY (ticket_id),
        ADD FOREIGN KEY (ticket_id) REFERENCES tickets (id) ON DELETE CASCADE;
    CREATE INDEX ticket_words_index ON ticket_words
        USING gin (array_to_tsvector(string_to_array(btrim(words), ' ')))
        WITH (gin_pending_list_limit = 256);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            return manager.get_connection().execute_unprepared(DATED).await.map(drop);
        }
        add(manager, "ticket_words", instant("created_at")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "ticket_words", "created_at").await
    }
}
