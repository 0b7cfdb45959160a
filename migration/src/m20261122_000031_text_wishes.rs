//! When somebody last said whether they want text messages: what comes late, or is read again, takes
//! back nothing that was said later.
use super::{add, instant, take};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "users", instant("sms_wish_at")).await?;
        let known = "UPDATE users SET sms_wish_at = sms_opted_out_at";
        manager.get_connection().execute_unprepared(known).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "users", "sms_wish_at").await
    }
}
