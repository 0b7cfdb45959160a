//! What webhooks tell besides receipts: what a message counts as on the bill, what Meta says about our
//! account and its numbers, and reports about messages that are not known here yet.
use super::{add, id, index, instant, integer, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ATTEMPTS: &str = "delivery_attempts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text("pricing_category"), text("pricing_type"), flag("billable")] {
            add(manager, ATTEMPTS, column).await?;
        }
        manager.create_table(reports()).await?;
        let on = "unplaced_reports (provider, provider_message_id, report, reported_at)";
        index(manager, "unplaced_reports_unique", on, None).await?;
        let on = "unplaced_reports (next_look_at)";
        index(manager, "unplaced_reports_due", on, None).await?;
        let on = "unplaced_reports (webhook_id)";
        index(manager, "unplaced_reports_webhook", on, None).await?;
        manager.create_table(facts()).await?;
        let on = "channel_facts (provider, sender, name)";
        index(manager, "channel_facts_name_unique", on, None).await?;
        // What was not simply read is what people look for.
        let open = Some("state <> 'PROCESSED'");
        index(manager, "webhook_events_unread", "webhook_events (state, id)", open).await?;
        index(manager, "webhook_events_provider", "webhook_events (provider, id)", None).await?;
        // What waited for its messages as a whole is read once more, and leaves only those parts.
        let again = "UPDATE webhook_events SET state = 'RECEIVED' WHERE state = 'WAITING'";
        manager.get_connection().execute_unprepared(again).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX webhook_events_provider").await?;
        connection.execute_unprepared("DROP INDEX webhook_events_unread").await?;
        // The word for what could not be read is not known before.
        let words = "UPDATE webhook_events SET state = 'PROCESSED' WHERE state = 'FAILED'";
        connection.execute_unprepared(words).await?;
        for table in ["channel_facts", "unplaced_reports"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in ["billable", "pricing_type", "pricing_category"] {
            take(manager, ATTEMPTS, column).await?;
        }
        Ok(())
    }
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().to_owned()
}

fn reports() -> TableCreateStatement {
    Table::create()
        .table("unplaced_reports")
        .col(id())
        .col(text("provider").not_null())
        .col(text("provider_message_id").not_null())
        .col(integer("notification_id"))
        .col(integer("attempt"))
        .col(text("report").not_null())
        .col(integer("code"))
        .col(text("message"))
        .col(text("remedy"))
        .col(instant("reported_at").not_null())
        .col(text("pricing_category"))
        .col(text("pricing_type"))
        .col(flag("billable"))
        .col(integer("webhook_id").not_null())
        .col(instant("received_at").not_null())
        .col(integer("looks").not_null())
        .col(instant("next_look_at").not_null())
        .to_owned()
}

fn facts() -> TableCreateStatement {
    Table::create()
        .table("channel_facts")
        .col(id())
        .col(text("provider").not_null())
        .col(text("sender").not_null())
        .col(text("name").not_null())
        .col(text("value").not_null())
        .col(instant("at").not_null())
        // Nothing can be sent while this holds, until then or until it is told otherwise.
        .col(ColumnDef::new("bars").boolean().not_null())
        .col(instant("until"))
        .to_owned()
}
