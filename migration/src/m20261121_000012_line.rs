//! Our lines to the providers: which process sends, and which line is paused.
use super::{index, instant, integer, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ATTEMPTS: &str = "delivery_attempts";
const LOG: &str = "notification_log";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let leases = Table::create()
            .table("leases")
            .col(text("name").not_null().primary_key())
            .col(text("holder").not_null())
            .col(instant("until").not_null())
            .to_owned();
        manager.create_table(leases).await?;
        let states = Table::create()
            .table("channel_states")
            .col(text("provider").not_null())
            .col(text("sender").not_null())
            .col(text("state").not_null())
            .col(integer("code"))
            .col(text("reason"))
            .col(instant("since").not_null())
            .col(instant("probe_at"))
            .col(integer("probes").not_null())
            .primary_key(Index::create().col("provider").col("sender"))
            .to_owned();
        manager.create_table(states).await?;
        // The attempt whose message told this one too, of the notification in `told_by`; and whether
        // a message about this notification ever told others, too.
        super::add(manager, ATTEMPTS, integer("told_by_number")).await?;
        let tells_others = ColumnDef::new("tells_others").boolean().to_owned();
        super::add(manager, LOG, tells_others).await?;
        let paired = Some("held_by = 'PAIR'");
        let on = "notification_log (recipient_address, id)";
        index(manager, "notification_log_paired", on, paired).await?;
        let told = Some("told_by IS NOT NULL");
        index(manager, "delivery_attempts_told_by", "delivery_attempts (told_by)", told).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX delivery_attempts_told_by").await?;
        connection.execute_unprepared("DROP INDEX notification_log_paired").await?;
        take(manager, LOG, "tells_others").await?;
        take(manager, ATTEMPTS, "told_by_number").await?;
        manager.drop_table(Table::drop().table("channel_states").to_owned()).await?;
        manager.drop_table(Table::drop().table("leases").to_owned()).await
    }
}
