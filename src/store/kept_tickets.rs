//! Holding a ticket while something is done to it that is no move of the workflow: editing,
//! commenting, deleting.
use entity::ticket::{ActiveModel, Column, Entity};
use entity::{comment, notification_log, ticket_event};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Tx;
use super::erasure::MESSAGE_ERASED;
use super::error::StoreError;
use super::evidence::not_sent;
use crate::domain::notification::{SkipReason, Status};
use crate::domain::ticket::{Ticket, TicketId};

/// What a ticket is held against until the story ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// It cannot go; it may change.
    Deletion,
    /// It can neither go nor change.
    Change,
}

impl Tx {
    /// One ticket, which stays as it is until this story ends.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_ticket(
        &self,
        id: TicketId,
        against: Against,
    ) -> Result<Option<Ticket>, StoreError> {
        let lock = match against {
            Against::Deletion => LockType::KeyShare,
            Against::Change => LockType::Update,
        };
        let held: Option<i64> = Entity::find_by_id(id.0)
            .select_only()
            .column(Column::Id)
            .lock(lock)
            .into_tuple()
            .one(&self.conn)
            .await?;
        // Whoever waited for the row reads it, and the names, as they are by now.
        if held.is_some() { self.ticket(id).await } else { Ok(None) }
    }

    /// Writes down what was edited of a ticket that this story holds.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn edit_ticket(&self, after: &Ticket) -> Result<(), StoreError> {
        let filed = &after.filed;
        let change = ActiveModel {
            title: Set(filed.title.clone()),
            description: Set(filed.description.clone()),
            priority: Set(filed.priority.as_str().to_owned()),
            category: Set(filed.category.as_str().to_owned()),
            project_name: Set(filed.project_name.clone()),
            version: Set(after.version),
            updated_at: Set(after.updated_at),
            ..Default::default()
        };
        let edit = Entity::update_many().set(change).filter(Column::Id.eq(after.id.0));
        edit.exec(&self.conn).await?;
        self.index_tickets([(after.id.0, &*filed.title, &*filed.description)]).await
    }

    /// Deletes a ticket that this story holds, with its history and its comments.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn delete_ticket(&self, id: TicketId) -> Result<(), StoreError> {
        let comments = comment::Entity::delete_many();
        comments.filter(comment::Column::TicketId.eq(id.0)).exec(&self.conn).await?;
        let history = ticket_event::Entity::delete_many();
        history.filter(ticket_event::Column::TicketId.eq(id.0)).exec(&self.conn).await?;
        Entity::delete_by_id(id.0).exec(&self.conn).await?;
        Ok(())
    }

    /// Takes the words and the numbers out of everything that was written about a ticket: what is
    /// queued is skipped, and nothing goes out again. A send that is under way ends as it ends, and
    /// its answer finds nothing to bring back.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn withdraw_notifications(&self, of: TicketId) -> Result<(), StoreError> {
        use notification_log::{Column, Entity};
        const REASON: SkipReason = SkipReason::TicketDeleted;
        // In the order of their ids, so that no two stories wait for each other.
        let held = Entity::find().select_only().column(Column::Id);
        let held = held.filter(Column::TicketId.eq(of.0)).order_by_asc(Column::Id);
        held.lock_exclusive().into_tuple::<i64>().all(&self.conn).await?;
        let none = Option::<chrono::DateTime<chrono::Utc>>::None;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(Status::Skipped.as_str()))
            .col_expr(Column::SkipReason, Expr::value(REASON.as_str()))
            .col_expr(Column::NextAttemptAt, Expr::value(none))
            .filter(Column::TicketId.eq(of.0))
            .filter(not_sent())
            .filter(Column::Status.eq(Status::Queued.as_str()))
            .exec(&self.conn)
            .await?;
        Entity::update_many()
            .col_expr(Column::RecipientAddress, Expr::value(""))
            .col_expr(Column::Body, Expr::value(""))
            .col_expr(Column::FormTemplate, Expr::value(Option::<String>::None))
            .col_expr(Column::Parameters, Expr::value(Option::<String>::None))
            .col_expr(Column::Withdrawn, Expr::value(REASON.as_str()))
            // The sweep has no business with it any more.
            .col_expr(Column::ExpiresAt, Expr::value(self.now))
            // The provider's id holds the number.
            .col_expr(Column::ProviderMessageId, Expr::cust(MESSAGE_ERASED))
            .filter(Column::TicketId.eq(of.0))
            .exec(&self.conn)
            .await?;
        let ids = Entity::find().select_only().column(Column::Id);
        self.erase_messages_of(ids.filter(Column::TicketId.eq(of.0))).await
    }
}
