//! When somebody was last heard of: a number whose owner is silent is not trusted for ever. Whoever is
//! known already is heard of now.
use super::{add, instant, take};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "users", instant("seen_at")).await?;
        let connection = manager.get_connection();
        let now = match connection.get_database_backend() {
            DbBackend::Postgres => "clock_timestamp()",
            _ => "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
        };
        connection.execute_unprepared(&format!("UPDATE users SET seen_at = {now}")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "users", "seen_at").await
    }
}
