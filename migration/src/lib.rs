//! The schema of Deskbell, one file a change, never edited after a release; alike on SQLite and
//! PostgreSQL.
pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_people;
mod m20261121_000002_tickets;
mod m20261121_000003_notifications;
mod m20261121_000004_webhook_events;
mod m20261121_000005_idempotency_keys;
mod m20261121_000006_sessions;
mod m20261121_000007_comments;
mod m20261121_000008_search;
mod m20261121_000009_lanes;
mod m20261121_000010_forms;
mod m20261121_000011_templates;
mod m20261121_000012_line;
mod m20261121_000013_inbox;
mod m20261121_000014_standings;
mod m20261121_000016_codes;
mod m20261121_000017_schema_marks;
mod m20261121_000019_ways;
mod m20261121_000020_usage;
mod m20261121_000021_alerts;
mod m20261121_000022_told_of;
mod m20261122_000031_text_wishes;
mod m20261122_000032_mail_opt_outs;
mod m20261122_000033_asking;
mod m20261122_000034_undeliverable;
mod m20261122_000035_status_and_priority;
mod m20261122_000036_words_dated;
mod m20261122_000037_seen;
mod m20261122_000038_former_names;

/// Every change of the schema, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_people::Migration),
            Box::new(m20261121_000002_tickets::Migration),
            Box::new(m20261121_000003_notifications::Migration),
            Box::new(m20261121_000004_webhook_events::Migration),
            Box::new(m20261121_000005_idempotency_keys::Migration),
            Box::new(m20261121_000006_sessions::Migration),
            Box::new(m20261121_000007_comments::Migration),
            Box::new(m20261121_000008_search::Migration),
            Box::new(m20261121_000009_lanes::Migration),
            Box::new(m20261121_000010_forms::Migration),
            Box::new(m20261121_000011_templates::Migration),
            Box::new(m20261121_000012_line::Migration),
            Box::new(m20261121_000013_inbox::Migration),
            Box::new(m20261121_000014_standings::Migration),
            Box::new(m20261121_000016_codes::Migration),
            Box::new(m20261121_000017_schema_marks::Migration),
            Box::new(m20261121_000019_ways::Migration),
            Box::new(m20261121_000020_usage::Migration),
            Box::new(m20261121_000021_alerts::Migration),
            Box::new(m20261121_000022_told_of::Migration),
            Box::new(m20261122_000031_text_wishes::Migration),
            Box::new(m20261122_000032_mail_opt_outs::Migration),
            Box::new(m20261122_000033_asking::Migration),
            Box::new(m20261122_000034_undeliverable::Migration),
            Box::new(m20261122_000035_status_and_priority::Migration),
            Box::new(m20261122_000036_words_dated::Migration),
            Box::new(m20261122_000037_seen::Migration),
            Box::new(m20261122_000038_former_names::Migration),
        ]
    }
}

/// The primary key of every table: a positive 64-bit integer that is never used twice.
fn id() -> ColumnDef {
    ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key().to_owned()
}

/// An instant in UTC.
fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().to_owned()
}

/// Text of any length.
fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

/// A whole number.
fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

/// Points at a row of another table, which cannot go while it is pointed at.
fn points(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").to_owned()
}

/// An index, perhaps over the rows of one condition only.
async fn index(
    manager: &SchemaManager<'_>,
    name: &str,
    on: &str,
    condition: Option<&str>,
) -> Result<(), DbErr> {
    let condition = condition.map(|c| format!(" WHERE {c}")).unwrap_or_default();
    let unique = if name.ends_with("_unique") { "UNIQUE " } else { "" };
    let sql = format!("CREATE {unique}INDEX {name} ON {on}{condition}");
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}

/// Adds a column; SQLite takes one at a time.
async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}

/// Takes a column away.
async fn take(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await
}
