//! Sessions that are not over, as their owner sees them.
use chrono::{DateTime, Utc};
use entity::{refresh_token, session};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::user::UserId;

/// More log-ins than this nobody looks through.
const MOST: u64 = 200;

/// A session that is not over.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Its name.
    pub id: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last kept alive.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
}

impl Store {
    /// The sessions of this person that are not over, the newest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn open_sessions(&self, user: UserId) -> Result<Vec<OpenSession>, StoreError> {
        use session::Column;
        let now = self.now();
        let open = session::Entity::find()
            .filter(Column::UserId.eq(user.0))
            .filter(Column::EndedAt.is_null())
            .filter(Column::EndsAt.gt(now))
            .order_by_desc(Column::Id)
            .limit(MOST)
            .all(&self.read)
            .await?;
        use refresh_token::Column as Token;
        let tokens = refresh_token::Entity::find()
            .filter(Token::SessionId.is_in(open.iter().map(|session| session.id)))
            .all(&self.read)
            .await?;
        let shown = open.into_iter().filter_map(|session| {
            let mut theirs = tokens.iter().filter(|token| token.session_id == session.id);
            // One whose newest token nobody may show any more is over, too.
            theirs.clone().find(|token| token.spent_at.is_none() && token.expires_at > now)?;
            let spent = theirs.by_ref().filter_map(|token| token.spent_at).max();
            Some(OpenSession {
                id: session.id,
                created_at: session.created_at,
                last_used_at: spent.unwrap_or(session.created_at),
                ends_at: session.ends_at,
            })
        });
        Ok(shown.collect())
    }
}

impl Tx {
    /// Ends a session of this person; `false` where it is not theirs, or over.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_session_of(&self, id: i64, user: UserId) -> Result<bool, StoreError> {
        use session::Column;
        let theirs = session::Entity::find_by_id(id)
            .filter(Column::UserId.eq(user.0))
            .filter(Column::EndedAt.is_null())
            .filter(Column::EndsAt.gt(self.now))
            .one(&self.conn)
            .await?;
        match theirs {
            Some(session) => {
                self.end_session(session.id).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
