//! Tickets and their history.
use super::{id, index, instant, integer, points, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tickets = Table::create()
            .table("tickets")
            .col(id())
            .col(text("title").not_null())
            .col(text("description").not_null())
            .col(text("priority").not_null())
            .col(text("category").not_null())
            .col(text("project_name").not_null())
            .col(text("status").not_null())
            .col(integer("client_id").not_null())
            .col(integer("developer_id"))
            .col(text("resolution"))
            .col(text("rejection_reason"))
            .col(integer("version").not_null())
            .col(instant("created_at").not_null())
            .col(instant("updated_at").not_null())
            .col(instant("opened_at"))
            .col(instant("assigned_at"))
            .col(instant("started_at"))
            .col(instant("finished_at"))
            .col(instant("closed_at"))
            .col(instant("rejected_at"))
            .foreign_key(&mut points("tickets", "client_id", "users"))
            .foreign_key(&mut points("tickets", "developer_id", "users"))
            .to_owned();
        manager.create_table(tickets).await?;
        index(manager, "tickets_client", "tickets (client_id, id)", None).await?;
        let assigned = Some("developer_id IS NOT NULL");
        index(manager, "tickets_developer", "tickets (developer_id, id)", assigned).await?;
        index(manager, "tickets_status", "tickets (status, id)", None).await?;

        let events = Table::create()
            .table("ticket_events")
            .col(id())
            .col(integer("ticket_id").not_null())
            .col(text("event").not_null())
            .col(integer("actor_id").not_null())
            .col(text("from_status"))
            .col(text("to_status").not_null())
            .col(integer("developer_id"))
            .col(text("note"))
            .col(instant("created_at").not_null())
            .foreign_key(&mut points("ticket_events", "ticket_id", "tickets"))
            .to_owned();
        manager.create_table(events).await?;
        index(manager, "ticket_events_ticket", "ticket_events (ticket_id, id)", None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("ticket_events").to_owned()).await?;
        manager.drop_table(Table::drop().table("tickets").to_owned()).await
    }
}
