//! What messages count as on a provider's bill, summed up month by month: nobody has to look through
//! millions of attempts to know what a month costs.
use super::{id, index, integer, text};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Rows are only added, each with what one story changed, and folded together later: no two
        // stories wait for each other.
        let counts = Table::create()
            .table("usage_counts")
            .col(id())
            .col(text("sender").not_null())
            .col(text("month").not_null())
            .col(text("country"))
            .col(text("category").not_null())
            .col(text("kind"))
            .col(ColumnDef::new("billable").boolean())
            .col(integer("count").not_null())
            .to_owned();
        manager.create_table(counts).await?;
        let on = "usage_counts (sender, month)";
        index(manager, "usage_counts_month", on, None).await?;
        let connection = manager.get_connection();
        let month = match connection.get_database_backend() {
            DbBackend::Postgres => "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM')",
            _ => "substr(started_at, 1, 7)",
        };
        let known = format!(
            "INSERT INTO usage_counts (sender, month, category, kind, billable, count) \
             SELECT sender, {month}, pricing_category, pricing_type, billable, count(*) \
             FROM delivery_attempts WHERE heard_at IS NOT NULL AND pricing_category IS NOT NULL \
             GROUP BY sender, {month}, pricing_category, pricing_type, billable"
        );
        connection.execute_unprepared(&known).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("usage_counts").to_owned()).await
    }
}
