//! What providers sent us, raw, with what became of it.
use super::{id, index, instant, integer, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("webhook_events")
            .col(id())
            .col(text("provider").not_null())
            .col(text("digest").not_null())
            .col(ColumnDef::new("raw").binary().not_null())
            .col(text("state").not_null())
            .col(text("note"))
            .col(integer("tries").not_null())
            .col(instant("next_try_at"))
            .col(instant("received_at").not_null())
            .col(instant("processed_at"))
            .to_owned();
        manager.create_table(table).await?;
        // A provider repeats a body to the letter: the same digest is the same event.
        let on = "webhook_events (provider, digest)";
        index(manager, "webhook_events_digest_unique", on, None).await?;
        let open = Some("next_try_at IS NOT NULL");
        index(manager, "webhook_events_open", "webhook_events (next_try_at)", open).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("webhook_events").to_owned()).await
    }
}
