//! What follows a message that will not arrive: a row of its own over the next way, written in the
//! story that learns of it, so that there is one, whatever is learnt again and whoever learns it.
use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::notification_log::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};

use super::bulk::{among, list};
use super::error::StoreError;
use super::holds::CHANNEL;
use super::kin::NO_WAY;
use super::line::{listed, locked, named};
use super::waiting::QUIET;
use super::{Tx, rows};
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::{Lane, NotificationId, Status};
use crate::domain::user::{User, UserId};
use crate::ports::channel::Route;

/// A message that is to be followed by another, if there is a way left.
#[derive(Debug)]
pub struct Unfollowed {
    /// About what.
    pub event: Event,
    /// How urgent.
    pub lane: Lane,
    /// To whom.
    pub recipient: UserId,
    tried: Vec<String>,
    row: Model,
}

impl Unfollowed {
    /// Whether this medium was tried already, and with it every provider of it.
    pub fn has_tried(&self, medium: Medium) -> bool {
        self.tried.iter().any(|channel| channel == medium.as_str())
    }
}

/// A message that follows another.
#[derive(Debug)]
pub struct Follower {
    /// Which one it follows.
    pub of: Unfollowed,
    /// Which way it takes.
    pub via: Route,
    /// To which address.
    pub to: Address,
    /// Until when the person is not to be disturbed by it.
    pub quiet_until: Option<DateTime<Utc>>,
}

impl Tx {
    /// Those of these messages, which this story holds, that nothing has followed and that are
    /// worth following: about a ticket, not past their worth, and with words that are left.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn unfollowed(&self, ids: &[NotificationId]) -> Result<Vec<Unfollowed>, StoreError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let found: Vec<Model> = Entity::find()
            .filter(among(self.backend(), Column::Id, ids.iter().map(|id| id.0)))
            .filter(Column::ExpiresAt.gt(self.now))
            .filter(Column::TicketId.is_not_null())
            .filter(Column::RecipientId.is_not_null())
            .filter(Column::Withdrawn.is_null())
            .filter(Column::Body.ne(""))
            .all(&self.conn)
            .await?;
        let found = found.into_iter().filter(|row| row.followed_by.is_none_or(|id| id == NO_WAY));
        let found: Vec<Model> = found.collect();
        let mut kin = self.kin_of(found.iter().map(first).collect()).await?;
        let mut unfollowed = vec![];
        for row in found {
            let kin = kin.remove(&first(&row)).unwrap_or_default();
            if kin.iter().any(|row| row.receipt.is_some()) {
                continue;
            }
            let tried = kin.into_iter().map(|row| row.channel).collect();
            const TABLE: &str = "notification_log";
            unfollowed.push(Unfollowed {
                event: rows::word(TABLE, "event", &row.event)?,
                lane: rows::word(TABLE, "lane", &row.lane)?,
                recipient: UserId(row.recipient_id.unwrap_or_default()),
                tried,
                row,
            });
        }
        unfollowed.sort_unstable_by_key(|it| it.row.id);
        Ok(unfollowed)
    }

    /// Every message of some kin, by the first one of each.
    async fn kin_of(&self, firsts: Vec<i64>) -> Result<HashMap<i64, Vec<Model>>, StoreError> {
        let mut kin: HashMap<i64, Vec<Model>> = HashMap::new();
        if firsts.is_empty() {
            return Ok(kin);
        }
        for column in [Column::Id, Column::FirstId] {
            let of = among(self.backend(), column, firsts.iter().copied());
            for row in Entity::find().filter(of).all(&self.conn).await? {
                kin.entry(first(&row)).or_default().push(row);
            }
        }
        Ok(kin)
    }

    /// Writes down what follows these messages, and that nothing does what is followed by none of
    /// them; what can be sent now is named.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn follow(
        &self,
        ids: &[NotificationId],
        followers: Vec<Follower>,
    ) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        let of = list(ids.iter().map(|id| id.0));
        let lanes: Vec<Option<Lane>> =
            followers.iter().map(|it| it.quiet_until.is_none().then_some(it.of.lane)).collect();
        let rows: Vec<ActiveModel> =
            followers.into_iter().map(|it| follower_row(it, self.now)).collect();
        let ids = self.insert_all::<Entity>(rows).await?.into_iter().map(NotificationId);
        let sql = format!(
            "UPDATE notification_log SET followed_by = coalesce(( \
               SELECT next.id FROM notification_log AS next \
               WHERE next.follows = notification_log.id), {NO_WAY}) WHERE id IN {}",
            listed(self.backend(), 1)
        );
        let asked = Statement::from_sql_and_values(self.backend(), sql, [of]);
        self.conn.execute_raw(asked).await?;
        Ok(ids.zip(lanes).filter_map(|(id, lane)| Some((id, lane?))).collect())
    }

    /// CRITICAL messages that were sent so long ago and of which no phone has told anything, by
    /// ways on which phones do; held by this story.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn silent(
        &self,
        for_so_long: TimeDelta,
        most: u64,
    ) -> Result<Vec<NotificationId>, StoreError> {
        let backend = self.backend();
        let sql = format!(
            "SELECT id, lane FROM notification_log \
             WHERE lane = 'CRITICAL' AND receipt IS NULL AND followed_by IS NULL \
               AND status IN ('SENT', 'UNCONFIRMED') \
               AND attempt_started_at <= $1 AND attempt_started_at > $2 \
               AND expires_at > $3 AND channel <> 'EMAIL' \
             ORDER BY attempt_started_at LIMIT {most}{}",
            locked(backend)
        );
        // What is older is past its worth, too.
        let oldest = self.now - Lane::Critical.worth() - for_so_long;
        let values = [(self.now - for_so_long).into(), oldest.into(), self.now.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// CRITICAL messages that have waited so long behind a pause of their channel; held by this story.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn stuck(
        &self,
        for_so_long: TimeDelta,
        most: u64,
    ) -> Result<Vec<NotificationId>, StoreError> {
        let backend = self.backend();
        let sql = format!(
            "SELECT id, lane FROM notification_log WHERE held_by = '{CHANNEL}' \
               AND lane = 'CRITICAL' AND status = 'QUEUED' AND followed_by IS NULL \
               AND created_at <= $1 AND expires_at > $2 ORDER BY id LIMIT {most}{}",
            locked(backend)
        );
        let values = [(self.now - for_so_long).into(), self.now.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// Messages whose way was shut while they waited, and which nothing has followed yet; held by
    /// this story.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn shut_out(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let backend = self.backend();
        let sql = format!(
            "SELECT id, lane FROM notification_log WHERE status = 'SKIPPED' \
               AND followed_by IS NULL AND skip_reason IN ({SHUT}) AND expires_at > $1 \
             ORDER BY id LIMIT {most}{}",
            locked(backend)
        );
        let asked = Statement::from_sql_and_values(backend, sql, [self.now.into()]);
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// These people.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn users_of(
        &self,
        ids: impl IntoIterator<Item = UserId>,
    ) -> Result<HashMap<UserId, User>, StoreError> {
        use entity::user::{Column, Entity};
        let these = among(self.backend(), Column::Id, ids.into_iter().map(|id| id.0));
        let found = Entity::find().filter(these).all(&self.conn).await?.into_iter();
        found.map(|row| Ok((UserId(row.id), rows::user(row)?))).collect()
    }
}

/// Reasons that concern one way to a person and no other; the index over these rows says the same.
const SHUT: &str = "'no_number', 'number_unverified', 'no_consent', 'opted_out', 'email_unverified', \
     'undeliverable'";

/// The first message of its kin.
fn first(row: &Model) -> i64 {
    row.first_id.unwrap_or(row.id)
}

fn follower_row(follower: Follower, now: DateTime<Utc>) -> ActiveModel {
    let Follower { of: Unfollowed { row, .. }, via, to, quiet_until } = follower;
    ActiveModel {
        id: NotSet,
        first_id: Set(Some(first(&row))),
        follows: Set(Some(row.id)),
        event: Set(row.event),
        channel: Set(via.medium.as_str().to_owned()),
        lane: Set(row.lane),
        ticket_id: Set(row.ticket_id),
        recipient_id: Set(row.recipient_id),
        recipient_address: Set(to.as_str().to_owned()),
        body: Set(row.body),
        form_template: Set(row.form_template),
        locale: Set(row.locale),
        parameters: Set(row.parameters),
        provider: Set(via.provider.to_owned()),
        status: Set(Status::Queued.as_str().to_owned()),
        attempts: Set(0),
        forgiven: Set(0),
        resends: Set(0),
        next_attempt_at: Set(Some(quiet_until.unwrap_or(now))),
        held_by: Set(quiet_until.map(|_| QUIET.to_owned())),
        // It is worth no more than the first was: what it tells is as old.
        expires_at: Set(row.expires_at),
        created_at: Set(now),
        ..Default::default()
    }
}
