//! The notification log: writing new rows, and reading what became of them.
use chrono::{DateTime, Utc};
use entity::delivery_attempt;
use entity::notification_log::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::deliveries::FormTemplate;
use super::error::StoreError;
use super::evidence::not_sent;
use super::kin::NO_WAY;
use super::named::{Named, Names, Peopled};
use super::narrowed::{cells, one_of, within};
use super::waiting::QUIET;
use super::{Store, Tx, rows};
use crate::domain::attempt::Attempt;
use crate::domain::event::Event;
use crate::domain::log::NotificationFilter;
use crate::domain::medium::Address;
use crate::domain::notification::{Lane, NotificationId, Receipt, SkipReason, Status};
use crate::domain::ticket::{Person, TicketId};
use crate::domain::user::UserId;
use crate::ports::channel::Route;

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
    /// Which way it takes.
    pub via: Route,
    /// To which address, or why to none.
    pub to: Result<Address, (Option<Address>, SkipReason)>,
    /// Until when the person is not to be disturbed by it.
    pub quiet_until: Option<DateTime<Utc>>,
    /// What it says.
    pub body: String,
    /// The template that tells the same.
    pub form: FormTemplate,
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
    /// To which address.
    pub to: String,
    /// The message after which this one was sent, over another way.
    pub fallback_of: Option<NotificationId>,
    /// The message that was sent after this one, over another way.
    pub fallback: Option<NotificationId>,
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
    /// What holds it while it is queued.
    pub held_by: Option<String>,
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
    /// Writes notifications down; those that can be sent now are named. What is to disturb nobody
    /// yet waits, and the sweep lets it go.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_notifications(
        &mut self,
        new: Vec<NewNotification>,
    ) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        if new.is_empty() {
            return Ok(vec![]);
        }
        let goes = |new: &NewNotification| new.to.is_ok() && new.quiet_until.is_none();
        let lanes: Vec<Option<Lane>> = new.iter().map(|it| goes(it).then_some(it.lane)).collect();
        let rows: Vec<ActiveModel> = new.into_iter().map(|new| new_row(new, self.now)).collect();
        let ids = self.insert_at_the_end::<Entity>(rows).await?.into_iter().map(NotificationId);
        Ok(ids.zip(lanes).filter_map(|(id, lane)| Some((id, lane?))).collect())
    }

    /// One notification, as this story has left it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn logged(&self, id: NotificationId) -> Result<Option<Logged>, StoreError> {
        let found = Named::one(&self.conn, Entity::find_by_id(id.0)).await?;
        found.map(|(row, names)| logged(row, &names)).transpose()
    }
}

impl Store {
    /// One notification.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn logged(&self, id: NotificationId) -> Result<Option<Logged>, StoreError> {
        let found = Named::one(&self.read, Entity::find_by_id(id.0)).await?;
        found.map(|(row, names)| logged(row, &names)).transpose()
    }

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
        let find = narrowed(filter, before).order_by_desc(Column::Id).limit(most);
        let Named { rows, names } = Named::<Entity>::all(&self.read, find.into_query()).await?;
        rows.into_iter().map(|row| logged(row, &names)).collect()
    }

    /// One notification, with its attempts.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn notification(
        &self,
        id: NotificationId,
    ) -> Result<Option<(Logged, Vec<Attempt>)>, StoreError> {
        let found = Named::one(&self.read, Entity::find_by_id(id.0)).await?;
        let Some((row, names)) = found else { return Ok(None) };
        let attempts = delivery_attempt::Entity::find()
            .filter(delivery_attempt::Column::NotificationId.eq(id.0))
            .order_by_asc(delivery_attempt::Column::Number)
            .all(&self.read)
            .await?;
        let attempts = attempts.into_iter().map(rows::attempt).collect::<Result<_, _>>()?;
        Ok(Some((logged(row, &names)?, attempts)))
    }
}

impl Peopled for Entity {
    const PEOPLE: &'static [Column] = &[Column::RecipientId];

    fn people(row: &Model) -> impl Iterator<Item = Option<i64>> {
        std::iter::once(row.recipient_id)
    }
}

/// The rows that a filter asks for.
pub(super) fn narrowed(
    filter: &NotificationFilter,
    before: Option<i64>,
) -> sea_orm::Select<Entity> {
    let mut find = Entity::find();
    if !filter.status.allows(&Status::Sent) {
        find = find.filter(not_sent());
    }
    let asked = [
        (Column::Status, cells(&filter.status, |status| status.as_str())),
        (Column::Receipt, cells(&filter.receipt, |receipt| receipt.as_str())),
        (Column::Channel, cells(&filter.channel, |channel| channel.as_str())),
        (Column::Event, cells(&filter.event, |event| event.as_str())),
        (Column::TicketId, cells(&filter.ticket_id, |ticket| ticket.0)),
        (Column::RecipientId, cells(&filter.recipient_id, |recipient| recipient.0)),
    ];
    let plain = |column: Column| Expr::col(column.as_column_ref());
    let asked = asked.into_iter().filter_map(|(column, cells)| one_of(plain(column), cells));
    for condition in asked.chain(within(plain(Column::CreatedAt), &filter.created)) {
        find = find.filter(condition);
    }
    match before {
        Some(id) => find.filter(Column::Id.lt(id)),
        None => find,
    }
}

fn logged(row: Model, names: &Names) -> Result<Logged, StoreError> {
    const TABLE: &str = "notification_log";
    Ok(Logged {
        id: NotificationId(row.id),
        event: rows::word(TABLE, "event", &row.event)?,
        channel: row.channel,
        ticket: row.ticket_id.map(TicketId),
        recipient: row.recipient_id.map(|id| rows::person(id, names)),
        to: row.recipient_address,
        fallback_of: row.follows.map(NotificationId),
        fallback: row.followed_by.filter(|id| *id != NO_WAY).map(NotificationId),
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
        held_by: row.held_by,
        next_attempt_at: row.next_attempt_at,
        attempt_started_at: row.attempt_started_at,
        created_at: row.created_at,
        sent_at: row.sent_at,
        delivered_at: row.delivered_at,
        read_at: row.read_at,
        failed_at: row.failed_at,
    })
}

/// What fills a template, as one cell keeps it.
pub(super) fn parameters(values: Vec<(String, String)>) -> String {
    let values = values.into_iter().map(|(name, value)| (name, value.into()));
    serde_json::Value::Object(values.collect()).to_string()
}

fn new_row(new: NewNotification, now: DateTime<Utc>) -> ActiveModel {
    let (address, skipped) = match new.to {
        Ok(address) => (Some(address), None),
        Err((address, reason)) => (address, Some(reason)),
    };
    let status = if skipped.is_some() { Status::Skipped } else { Status::Queued };
    let quiet = new.quiet_until.filter(|_| skipped.is_none());
    ActiveModel {
        id: NotSet,
        event: Set(new.event.as_str().to_owned()),
        channel: Set(new.via.medium.as_str().to_owned()),
        lane: Set(new.lane.as_str().to_owned()),
        ticket_id: Set(Some(new.ticket.0)),
        recipient_id: Set(Some(new.recipient.0)),
        recipient_address: Set(address.map(|it| it.as_str().to_owned()).unwrap_or_default()),
        body: Set(new.body),
        form_template: Set(Some(new.form.name)),
        locale: Set(Some(new.form.locale)),
        parameters: Set(Some(parameters(new.form.values))),
        provider: Set(new.via.provider.to_owned()),
        status: Set(status.as_str().to_owned()),
        skip_reason: Set(skipped.map(|reason| reason.as_str().to_owned())),
        attempts: Set(0),
        forgiven: Set(0),
        resends: Set(0),
        // The ways were looked for already.
        followed_by: Set(skipped.map(|_| NO_WAY)),
        next_attempt_at: Set(skipped.is_none().then_some(quiet.unwrap_or(now))),
        held_by: Set(quiet.map(|_| QUIET.to_owned())),
        expires_at: Set(now + new.lane.worth()),
        created_at: Set(now),
        ..Default::default()
    }
}
