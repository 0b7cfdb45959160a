//! Messages of which no report came are asked about, more and more rarely: when each was asked about
//! last, as far as it matters for when it is next.
use super::{add, index, instant, take};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const LOG: &str = "notification_log";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, LOG, instant("unheard_since")).await?;
        let asked = Some(
            "provider IN ('twilio', 'twilio_whatsapp') AND status = 'SENT' AND receipt IS NULL",
        );
        let on = "notification_log (coalesce(unheard_since, attempt_started_at))";
        index(manager, "notification_log_unheard", on, asked).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX notification_log_unheard").await?;
        take(manager, LOG, "unheard_since").await
    }
}
