//! When somebody last logged in: a number whose owner is not heard of is not trusted for ever.
use super::{add, instant, take};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "users", instant("logged_in_at")).await?;
        let known = "UPDATE users SET logged_in_at = \
            (SELECT max(s.created_at) FROM sessions AS s WHERE s.user_id = users.id)";
        manager.get_connection().execute_unprepared(known).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "users", "logged_in_at").await
    }
}
