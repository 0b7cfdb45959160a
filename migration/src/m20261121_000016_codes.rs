//! One-time codes: what is needed to make each one again, and never the code itself. Accounts that
//! are still to be confirmed, with the hash of their password. When an e-mail was confirmed.
use super::{add, id, index, instant, integer, points, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CODES: &str = "one_time_codes";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let codes = Table::create()
            .table(CODES)
            .col(id())
            .col(text("purpose").not_null())
            .col(integer("user_id"))
            // Whose account it is to open, or whose password it is to change.
            .col(text("subject").not_null())
            .col(text("channel").not_null())
            .col(text("destination").not_null())
            .col(text("country").not_null())
            .col(text("nonce").not_null())
            // A code that a caller gave, until its one attempt ends.
            .col(text("sealed"))
            .col(text("payload"))
            .col(text("address").not_null())
            .col(integer("tries").not_null())
            .col(integer("sends").not_null())
            .col(instant("created_at").not_null())
            .col(instant("expires_at").not_null())
            .col(instant("used_at"))
            .col(instant("dead_at"))
            .col(integer("notification_id"))
            .foreign_key(&mut points(CODES, "user_id", "users"))
            .to_owned();
        manager.create_table(codes).await?;
        let by = "one_time_codes (purpose, subject)";
        index(manager, "one_time_codes_subject", by, None).await?;
        let by = "one_time_codes (notification_id)";
        index(manager, "one_time_codes_notification", by, None).await?;
        let by = "one_time_codes (country, created_at)";
        index(manager, "one_time_codes_country", by, None).await?;
        let by = "one_time_codes (destination, purpose)";
        index(manager, "one_time_codes_destination", by, None).await?;
        add(manager, "users", instant("email_verified_at")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "users", "email_verified_at").await?;
        manager.drop_table(Table::drop().table(CODES).to_owned()).await
    }
}
