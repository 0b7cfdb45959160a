//! Since when WhatsApp has had nobody at a person's number; messages that were skipped for that are
//! followed over another way.
use super::{add, index, instant, take};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BEFORE: &str =
    "'no_number', 'number_unverified', 'no_consent', 'opted_out', 'email_unverified'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "users", instant("undeliverable_at")).await?;
        shut_out(manager, &format!("{BEFORE}, 'undeliverable'")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shut_out(manager, BEFORE).await?;
        take(manager, "users", "undeliverable_at").await
    }
}

/// Messages whose way was shut while they waited, for one of these reasons.
async fn shut_out(manager: &SchemaManager<'_>, reasons: &str) -> Result<(), DbErr> {
    const NAME: &str = "notification_log_shut_out";
    manager.get_connection().execute_unprepared(&format!("DROP INDEX {NAME}")).await?;
    let these =
        format!("status = 'SKIPPED' AND followed_by IS NULL AND skip_reason IN ({reasons})");
    index(manager, NAME, "notification_log (id)", Some(&these)).await
}
