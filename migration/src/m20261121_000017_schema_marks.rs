//! What was done to the schema besides the changes themselves: a program that finds its own mark
//! here has nothing to do at its start.
use super::text;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mark = text("mark").not_null().primary_key().to_owned();
        manager.create_table(Table::create().table("schema_marks").col(mark).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("schema_marks").to_owned()).await
    }
}
