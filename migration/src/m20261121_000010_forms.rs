//! In which form a message goes out: as free text inside the service window, else as a template;
//! alone, or together with others to the same person. What holds a message that waits.
use super::{add, index, instant, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const LOG: &str = "notification_log";
const ATTEMPTS: &str = "delivery_attempts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rename =
            "ALTER TABLE notification_log RENAME COLUMN recipient_number TO recipient_address";
        manager.get_connection().execute_unprepared(rename).await?;
        // The template that tells the same, its language and its values; what `template` names went.
        for column in [text("form_template"), text("locale"), text("parameters")] {
            add(manager, LOG, column).await?;
        }
        add(manager, LOG, text("held_by")).await?;
        for column in [text("template"), text("locale")] {
            add(manager, ATTEMPTS, column).await?;
        }
        // The notification whose message told this one too.
        add(manager, ATTEMPTS, super::integer("told_by")).await?;
        add(manager, "users", instant("whatsapp_heard_at")).await?;
        let held = Some("held_by IS NOT NULL");
        index(manager, "notification_log_held", "notification_log (held_by, id)", held).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX notification_log_held").await?;
        take(manager, "users", "whatsapp_heard_at").await?;
        for column in ["told_by", "locale", "template"] {
            take(manager, ATTEMPTS, column).await?;
        }
        for column in ["held_by", "parameters", "locale", "form_template"] {
            take(manager, LOG, column).await?;
        }
        let rename =
            "ALTER TABLE notification_log RENAME COLUMN recipient_address TO recipient_number";
        connection.execute_unprepared(rename).await.map(drop)
    }
}
