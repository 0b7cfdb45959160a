//! Holding a notification's row while evidence is merged into it, and writing down what follows.
mod write;

use std::collections::HashMap;

use entity::{delivery_attempt, notification_log};
use notification_log::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::bulk::among;
use super::error::StoreError;
use super::{Tx, rows};
use crate::domain::attempt::{Attempt, Outcome};
use crate::domain::delivery::{Delivery, Intent};
use crate::domain::notification::{Lane, NotificationId, Status};

/// A row that this story holds: nobody else changes it meanwhile.
#[derive(Debug)]
pub struct Held {
    /// Which.
    pub id: NotificationId,
    /// How urgent.
    pub lane: Lane,
    /// About which ticket.
    pub ticket: Option<i64>,
    /// To whom it belongs.
    pub recipient: Option<i64>,
    /// Its life so far.
    pub delivery: Delivery,
    /// Where it goes, where that has changed.
    pub to: String,
    /// Nothing of what it said is left.
    blank: bool,
    was_open: bool,
    known: Vec<Attempt>,
    expires_at: chrono::DateTime<chrono::Utc>,
}

impl Tx {
    /// Holds these rows, in the order of their ids so that no two stories wait for each other.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold(
        &self,
        ids: impl IntoIterator<Item = NotificationId>,
    ) -> Result<HashMap<NotificationId, Held>, StoreError> {
        let found: Vec<Model> = Entity::find()
            .filter(among(self.backend(), Column::Id, ids.into_iter().map(|id| id.0)))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(&self.conn)
            .await?;
        // A first attempt that is still under way has no evidence yet.
        let told = found.iter().filter(|row| row.attempts > 1 || row.status != "SENDING");
        let mut attempts = self.attempts(told.map(|row| row.id).collect()).await?;
        let held = found.into_iter().map(|row| {
            let known = attempts.remove(&row.id).unwrap_or_default();
            Ok((NotificationId(row.id), held(row, known)?))
        });
        held.collect()
    }

    async fn attempts(&self, ids: Vec<i64>) -> Result<HashMap<i64, Vec<Attempt>>, StoreError> {
        let mut attempts: HashMap<i64, Vec<Attempt>> = HashMap::new();
        if ids.is_empty() {
            return Ok(attempts);
        }
        let found = delivery_attempt::Entity::find()
            .filter(delivery_attempt::Column::NotificationId.is_in(ids))
            .order_by_asc(delivery_attempt::Column::Number)
            .all(&self.conn)
            .await?;
        for row in found {
            attempts.entry(row.notification_id).or_default().push(rows::attempt(row)?);
        }
        Ok(attempts)
    }

    /// Which attempts have these ids at the provider.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn attempts_by_message(
        &self,
        messages: Vec<String>,
    ) -> Result<HashMap<String, (NotificationId, u32)>, StoreError> {
        if messages.is_empty() {
            return Ok(HashMap::new());
        }
        use delivery_attempt::Column as Attempted;
        let found: Vec<(String, i64, i64)> = delivery_attempt::Entity::find()
            .select_only()
            .columns([Attempted::ProviderMessageId, Attempted::NotificationId, Attempted::Number])
            .filter(Attempted::ProviderMessageId.is_in(messages))
            .into_tuple()
            .all(&self.conn)
            .await?;
        let found = found.into_iter().map(|(message, id, number)| {
            Ok((message, (NotificationId(id), rows::count("delivery_attempts", "number", number)?)))
        });
        found.collect()
    }
}

impl Held {
    /// It is worth sending for its whole time again, counted from `now`.
    pub fn renew(&mut self, now: chrono::DateTime<chrono::Utc>) {
        self.expires_at = now + self.lane.worth();
    }

    /// What was done about it in this story leaves the way to what is younger.
    pub fn has_settled(&self) -> bool {
        self.was_open && !self.delivery.is_open()
    }

    /// Its words are gone, or attempts of which nothing is known any more.
    pub fn is_gone(&self) -> bool {
        let unknown = |attempt: &Attempt| {
            attempt.outcome == Outcome::Started
                && !self.known.iter().any(|a| a.number == attempt.number)
        };
        self.blank || (!self.was_open && self.delivery.attempts.iter().any(unknown))
    }

    fn changed(&self) -> impl Iterator<Item = &Attempt> {
        // An attempt that began and was not heard of since stands in the notification's own row.
        let silent = |a: &Attempt| a.outcome == Outcome::Started && a.heard_at.is_none();
        self.delivery.attempts.iter().filter(move |a| !silent(a) && !self.known.contains(a))
    }
}

fn held(row: Model, known: Vec<Attempt>) -> Result<Held, StoreError> {
    const TABLE: &str = "notification_log";
    let status: Status = rows::word(TABLE, "status", &row.status)?;
    let skipped = rows::maybe(TABLE, "skip_reason", row.skip_reason.as_deref())?;
    let intent = match (status, skipped) {
        (Status::Queued, _) => Intent::Waiting(row.next_attempt_at.unwrap_or(row.created_at)),
        (Status::Sending, _) => Intent::Sending,
        (Status::Skipped, Some(reason)) => Intent::Skipped(reason),
        _ => Intent::Resting,
    };
    let begun = row.attempt_started_at.unwrap_or(row.created_at);
    let count = rows::count(TABLE, "attempts", row.attempts)?;
    let attempts = (1..=count).map(|number| {
        let told = known.iter().find(|attempt| attempt.number == number);
        told.cloned().unwrap_or_else(|| Attempt::started(number, begun))
    });
    let delivery = Delivery {
        intent,
        attempts: attempts.collect(),
        forgiven: rows::count(TABLE, "forgiven", row.forgiven)?,
        resends: rows::count(TABLE, "resends", row.resends)?,
        withdrawn: rows::maybe(TABLE, "withdrawn", row.withdrawn.as_deref())?,
    };
    Ok(Held {
        id: NotificationId(row.id),
        lane: rows::word(TABLE, "lane", &row.lane)?,
        ticket: row.ticket_id,
        recipient: row.recipient_id,
        blank: row.body.is_empty(),
        was_open: delivery.is_open(),
        delivery,
        to: row.recipient_number,
        known,
        expires_at: row.expires_at,
    })
}
