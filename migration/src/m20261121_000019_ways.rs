//! The ways to a person: how they want to be told, what they said no to, and which message was sent
//! because another had not arrived.
use super::{add, index, instant, integer, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const LOG: &str = "notification_log";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // JSON; nothing where somebody chose nothing.
        add(manager, "users", text("preferences")).await?;
        for column in ["opted_out_at", "sms_opted_out_at"] {
            add(manager, "users", instant(column)).await?;
        }
        // The message that another way was tried before this one, and the very first of them; the
        // message that followed this one, 0 where no way was left.
        for column in ["follows", "first_id", "followed_by"] {
            add(manager, LOG, integer(column)).await?;
        }
        let followed = Some("follows IS NOT NULL");
        index(manager, "notification_log_follows_unique", "notification_log (follows)", followed)
            .await?;
        let later = Some("first_id IS NOT NULL");
        index(manager, "notification_log_first", "notification_log (first_id)", later).await?;
        // What was skipped before there was more than one way stays so.
        let old = "UPDATE notification_log SET followed_by = 0 WHERE status = 'SKIPPED'";
        manager.get_connection().execute_unprepared(old).await?;
        // Messages whose way was shut while they waited.
        let shut_out = Some(
            "status = 'SKIPPED' AND followed_by IS NULL AND skip_reason IN ('no_number', \
             'number_unverified', 'no_consent', 'opted_out', 'email_unverified')",
        );
        index(manager, "notification_log_shut_out", "notification_log (id)", shut_out).await?;
        // CRITICAL messages that no phone has confirmed.
        let silent = Some(
            "lane = 'CRITICAL' AND receipt IS NULL AND followed_by IS NULL \
             AND status IN ('SENT', 'UNCONFIRMED')",
        );
        let on = "notification_log (attempt_started_at)";
        index(manager, "notification_log_silent", on, silent).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for name in ["silent", "shut_out", "first", "follows_unique"] {
            connection.execute_unprepared(&format!("DROP INDEX notification_log_{name}")).await?;
        }
        for column in ["followed_by", "first_id", "follows"] {
            take(manager, LOG, column).await?;
        }
        for column in ["sms_opted_out_at", "opted_out_at", "preferences"] {
            take(manager, "users", column).await?;
        }
        Ok(())
    }
}
