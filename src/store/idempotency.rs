//! First answers, kept for a day, so that a request which is said twice is done once.
use chrono::TimeDelta;
use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::user::UserId;

/// How long a first answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// Names a request: whose it is, where it went, and the key that its sender gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Whose.
    pub user: UserId,
    /// Method and path.
    pub route: String,
    /// The key.
    pub key: String,
}

/// An answer as it went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The digest of the request that it answers.
    pub fingerprint: String,
    /// The HTTP status.
    pub status: u16,
    /// Name and value of each header that belongs to it, as JSON.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Store {
    /// The first answer to this request, if it is younger than a day.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn kept_answer(&self, key: &RequestKey) -> Result<Option<KeptAnswer>, StoreError> {
        let found = Entity::find()
            .filter(Column::UserId.eq(key.user.0))
            .filter(Column::Route.eq(&key.route))
            .filter(Column::Key.eq(&key.key))
            .filter(Column::CreatedAt.gt(self.now() - KEPT))
            .one(&self.read)
            .await?;
        Ok(found.map(|row| KeptAnswer {
            fingerprint: row.fingerprint,
            status: row.status.try_into().unwrap_or(500),
            headers: row.headers,
            body: row.body,
        }))
    }
}

impl Tx {
    /// Keeps first answers.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where one of these requests was answered meanwhile: then this story
    /// must not become true.
    pub async fn keep_answers(
        &self,
        answers: Vec<(RequestKey, KeptAnswer)>,
    ) -> Result<(), StoreError> {
        if answers.is_empty() {
            return Ok(());
        }
        let keys = answers.iter().map(|(key, _)| key.key.clone());
        Entity::delete_many()
            .filter(Column::Key.is_in(keys))
            .filter(Column::CreatedAt.lte(self.now - KEPT))
            .exec(&self.conn)
            .await?;
        let now = self.now;
        let rows = answers.into_iter().map(|(key, answer)| ActiveModel {
            id: NotSet,
            user_id: Set(key.user.0),
            route: Set(key.route),
            key: Set(key.key),
            fingerprint: Set(answer.fingerprint),
            status: Set(answer.status.into()),
            headers: Set(answer.headers),
            body: Set(answer.body),
            created_at: Set(now),
        });
        Entity::insert_many(rows).exec_without_returning(&self.conn).await?;
        Ok(())
    }
}
