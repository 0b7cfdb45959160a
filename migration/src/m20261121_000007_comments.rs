//! Comments, what the history says of comments and edits, and a mark on notifications that must
//! not be sent any more.
use super::{add, id, index, instant, integer, points, take, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What the history learns to say: which comment, for whom it is, and what was edited from what.
const OF_EVENTS: [&str; 3] = ["visibility", "changes", "comment_id"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let comments = Table::create()
            .table("comments")
            .col(id())
            .col(integer("ticket_id").not_null())
            .col(integer("author_id").not_null())
            .col(text("visibility").not_null())
            .col(text("body").not_null())
            .col(instant("created_at").not_null())
            .foreign_key(&mut points("comments", "ticket_id", "tickets"))
            .foreign_key(&mut points("comments", "author_id", "users"))
            .to_owned();
        manager.create_table(comments).await?;
        index(manager, "comments_ticket", "comments (ticket_id, id)", None).await?;
        for column in [text(OF_EVENTS[0]), text(OF_EVENTS[1]), integer(OF_EVENTS[2])] {
            // SQLite adds one column at a time.
            add(manager, "ticket_events", column).await?;
        }
        add(manager, "notification_log", text("withdrawn")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take(manager, "notification_log", "withdrawn").await?;
        for column in OF_EVENTS {
            take(manager, "ticket_events", column).await?;
        }
        manager.drop_table(Table::drop().table("comments").to_owned()).await
    }
}
