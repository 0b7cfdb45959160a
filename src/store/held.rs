//! Holding a notification's row while evidence is merged into it, and writing down what follows.
mod write;

use std::collections::HashMap;

use entity::{delivery_attempt, notification_log};
use notification_log::{Column, Entity, Model};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use super::bulk::{among, each_of, list};
use super::error::StoreError;
use super::{Tx, rows};
use crate::domain::attempt::{Attempt, Outcome, Pricing};
use crate::domain::delivery::{Delivery, Intent};
use crate::domain::event::Event;
use crate::domain::medium::Medium;
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
    /// About what.
    pub event: Event,
    /// By which medium.
    pub medium: Medium,
    /// Who carries it.
    pub provider: String,
    /// Who carries it from now on, where that changes.
    pub next_provider: Option<&'static str>,
    /// The template that tells the same.
    pub form_template: Option<String>,
    /// Its life so far.
    pub delivery: Delivery,
    /// Where it goes, where that has changed.
    pub to: String,
    /// A message about it told others, too.
    pub tells_others: bool,
    /// Nothing of what it said is left.
    blank: bool,
    was_open: bool,
    /// Whoever failed to carry it may be followed by somebody else.
    may_follow: bool,
    was: Status,
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
        let backend = self.backend();
        let of_these = each_of(backend, "delivery_attempts", "notification_id", "bigint");
        let sql = format!("SELECT * FROM {of_these} ORDER BY number");
        let asked = Statement::from_sql_and_values(backend, sql, [list(ids)]);
        let found = delivery_attempt::Entity::find().from_raw_sql(asked).all(&self.conn).await?;
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
        let backend = self.backend();
        let of_these = each_of(backend, "delivery_attempts", "provider_message_id", "text");
        // One message may tell of many; what is heard of it concerns them through the first.
        let sql = format!(
            "SELECT provider_message_id, notification_id, number FROM {of_these} \
             WHERE told_by IS NULL"
        );
        let asked = Statement::from_sql_and_values(backend, sql, [list(messages)]);
        let found = self.conn.query_all_raw(asked).await?.into_iter().map(|row| {
            let id = NotificationId(row.try_get("", "notification_id")?);
            let number = row.try_get("", "number")?;
            let number = rows::count("delivery_attempts", "number", number)?;
            Ok((row.try_get("", "provider_message_id")?, (id, number)))
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

    /// It is about a ticket and will not arrive.
    pub fn has_failed(&self) -> bool {
        self.ticket.is_some() && self.delivery.status() == Status::Failed
    }

    /// It has failed for good in this story, and somebody else may carry it.
    pub fn has_just_failed(&self) -> bool {
        self.may_follow && self.was != Status::Failed && self.delivery.status() == Status::Failed
    }

    /// Something was learnt about an attempt in this story.
    pub fn has_news(&self) -> bool {
        self.changed().next().is_some()
    }

    /// Its words are gone, or attempts of which nothing is known any more.
    pub fn is_gone(&self) -> bool {
        let unknown = |attempt: &Attempt| {
            attempt.outcome == Outcome::Started
                && !self.known.iter().any(|a| a.number == attempt.number)
        };
        self.blank || (!self.was_open && self.delivery.attempts.iter().any(unknown))
    }

    /// Attempts of which it became known what they count as on the bill, and as what they counted.
    pub(super) fn changed_prices(&self) -> impl Iterator<Item = (&Attempt, Option<&Pricing>)> {
        let before = |a: &Attempt| {
            let known = self.known.iter().find(|known| known.number == a.number);
            known.and_then(|known| known.pricing.as_ref())
        };
        let all = self.changed().map(move |a| (a, before(a)));
        all.filter(|(a, before)| a.pricing.as_ref() != *before)
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
        told.cloned().unwrap_or_else(|| Attempt {
            // The row knows the form of the newest one.
            template: row.template.clone().filter(|_| number == count),
            ..Attempt::started(number, begun)
        })
    });
    let delivery = Delivery {
        intent,
        attempts: attempts.collect(),
        forgiven: rows::count(TABLE, "forgiven", row.forgiven)?,
        resends: rows::count(TABLE, "resends", row.resends)?,
        withdrawn: rows::maybe(TABLE, "withdrawn", row.withdrawn.as_deref())?,
        has_template: row.form_template.is_some(),
    };
    Ok(Held {
        id: NotificationId(row.id),
        lane: rows::word(TABLE, "lane", &row.lane)?,
        ticket: row.ticket_id,
        recipient: row.recipient_id,
        event: rows::word(TABLE, "event", &row.event)?,
        medium: rows::word(TABLE, "channel", &row.channel)?,
        provider: row.provider,
        next_provider: None,
        form_template: row.form_template,
        // A code of another system is sealed for one attempt.
        may_follow: row.event != Event::ExternalCode.as_str(),
        was: status,
        tells_others: row.tells_others == Some(true),
        blank: row.body.is_empty(),
        was_open: delivery.is_open(),
        delivery,
        to: row.recipient_address,
        known,
        expires_at: row.expires_at,
    })
}
