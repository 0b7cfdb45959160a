//! How much waits, and since when: counted over the rows that are not settled, however many are.
use chrono::{DateTime, Utc};
use entity::{notification_log, webhook_event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::error::StoreError;
use super::evidence::not_sent;
use super::{Store, rows};
use crate::domain::notification::{Lane, Status};

/// Where a notification is not settled.
pub const UNSETTLED: [Status; 3] = [Status::Queued, Status::Sending, Status::Unconfirmed];

/// Notifications of one lane that stand alike.
#[derive(Clone, Debug)]
pub struct Depth {
    /// How they stand.
    pub status: Status,
    /// Their lane.
    pub lane: Lane,
    /// How many.
    pub count: i64,
    /// When the oldest was made.
    pub since: Option<DateTime<Utc>>,
    /// When the first should have gone.
    pub due: Option<DateTime<Utc>>,
}

/// Stored webhooks that stand alike.
#[derive(Clone, Debug)]
pub struct Unread {
    /// How they stand.
    pub state: String,
    /// How many.
    pub count: i64,
    /// When the oldest came in.
    pub since: Option<DateTime<Utc>>,
}

type Row = (String, String, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Store {
    /// Notifications that are not settled; a status and lane where nothing waits is left out.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn depths(&self) -> Result<Vec<Depth>, StoreError> {
        use notification_log::Column;
        const TABLE: &str = "notification_log";
        let found: Vec<Row> = notification_log::Entity::find()
            .select_only()
            .columns([Column::Status, Column::Lane])
            .column_as(Column::Id.count(), "count")
            .column_as(Column::CreatedAt.min(), "since")
            .column_as(Column::NextAttemptAt.min(), "due")
            .filter(not_sent())
            .filter(Column::Status.is_in(UNSETTLED.map(Status::as_str)))
            .group_by(Column::Status)
            .group_by(Column::Lane)
            .into_tuple()
            .all(&self.read)
            .await?;
        let depths = found.into_iter().map(|(status, lane, count, since, due)| {
            let status = rows::word(TABLE, "status", &status)?;
            Ok(Depth { status, lane: rows::word(TABLE, "lane", &lane)?, count, since, due })
        });
        depths.collect()
    }

    /// Stored webhooks that are still to be processed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn unread_webhooks(&self) -> Result<Vec<Unread>, StoreError> {
        use webhook_event::Column;
        let found: Vec<(String, i64, Option<DateTime<Utc>>)> = webhook_event::Entity::find()
            .select_only()
            .column(Column::State)
            .column_as(Column::Id.count(), "count")
            .column_as(Column::ReceivedAt.min(), "since")
            .filter(Column::NextTryAt.is_not_null())
            .group_by(Column::State)
            .into_tuple()
            .all(&self.read)
            .await?;
        Ok(found.into_iter().map(|(state, count, since)| Unread { state, count, since }).collect())
    }
}
