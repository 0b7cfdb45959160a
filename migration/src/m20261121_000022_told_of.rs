//! What one person was told of one ticket, in order: who is next and what a newer state has overtaken
//! is found without reading everything that they were ever told.
use super::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = "notification_log (ticket_id, recipient_id, id)";
        index(manager, "notification_log_told_of", on, None).await?;
        let sql = "DROP INDEX notification_log_ticket; DROP INDEX notification_log_in_line";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "notification_log_ticket", "notification_log (ticket_id, id)", None).await?;
        let on = "notification_log (ticket_id, recipient_id, id)";
        let open = Some("status IN ('QUEUED', 'SENDING')");
        index(manager, "notification_log_in_line", on, open).await?;
        let sql = "DROP INDEX notification_log_told_of";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}
