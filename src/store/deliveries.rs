//! Claiming a notification for an attempt: from then on it may have been sent.
use chrono::TimeDelta;
use entity::notification_log::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::bulk::among;
use super::db_clock::now_plus;
use super::error::StoreError;
use super::{Store, rows};
use crate::domain::notification::{NotificationId, Status};
use crate::domain::phone::PhoneNumber;

/// How long an attempt may be under way before its answer counts as lost; far more than the
/// client waits for one.
pub const LEASE: TimeDelta = TimeDelta::seconds(45);

/// A notification whose attempt has begun, durably: from here on it may have been sent.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which.
    pub id: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// To whom.
    pub to: PhoneNumber,
    /// What it says.
    pub body: String,
}

impl Store {
    /// Begins an attempt at each of these notifications that waits and whose time has come. It is
    /// durable when this returns; whoever comes second claims nothing.
    ///
    /// # Errors
    /// Where the database is away; what was claimed then ends as a lost answer.
    pub async fn claim(&self, ids: &[NotificationId]) -> Result<Vec<Claimed>, StoreError> {
        let now = self.clock.now();
        let backend = self.write.get_database_backend();
        let lease = now_plus(backend, self.clock.ahead() + LEASE);
        let claimed: Vec<Model> = Entity::update_many()
            .col_expr(Column::Status, Expr::value(Status::Sending.as_str()))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::AttemptStartedAt, Expr::value(now))
            .col_expr(Column::NextAttemptAt, null())
            .col_expr(Column::LeaseUntil, lease)
            .filter(among(backend, Column::Id, ids.iter().map(|id| id.0)))
            .filter(Column::Status.eq(Status::Queued.as_str()))
            .filter(Column::NextAttemptAt.lte(now))
            .filter(Column::ExpiresAt.gt(now))
            .exec_with_returning(&self.write)
            .await?;
        claimed.into_iter().map(claimed_row).collect()
    }
}

fn null() -> SimpleExpr {
    Expr::value(Option::<chrono::DateTime<chrono::Utc>>::None)
}

fn claimed_row(row: Model) -> Result<Claimed, StoreError> {
    let to = PhoneNumber::parse(&row.recipient_number).map_err(|_| StoreError::Unreadable {
        table: "notification_log",
        column: "recipient_number",
        value: crate::domain::phone::masked(&row.recipient_number),
    })?;
    Ok(Claimed {
        id: NotificationId(row.id),
        attempt: rows::count("notification_log", "attempts", row.attempts)?,
        to,
        body: row.body,
    })
}
