//! What people were called before, each on a line of its own: erasing a person takes it out of what was
//! written while they were called so.
use super::{add, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "users", text("former_names")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "users", "former_names").await
    }
}
