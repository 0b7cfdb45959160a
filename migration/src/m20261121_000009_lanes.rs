//! Who is next to one person about one ticket: an index over the rows that are still to be sent or
//! under way, of which there are few at any time.
use super::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = "notification_log (ticket_id, recipient_id, id)";
        let open = Some("status IN ('QUEUED', 'SENDING')");
        index(manager, "notification_log_in_line", on, open).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "DROP INDEX notification_log_in_line";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}
