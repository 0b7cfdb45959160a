//! What providers sent us: kept raw before they hear that we have it, then processed.
use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook_event::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult};

use super::error::StoreError;
use super::{Store, Tx};

/// A webhook whose task was lost is taken up again after this long.
const TAKEN_UP_AFTER: TimeDelta = TimeDelta::seconds(10);

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Processed {
    /// All of it did its work; says what could not be read, where something could not.
    Done(Option<String>),
    /// Some of it speaks of messages that we do not know yet: to be looked at again then.
    Waiting(String, DateTime<Utc>),
}

/// An event that is to be processed.
#[derive(Clone, Debug)]
pub struct ToProcess {
    /// The body, to the byte.
    pub raw: Vec<u8>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// How often it was looked at.
    pub tries: u32,
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
            state: Set("RECEIVED".to_owned()),
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

    /// Notes what became of an event.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhook_processed(&self, id: i64, what: Processed) -> Result<(), StoreError> {
        let (state, note, next_try_at) = match what {
            Processed::Done(note) => ("PROCESSED", note, None),
            Processed::Waiting(note, at) => ("WAITING", Some(note), Some(at)),
        };
        let change = ActiveModel {
            state: Set(state.to_owned()),
            note: Set(note),
            next_try_at: Set(next_try_at),
            processed_at: Set(next_try_at.is_none().then_some(self.now)),
            ..Default::default()
        };
        Entity::update_many()
            .set(change)
            .col_expr(
                Column::Tries,
                sea_orm::sea_query::ExprTrait::add(Column::Tries.into_expr(), 1),
            )
            .filter(Column::Id.eq(id))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Events that wait although their time has come; each is put off, so that the next sweep
    /// leaves it to the task that rings for it now.
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
        if !due.is_empty() {
            let put_off = ActiveModel {
                next_try_at: Set(Some(self.now + TAKEN_UP_AFTER)),
                ..Default::default()
            };
            Entity::update_many()
                .set(put_off)
                .filter(Column::Id.is_in(due.clone()))
                .filter(Column::NextTryAt.is_not_null())
                .exec(&self.conn)
                .await?;
        }
        Ok(due)
    }
}

impl Store {
    /// An event, if it is still to be processed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhook_to_process(&self, id: i64) -> Result<Option<ToProcess>, StoreError> {
        let found =
            Entity::find_by_id(id).filter(Column::State.ne("PROCESSED")).one(&self.read).await?;
        Ok(found.map(|row| ToProcess {
            raw: row.raw,
            received_at: row.received_at,
            tries: row.tries.try_into().unwrap_or(u32::MAX),
        }))
    }
}
