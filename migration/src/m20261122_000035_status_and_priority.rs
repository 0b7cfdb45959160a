//! Tickets of one status and one priority: either's index knows the other of each ticket, so that
//! what is not asked for is passed over without being read.
use super::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BEFORE: [(&str, &str); 2] = [
    ("tickets_status", "tickets (status, created_at, id)"),
    ("tickets_priority", "tickets (priority, created_at, id)"),
];

const AFTER: [(&str, &str); 2] = [
    ("tickets_status", "tickets (status, created_at, id, priority)"),
    ("tickets_priority", "tickets (priority, created_at, id, status)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &AFTER).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &BEFORE).await
    }
}

async fn replace(manager: &SchemaManager<'_>, indexes: &[(&str, &str)]) -> Result<(), DbErr> {
    for (name, on) in indexes {
        manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        index(manager, name, on, None).await?;
    }
    Ok(())
}
