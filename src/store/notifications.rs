//! The notification log: writing new rows, and reading what became of them.
use chrono::{DateTime, Utc};
use entity::delivery_attempt;
use entity::notification_log::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::evidence::not_sent;
use super::{Store, Tx, rows};
use crate::domain::attempt::Attempt;
use crate::domain::event::Event;
use crate::domain::notification::{Lane, NotificationId, Receipt, SkipReason, Status};
use crate::domain::phone::PhoneNumber;
use crate::domain::ticket::{Person, TicketId};
use crate::domain::user::UserId;

/// The only channel so far.
pub const CHANNEL: &str = "WHATSAPP";
const PROVIDER: &str = "meta";

/// One message to one person, to be written down.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// About what.
    pub event: Event,
    /// About which ticket.
    pub ticket: TicketId,
    /// How urgent.
    pub lane: Lane,
    /// To whom.
    pub recipient: UserId,
    /// To which number, or why to none.
    pub to: Result<PhoneNumber, (Option<PhoneNumber>, SkipReason)>,
    /// What it says.
    pub body: String,
}

/// Which notifications somebody asks for; an empty list asks for all.
#[derive(Clone, Debug, Default)]
pub struct NotificationFilter {
    /// Standing in one of these.
    pub status: Vec<Status>,
    /// With one of these receipts.
    pub receipt: Vec<Receipt>,
    /// Over one of these channels.
    pub channel: Vec<String>,
    /// About one of these.
    pub event: Vec<Event>,
    /// About one of these tickets.
    pub ticket_id: Vec<TicketId>,
    /// To one of these people.
    pub recipient_id: Vec<UserId>,
    /// Made then or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Made before then.
    pub created_to: Option<DateTime<Utc>>,
}

/// A notification as the log shows it.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its name.
    pub id: NotificationId,
    /// About what.
    pub event: Event,
    /// Over which channel.
    pub channel: String,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// To whom.
    pub recipient: Option<Person>,
    /// To which number.
    pub to: String,
    /// What became of it.
    pub status: Status,
    /// What the phone confirmed.
    pub receipt: Option<Receipt>,
    /// Why it was not to be sent.
    pub skip_reason: Option<SkipReason>,
    /// What it says.
    pub body: String,
    /// Which template went, where one did.
    pub template: Option<String>,
    /// Who carries it.
    pub provider: String,
    /// The provider's id.
    pub provider_message_id: Option<String>,
    /// How many attempts began.
    pub attempts: u32,
    /// The provider's code of the last failure.
    pub error_code: Option<i64>,
    /// Its words.
    pub error_message: Option<String>,
    /// When it is to be tried next.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the attempt that is under way began.
    pub attempt_started_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the provider took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// When it failed.
    pub failed_at: Option<DateTime<Utc>>,
}

impl Tx {
    /// Writes notifications down; those that can be sent are queued for now, and named.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_notifications(
        &self,
        new: Vec<NewNotification>,
    ) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        if new.is_empty() {
            return Ok(vec![]);
        }
        let lanes: Vec<Option<Lane>> =
            new.iter().map(|new| new.to.is_ok().then_some(new.lane)).collect();
        let rows: Vec<ActiveModel> = new.into_iter().map(|new| new_row(new, self.now)).collect();
        let ids = self.insert_all::<Entity>(rows).await?.into_iter().map(NotificationId);
        Ok(ids.zip(lanes).filter_map(|(id, lane)| Some((id, lane?))).collect())
    }
}

impl Tx {
    /// One notification, as this story has left it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn logged(&self, id: NotificationId) -> Result<Option<Logged>, StoreError> {
        let Some(row) = Entity::find_by_id(id.0).one(&self.conn).await? else { return Ok(None) };
        let names = self.names(row.recipient_id.into_iter().collect()).await?;
        logged(row, &names).map(Some)
    }
}

impl Store {
    /// The newest `most` notifications that `filter` asks for, older than `before`.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn notifications(
        &self,
        filter: &NotificationFilter,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<Logged>, StoreError> {
        let found: Vec<Model> =
            narrowed(filter, before).order_by_desc(Column::Id).limit(most).all(&self.read).await?;
        let names = self.names(found.iter().filter_map(|row| row.recipient_id).collect()).await?;
        found.into_iter().map(|row| logged(row, &names)).collect()
    }

    /// One notification, with its attempts.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn notification(
        &self,
        id: NotificationId,
    ) -> Result<Option<(Logged, Vec<Attempt>)>, StoreError> {
        let Some(row) = Entity::find_by_id(id.0).one(&self.read).await? else { return Ok(None) };
        let names = self.names(row.recipient_id.into_iter().collect()).await?;
        let attempts = delivery_attempt::Entity::find()
            .filter(delivery_attempt::Column::NotificationId.eq(id.0))
            .order_by_asc(delivery_attempt::Column::Number)
            .all(&self.read)
            .await?;
        let attempts = attempts.into_iter().map(rows::attempt).collect::<Result<_, _>>()?;
        Ok(Some((logged(row, &names)?, attempts)))
    }
}

/// The rows that a filter asks for.
pub(super) fn narrowed(
    filter: &NotificationFilter,
    before: Option<i64>,
) -> sea_orm::Select<Entity> {
    let mut find = Entity::find();
    if !filter.status.is_empty() && !filter.status.contains(&Status::Sent) {
        find = find.filter(not_sent());
    }
    let words: [(Column, Vec<String>); 4] = [
        (Column::Status, filter.status.iter().map(|s| s.as_str().to_owned()).collect()),
        (Column::Receipt, filter.receipt.iter().map(|r| r.as_str().to_owned()).collect()),
        (Column::Channel, filter.channel.clone()),
        (Column::Event, filter.event.iter().map(|e| e.as_str().to_owned()).collect()),
    ];
    for (column, allowed) in words {
        if !allowed.is_empty() {
            find = find.filter(column.is_in(allowed));
        }
    }
    if !filter.ticket_id.is_empty() {
        find = find.filter(Column::TicketId.is_in(filter.ticket_id.iter().map(|id| id.0)));
    }
    if !filter.recipient_id.is_empty() {
        find = find.filter(Column::RecipientId.is_in(filter.recipient_id.iter().map(|id| id.0)));
    }
    if let Some(from) = filter.created_from {
        find = find.filter(Column::CreatedAt.gte(from));
    }
    if let Some(to) = filter.created_to {
        find = find.filter(Column::CreatedAt.lt(to));
    }
    match before {
        Some(id) => find.filter(Column::Id.lt(id)),
        None => find,
    }
}

fn logged(
    row: Model,
    names: &std::collections::HashMap<i64, String>,
) -> Result<Logged, StoreError> {
    const TABLE: &str = "notification_log";
    Ok(Logged {
        id: NotificationId(row.id),
        event: rows::word(TABLE, "event", &row.event)?,
        channel: row.channel,
        ticket: row.ticket_id.map(TicketId),
        recipient: row.recipient_id.map(|id| rows::person(id, names)),
        to: row.recipient_number,
        status: rows::word(TABLE, "status", &row.status)?,
        receipt: rows::maybe(TABLE, "receipt", row.receipt.as_deref())?,
        skip_reason: rows::maybe(TABLE, "skip_reason", row.skip_reason.as_deref())?,
        body: row.body,
        template: row.template,
        provider: row.provider,
        provider_message_id: row.provider_message_id,
        attempts: rows::count(TABLE, "attempts", row.attempts)?,
        error_code: row.error_code,
        error_message: row.error_message,
        next_attempt_at: row.next_attempt_at,
        attempt_started_at: row.attempt_started_at,
        created_at: row.created_at,
        sent_at: row.sent_at,
        delivered_at: row.delivered_at,
        read_at: row.read_at,
        failed_at: row.failed_at,
    })
}

fn new_row(new: NewNotification, now: DateTime<Utc>) -> ActiveModel {
    let (number, skipped) = match new.to {
        Ok(number) => (Some(number), None),
        Err((number, reason)) => (number, Some(reason)),
    };
    let status = if skipped.is_some() { Status::Skipped } else { Status::Queued };
    ActiveModel {
        id: NotSet,
        event: Set(new.event.as_str().to_owned()),
        channel: Set(CHANNEL.to_owned()),
        lane: Set(new.lane.as_str().to_owned()),
        ticket_id: Set(Some(new.ticket.0)),
        recipient_id: Set(Some(new.recipient.0)),
        recipient_number: Set(number.map(|n| n.as_str().to_owned()).unwrap_or_default()),
        body: Set(new.body),
        provider: Set(PROVIDER.to_owned()),
        status: Set(status.as_str().to_owned()),
        skip_reason: Set(skipped.map(|reason| reason.as_str().to_owned())),
        attempts: Set(0),
        forgiven: Set(0),
        resends: Set(0),
        next_attempt_at: Set(skipped.is_none().then_some(now)),
        expires_at: Set(now + new.lane.worth()),
        created_at: Set(now),
        ..Default::default()
    }
}
