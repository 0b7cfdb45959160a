//! What providers sent us: kept raw before they hear that we have it, then processed.
use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook_event::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, TryInsertResult,
};

use super::bulk::among;
use super::error::StoreError;
use super::jobs::Queue;
use super::{Store, Tx};
use crate::domain::webhook::State;

/// A webhook whose task was lost is taken up again after this long.
const TAKEN_UP_AFTER: TimeDelta = TimeDelta::seconds(10);

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processed {
    /// Which.
    pub id: i64,
    /// Whether some of it could not be read, or came to nothing.
    pub failed: bool,
    /// What there is to say about it.
    pub note: Option<String>,
}

/// An event that is to be processed.
#[derive(Clone, Debug)]
pub struct ToProcess {
    /// Which.
    pub id: i64,
    /// Whose it is.
    pub provider: String,
    /// The body, to the byte.
    pub raw: Vec<u8>,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

impl Tx {
    /// Keeps an event; `None` where it is known already.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_webhook_event(
        &self,
        provider: &str,
        digest: String,
        raw: Vec<u8>,
    ) -> Result<Option<i64>, StoreError> {
        let row = ActiveModel {
            id: NotSet,
            provider: Set(provider.to_owned()),
            digest: Set(digest),
            raw: Set(raw),
            state: Set(State::Received.as_str().to_owned()),
            note: Set(None),
            tries: Set(0),
            next_try_at: Set(Some(self.now + TAKEN_UP_AFTER)),
            received_at: Set(self.now),
            processed_at: Set(None),
        };
        let known = OnConflict::columns([Column::Provider, Column::Digest]).do_nothing().to_owned();
        let inserted = Entity::insert_many([row])
            .on_conflict(known)
            .try_insert()
            .exec_with_returning_keys(&self.conn)
            .await?;
        Ok(match inserted {
            TryInsertResult::Inserted(ids) => ids.first().copied(),
            TryInsertResult::Conflicted | TryInsertResult::Empty => None,
        })
    }

    /// Notes what became of events.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhooks_processed(&self, what: &[Processed]) -> Result<(), StoreError> {
        let mut plain = vec![];
        // In the order of their ids, so that no two stories wait for each other.
        for processed in what {
            if processed.failed || processed.note.is_some() {
                self.processed(&[processed.id], processed.failed, processed.note.clone()).await?;
            } else {
                plain.push(processed.id);
            }
        }
        if plain.is_empty() { Ok(()) } else { self.processed(&plain, false, None).await }
    }

    async fn processed(
        &self,
        ids: &[i64],
        failed: bool,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let state = if failed { State::Failed } else { State::Processed };
        let change = ActiveModel {
            state: Set(state.as_str().to_owned()),
            note: Set(note),
            next_try_at: Set(None),
            processed_at: Set(Some(self.now)),
            ..Default::default()
        };
        let held = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(among(self.backend(), Column::Id, ids.iter().copied()))
            .order_by_asc(Column::Id)
            .lock_exclusive();
        Entity::update_many()
            .set(change)
            .col_expr(Column::Tries, Column::Tries.into_expr().add(1))
            .filter(Column::Id.in_subquery(held.into_query()))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Events that wait although their time has come, and no task waits that could ring for them;
    /// each is put off, so that the next sweep leaves it to the task that rings for it now.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn overdue_webhooks(&self, most: u64) -> Result<Vec<i64>, StoreError> {
        let due: Vec<i64> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::NextTryAt.lte(self.now))
            .order_by_asc(Column::NextTryAt)
            .limit(most)
            .into_tuple()
            .all(&self.conn)
            .await?;
        if due.is_empty() || self.has_tasks_due(Queue::Inbox).await? {
            return Ok(vec![]);
        }
        let put_off =
            ActiveModel { next_try_at: Set(Some(self.now + TAKEN_UP_AFTER)), ..Default::default() };
        Entity::update_many()
            .set(put_off)
            .filter(among(self.backend(), Column::Id, due.iter().copied()))
            .filter(Column::NextTryAt.is_not_null())
            .exec(&self.conn)
            .await?;
        Ok(due)
    }

    /// Has an event read once more; `false` where there is none.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn read_webhook_again(&self, id: i64) -> Result<bool, StoreError> {
        let change = ActiveModel {
            state: Set(State::Received.as_str().to_owned()),
            next_try_at: Set(Some(self.now + TAKEN_UP_AFTER)),
            ..Default::default()
        };
        let changed =
            Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(&self.conn).await?;
        Ok(changed.rows_affected > 0)
    }
}

impl Store {
    /// Those of these events that are still to be processed, the oldest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhooks_to_process(&self, ids: &[i64]) -> Result<Vec<ToProcess>, StoreError> {
        let backend = self.read.get_database_backend();
        let found = Entity::find()
            .filter(among(backend, Column::Id, ids.iter().copied()))
            .filter(Column::State.eq(State::Received.as_str()))
            .order_by_asc(Column::Id)
            .all(&self.read)
            .await?;
        let found = found.into_iter().map(|row| ToProcess {
            id: row.id,
            provider: row.provider,
            raw: row.raw,
            received_at: row.received_at,
        });
        Ok(found.collect())
    }
}
