//! Messages about no ticket: those that carry a one-time code, and those that speak of one.
use chrono::{DateTime, Utc};
use entity::{notification_log, one_time_code};
use one_time_code::{Column, Entity};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::Tx;
use super::deliveries::FormTemplate;
use super::error::StoreError;
use super::notifications::parameters;
use crate::domain::event::Event;
use crate::domain::medium::Address;
use crate::domain::notification::{Lane, NotificationId, SkipReason, Status};
use crate::domain::user::UserId;
use crate::ports::channel::Route;

/// A message that carries a code, or speaks of one.
#[derive(Clone)]
pub struct NewLetter {
    /// About what.
    pub event: Event,
    /// How urgent.
    pub lane: Lane,
    /// To whom, where there is an account.
    pub recipient: Option<UserId>,
    /// By which medium and provider.
    pub via: Route,
    /// Where.
    pub to: Address,
    /// What the log shows of it.
    pub body: String,
    /// Until when it is worth sending.
    pub expires_at: DateTime<Utc>,
}

impl Tx {
    /// Which message carries a code from now on; an older one that has not gone is not sent.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn code_goes_by(
        &self,
        id: i64,
        letter: NotificationId,
        before: Option<NotificationId>,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::NotificationId, Expr::value(letter.0))
            .filter(Column::Id.eq(id))
            .exec(&self.conn)
            .await?;
        let Some(before) = before else { return Ok(()) };
        use notification_log::Column as Log;
        let none = Option::<DateTime<Utc>>::None;
        notification_log::Entity::update_many()
            .col_expr(Log::Status, Expr::value(Status::Skipped.as_str()))
            .col_expr(Log::SkipReason, Expr::value(SkipReason::Superseded.as_str()))
            .col_expr(Log::NextAttemptAt, Expr::value(none))
            .filter(Log::Id.eq(before.0))
            .filter(Log::Status.eq(Status::Queued.as_str()))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Writes down a message that carries a code or speaks of one, to be sent at once.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_letter(&self, new: NewLetter) -> Result<NotificationId, StoreError> {
        self.insert_letter(new, None).await
    }

    /// The same, with the template that tells it to whoever's window is shut.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_letter_as(
        &self,
        new: NewLetter,
        form: FormTemplate,
    ) -> Result<NotificationId, StoreError> {
        self.insert_letter(new, Some(form)).await
    }

    async fn insert_letter(
        &self,
        new: NewLetter,
        form: Option<FormTemplate>,
    ) -> Result<NotificationId, StoreError> {
        let (template, locale, values) = match form {
            Some(form) => (Some(form.name), Some(form.locale), Some(parameters(form.values))),
            None => (None, None, None),
        };
        let row = notification_log::ActiveModel {
            id: NotSet,
            event: Set(new.event.as_str().to_owned()),
            channel: Set(new.via.medium.as_str().to_owned()),
            lane: Set(new.lane.as_str().to_owned()),
            recipient_id: Set(new.recipient.map(|user| user.0)),
            recipient_address: Set(new.to.as_str().to_owned()),
            body: Set(new.body),
            form_template: Set(template),
            locale: Set(locale),
            parameters: Set(values),
            provider: Set(new.via.provider.to_owned()),
            status: Set(Status::Queued.as_str().to_owned()),
            attempts: Set(0),
            forgiven: Set(0),
            resends: Set(0),
            next_attempt_at: Set(Some(self.now)),
            expires_at: Set(new.expires_at),
            created_at: Set(self.now),
            ..Default::default()
        };
        let ids = self.insert_all::<notification_log::Entity>(vec![row]).await?;
        let id =
            ids.first().ok_or_else(|| StoreError::Refused("no message was written".to_owned()))?;
        Ok(NotificationId(*id))
    }
}
