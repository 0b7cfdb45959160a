//! Of what the admins were told last, and when: nobody is told of the same thing again and again.
use super::{instant, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alerts = Table::create()
            .table("alerts")
            .col(text("about").not_null().primary_key())
            .col(instant("told_at").not_null())
            .to_owned();
        manager.create_table(alerts).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("alerts").to_owned()).await
    }
}
