//! Sessions and their refresh tokens, which are kept as digests only.
use chrono::{DateTime, Utc};
use entity::{refresh_token, session, user};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::session::Link;
use crate::domain::user::UserId;

/// Rows that one statement deletes, so that nobody waits for long.
const CHUNK: u64 = 1000;

/// A session that this story holds: nobody else moves its chain meanwhile.
#[derive(Clone, Debug)]
pub struct HeldSession {
    /// Its name.
    pub id: i64,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The token that was shown.
    pub shown: Link,
    /// The newest token of the chain.
    pub newest: Link,
    /// What the newest one was made with.
    pub nonce: String,
}

/// A refresh token to be written down.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Of which session.
    pub session: i64,
    /// Its place in the chain.
    pub number: i64,
    /// Its digest.
    pub digest: String,
    /// What it was made with.
    pub nonce: String,
    /// Until when it is good.
    pub good_until: DateTime<Utc>,
}

impl Store {
    /// Whether this is the digest of any refresh token.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn knows_token(&self, digest: &str) -> Result<bool, StoreError> {
        let found = refresh_token::Entity::find()
            .select_only()
            .column(refresh_token::Column::Id)
            .filter(refresh_token::Column::Digest.eq(digest))
            .into_tuple::<i64>()
            .one(&self.read)
            .await?;
        Ok(found.is_some())
    }

    /// Whether this person has logged in from this address in the last thirty days.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn knows_address(&self, user: UserId, address: &str) -> Result<bool, StoreError> {
        let found = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::UserId.eq(user.0))
            .filter(session::Column::Address.eq(address))
            .filter(session::Column::EndsAt.gt(self.now()))
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.read)
            .await?;
        Ok(found.is_some())
    }

    /// Deletes tokens that can do nothing any more, and sessions that are over.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn prune_sessions(&self) -> Result<(), StoreError> {
        let now = self.now();
        loop {
            let some = refresh_token::Entity::find()
                .select_only()
                .column(refresh_token::Column::Id)
                .filter(refresh_token::Column::ExpiresAt.lte(now))
                .limit(CHUNK);
            let gone = refresh_token::Entity::delete_many()
                .filter(refresh_token::Column::Id.in_subquery(some.into_query()))
                .exec(&self.write)
                .await?;
            if gone.rows_affected < CHUNK {
                break;
            }
            tokio::task::yield_now().await;
        }
        let kept = Query::select()
            .expr(Expr::val(1))
            .from(refresh_token::Entity)
            .and_where(
                Expr::col((refresh_token::Entity, refresh_token::Column::SessionId))
                    .equals((session::Entity, session::Column::Id)),
            )
            .to_owned();
        session::Entity::delete_many()
            .filter(session::Column::EndsAt.lte(now))
            .filter(Expr::exists(kept).not())
            .exec(&self.write)
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Begins a session of whoever has just logged in, and answers its name.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_session(
        &self,
        of: UserId,
        address: String,
        ends_at: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        let row = session::ActiveModel {
            id: NotSet,
            user_id: Set(of.0),
            address: Set(address),
            created_at: Set(self.now),
            ends_at: Set(ends_at),
            ended_at: Set(None),
        };
        let begun = session::Entity::insert(row).exec(&self.conn).await?.last_insert_id;
        user::Entity::update_many()
            .col_expr(user::Column::SeenAt, Expr::value(self.now))
            .filter(user::Column::Id.eq(of.0))
            .exec(&self.conn)
            .await?;
        Ok(begun)
    }

    /// Writes a refresh token down.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_refresh_token(&self, new: NewToken) -> Result<(), StoreError> {
        let row = refresh_token::ActiveModel {
            id: NotSet,
            session_id: Set(new.session),
            number: Set(new.number),
            digest: Set(new.digest),
            nonce: Set(new.nonce),
            expires_at: Set(new.good_until),
            spent_at: Set(None),
        };
        refresh_token::Entity::insert(row).exec_without_returning(&self.conn).await?;
        Ok(())
    }

    /// Holds the session of the token with this digest.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_session(&self, digest: &str) -> Result<Option<HeldSession>, StoreError> {
        let of_digest = refresh_token::Entity::find()
            .select_only()
            .column(refresh_token::Column::SessionId)
            .filter(refresh_token::Column::Digest.eq(digest));
        let held = session::Entity::find()
            .filter(session::Column::Id.in_subquery(of_digest.into_query()))
            .lock_exclusive()
            .one(&self.conn)
            .await?;
        let Some(held) = held else { return Ok(None) };
        // Read once the session is held: whoever held it before may have moved the chain.
        let tokens = refresh_token::Entity::find()
            .filter(refresh_token::Column::SessionId.eq(held.id))
            .order_by_desc(refresh_token::Column::Number);
        let newest = tokens.clone().one(&self.conn).await?;
        let shown = tokens.filter(refresh_token::Column::Digest.eq(digest)).one(&self.conn).await?;
        Ok(newest.zip(shown).map(|(newest, shown)| HeldSession {
            id: held.id,
            user: UserId(held.user_id),
            created_at: held.created_at,
            ends_at: held.ends_at,
            ended_at: held.ended_at,
            shown: link(&shown),
            newest: link(&newest),
            nonce: newest.nonce,
        }))
    }

    /// Spends a token of a held session.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn spend_token(&self, session: i64, number: i64) -> Result<(), StoreError> {
        refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::SpentAt, Expr::value(self.now))
            .filter(refresh_token::Column::SessionId.eq(session))
            .filter(refresh_token::Column::Number.eq(number))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Ends one session: its tokens are as unknown from now on as any other.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_session(&self, id: i64) -> Result<(), StoreError> {
        self.end(session::Column::Id.eq(id)).await
    }

    /// Ends every session of somebody whose account this story holds.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn end_sessions_of(&self, user: UserId) -> Result<(), StoreError> {
        self.end(session::Column::UserId.eq(user.0)).await
    }

    async fn end(&self, which: SimpleExpr) -> Result<(), StoreError> {
        session::Entity::update_many()
            .col_expr(session::Column::EndedAt, Expr::value(self.now))
            .filter(which.clone())
            .filter(session::Column::EndedAt.is_null())
            .exec(&self.conn)
            .await?;
        let ended = session::Entity::find().select_only().column(session::Column::Id).filter(which);
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::SessionId.in_subquery(ended.into_query()))
            .exec(&self.conn)
            .await?;
        Ok(())
    }
}

fn link(row: &refresh_token::Model) -> Link {
    Link { number: row.number, good_until: row.expires_at, spent_at: row.spent_at }
}
