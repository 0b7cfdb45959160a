//! The first answer to each keyed request, for a day.
use super::{id, index, instant, integer, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("idempotency_keys")
            .col(id())
            .col(integer("user_id").not_null())
            .col(text("route").not_null())
            .col(text("key").not_null())
            .col(text("fingerprint").not_null())
            .col(integer("status").not_null())
            .col(text("headers").not_null())
            .col(text("body").not_null())
            .col(instant("created_at").not_null())
            .to_owned();
        manager.create_table(table).await?;
        let on = "idempotency_keys (user_id, route, key)";
        index(manager, "idempotency_keys_unique", on, None).await?;
        index(manager, "idempotency_keys_age", "idempotency_keys (created_at)", None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("idempotency_keys").to_owned()).await
    }
}
