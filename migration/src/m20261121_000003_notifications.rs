//! Notifications (the outbox, and the log that people read) and every attempt to send one.
use super::{id, index, instant, integer, points, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let log = Table::create()
            .table("notification_log")
            .col(id())
            .col(text("event").not_null())
            .col(text("channel").not_null())
            .col(text("lane").not_null())
            .col(integer("ticket_id"))
            .col(integer("recipient_id"))
            .col(text("recipient_number").not_null())
            .col(text("body").not_null())
            .col(text("template"))
            .col(text("provider").not_null())
            .col(text("status").not_null())
            .col(text("skip_reason"))
            .col(text("receipt"))
            .col(integer("attempts").not_null())
            .col(integer("forgiven").not_null())
            .col(integer("resends").not_null())
            .col(instant("next_attempt_at"))
            .col(instant("attempt_started_at"))
            .col(instant("lease_until"))
            .col(instant("expires_at").not_null())
            .col(text("provider_message_id"))
            .col(integer("error_code"))
            .col(text("error_message"))
            .col(instant("created_at").not_null())
            .col(instant("sent_at"))
            .col(instant("delivered_at"))
            .col(instant("read_at"))
            .col(instant("failed_at"))
            .to_owned();
        manager.create_table(log).await?;
        index(manager, "notification_log_ticket", "notification_log (ticket_id, id)", None).await?;
        index(manager, "notification_log_recipient", "notification_log (recipient_id, id)", None)
            .await?;
        // What the sweep and people look for. Most rows end as SENT and are found without.
        let open = Some("status <> 'SENT'");
        index(manager, "notification_log_open", "notification_log (status, id)", open).await?;

        let attempts = Table::create()
            .table("delivery_attempts")
            .col(id())
            .col(integer("notification_id").not_null())
            .col(integer("number").not_null())
            .col(text("sender").not_null())
            .col(instant("started_at").not_null())
            .col(instant("answered_at"))
            .col(integer("duration_ms"))
            .col(text("outcome").not_null())
            .col(text("remedy"))
            .col(integer("http_status"))
            .col(integer("error_code"))
            .col(text("error_message"))
            .col(text("provider_message_id"))
            .col(instant("sent_at"))
            .col(instant("delivered_at"))
            .col(instant("read_at"))
            .col(instant("failed_at"))
            .col(integer("failed_code"))
            .col(text("failed_message"))
            .col(text("failed_remedy"))
            .col(instant("heard_at"))
            .foreign_key(&mut points("delivery_attempts", "notification_id", "notification_log"))
            .to_owned();
        manager.create_table(attempts).await?;
        index(
            manager,
            "delivery_attempts_number_unique",
            "delivery_attempts (notification_id, number)",
            None,
        )
        .await?;
        let named = Some("provider_message_id IS NOT NULL");
        index(
            manager,
            "delivery_attempts_message",
            "delivery_attempts (provider_message_id)",
            named,
        )
        .await?;
        // Which attempts were heard of: the proof that reports come in at all.
        let heard = Some("heard_at IS NOT NULL");
        index(manager, "delivery_attempts_heard", "delivery_attempts (sender, started_at)", heard)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("delivery_attempts").to_owned()).await?;
        manager.drop_table(Table::drop().table("notification_log").to_owned()).await
    }
}
