//! Message templates as they stand at the provider, with what is wrong with each.
use super::{id, index, instant, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let templates = Table::create()
            .table("message_templates")
            .col(id())
            .col(text("provider").not_null())
            .col(text("name").not_null())
            .col(text("language").not_null())
            .col(text("template_id"))
            .col(text("status").not_null())
            .col(text("category"))
            .col(text("quality"))
            .col(text("trouble"))
            .col(instant("checked_at").not_null())
            .to_owned();
        manager.create_table(templates).await?;
        let by = "message_templates (provider, name, language)";
        index(manager, "message_templates_unique", by, None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("message_templates").to_owned()).await
    }
}
