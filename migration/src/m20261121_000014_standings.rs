//! What each provider said of us when it was asked last: token, number, account, webhook.
use super::{instant, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("channel_standings")
            .col(text("provider").not_null())
            .col(text("sender").not_null())
            .col(text("said").not_null())
            .col(instant("asked_at").not_null())
            .primary_key(Index::create().col("provider").col("sender"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("channel_standings").to_owned()).await
    }
}
