//! Forgetting a person: every place where something of them is kept.
use entity::{idempotency_key, notification_log, refresh_token, session, user};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::error::StoreError;
use super::evidence::not_sent;
use super::{Store, Tx};
use crate::domain::notification::{SkipReason, Status};
use crate::domain::user::{User, UserId};

/// Stands for the provider's id of a message: Meta's holds the number that it went to.
pub(super) const ERASED: &str = "erased";
/// The same in the log; a message that has no id has none.
pub(super) const MESSAGE_ERASED: &str =
    "CASE WHEN provider_message_id IS NULL THEN NULL ELSE 'erased' END";

/// What was written about this person's tickets, where their name may stand.
fn about_tickets_of(id: UserId) -> SimpleExpr {
    let id = id.0;
    Expr::cust(format!(
        "ticket_id IN (SELECT id FROM tickets WHERE client_id = {id} OR developer_id = {id} \
         UNION SELECT ticket_id FROM ticket_events WHERE developer_id = {id} OR actor_id = {id})"
    ))
}

impl Store {
    /// Every number by which this person was known here.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn numbers_of(&self, user: &User) -> Result<Vec<String>, StoreError> {
        use notification_log::{Column, Entity};
        let mut numbers: Vec<String> = Entity::find()
            .select_only()
            .column(Column::RecipientAddress)
            .distinct()
            .filter(Column::RecipientId.eq(user.id.0))
            .filter(Column::RecipientAddress.ne(""))
            .into_tuple()
            .all(&self.read)
            .await?;
        numbers.extend(user.whatsapp_number.iter().map(|number| number.as_str().to_owned()));
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }
}

impl Tx {
    /// Takes number and words out of everything that was written to somebody, and their names out of
    /// what was written to others about their tickets. What waits for them is skipped; what is under
    /// way ends as it ends, and goes out no second time.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_notifications(
        &self,
        id: UserId,
        names: &[String],
    ) -> Result<(), StoreError> {
        use notification_log::{Column, Entity};
        let theirs = Column::RecipientId.eq(id.0);
        let about = about_tickets_of(id);
        // In the order of their ids, so that no two stories wait for each other.
        let held = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(theirs.clone().or(about.clone()))
            .order_by_asc(Column::Id)
            .lock_exclusive();
        held.into_tuple::<i64>().all(&self.conn).await?;
        self.skip_what_waits(theirs.clone()).await?;
        Entity::update_many()
            .col_expr(Column::RecipientAddress, Expr::value(""))
            .col_expr(Column::Body, Expr::value(""))
            .col_expr(Column::FormTemplate, Expr::value(Option::<String>::None))
            .col_expr(Column::Parameters, Expr::value(Option::<String>::None))
            .col_expr(Column::ProviderMessageId, Expr::cust(MESSAGE_ERASED))
            // Nothing claims it any more, whatever evidence still comes in.
            .col_expr(Column::ExpiresAt, Expr::value(self.now))
            .filter(theirs.clone())
            .exec(&self.conn)
            .await?;
        for name in names {
            Entity::update_many()
                .col_expr(Column::Body, self.without(name))
                .col_expr(Column::Parameters, self.without_parameter(name))
                .filter(about.clone())
                .filter(Expr::col(Column::Body).ne(self.without(name)))
                .exec(&self.conn)
                .await?;
        }
        self.erase_messages_of(Entity::find().select_only().column(Column::Id).filter(theirs)).await
    }

    /// Takes the provider's ids out of every attempt of these notifications. What is still reported
    /// about them is placed by the callback data, which says nothing to anybody else.
    pub(super) async fn erase_messages_of(
        &self,
        ids: Select<notification_log::Entity>,
    ) -> Result<(), StoreError> {
        use entity::delivery_attempt::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::ProviderMessageId, Expr::value(ERASED))
            .filter(Column::NotificationId.in_subquery(ids.into_query()))
            .filter(Column::ProviderMessageId.is_not_null())
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    async fn skip_what_waits(&self, which: SimpleExpr) -> Result<(), StoreError> {
        use notification_log::{Column, Entity};
        let none = Option::<chrono::DateTime<chrono::Utc>>::None;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(Status::Skipped.as_str()))
            .col_expr(Column::SkipReason, Expr::value(SkipReason::PersonErased.as_str()))
            .col_expr(Column::NextAttemptAt, Expr::value(none))
            .filter(which)
            .filter(not_sent())
            .filter(Column::Status.eq(Status::Queued.as_str()))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// A body without a name, which stands there on a line of its own, behind what it is; where
    /// one writes from right to left, between two signs that set it apart.
    fn without(&self, name: &str) -> SimpleExpr {
        let sql = match self.backend() {
            DbBackend::Postgres => "replace(replace(body, $1, $2), $3, $4)",
            _ => "replace(replace(body, ?, ?), ?, ?)",
        };
        let nobody = || ":* —\n".to_owned();
        let apart = format!(":* \u{2068}{name}\u{2069}\n");
        Expr::cust_with_values(sql, [format!(":* {name}\n"), nobody(), apart, nobody()])
    }

    /// The values of a template without a name, which is one of them as a whole.
    fn without_parameter(&self, name: &str) -> SimpleExpr {
        let sql = match self.backend() {
            DbBackend::Postgres => "replace(parameters, $1, $2)",
            _ => "replace(parameters, ?, ?)",
        };
        let value = |text: &str| format!(":{}", serde_json::Value::from(text));
        Expr::cust_with_values(sql, [value(name), value("—")])
    }

    /// Forgets what was answered to somebody.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_answers_to(&self, id: UserId) -> Result<(), StoreError> {
        use idempotency_key::{Column, Entity};
        Entity::delete_many().filter(Column::UserId.eq(id.0)).exec(&self.conn).await?;
        Ok(())
    }

    /// Answers to others that speak of somebody: their names and bodies.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn answers_naming(&self, id: UserId) -> Result<Vec<(i64, String)>, StoreError> {
        use idempotency_key::{Column, Entity};
        let found = Entity::find().select_only().columns([Column::Id, Column::Body]);
        let naming = found.filter(Column::Body.like(format!("%\"id\":{},%", id.0)));
        Ok(naming.into_tuple().all(&self.conn).await?)
    }

    /// Gives a kept answer another body.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn change_answer(&self, id: i64, body: String) -> Result<(), StoreError> {
        use idempotency_key::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Body, Expr::value(body))
            .filter(Column::Id.eq(id))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Empties an account. Its username and e-mail are free; what stands there instead is none that
    /// anybody could choose.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_user(&self, id: UserId) -> Result<(), StoreError> {
        let change = user::ActiveModel {
            username: Set(format!("#{}", id.0)),
            email: Set(format!("#{}", id.0)),
            password_hash: Set(String::new()),
            full_name: Set(String::new()),
            whatsapp_number: Set(None),
            whatsapp_verified_at: Set(None),
            whatsapp_verified_by: Set(None),
            whatsapp_opt_in_at: Set(None),
            whatsapp_heard_at: Set(None),
            preferences: Set(None),
            opted_out_at: Set(None),
            sms_opted_out_at: Set(None),
            sms_wish_at: Set(None),
            email_opted_out_at: Set(None),
            undeliverable_at: Set(None),
            seen_at: Set(None),
            search_text: Set(String::new()),
            former_names: Set(None),
            is_active: Set(false),
            updated_at: Set(self.now),
            erased_at: Set(Some(self.now)),
            ..Default::default()
        };
        self.set_user(id, change).await?;
        let sessions = session::Entity::find().select_only().column(session::Column::Id);
        let sessions = sessions.filter(session::Column::UserId.eq(id.0));
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::SessionId.in_subquery(sessions.into_query()))
            .exec(&self.conn)
            .await?;
        let theirs = session::Column::UserId.eq(id.0);
        session::Entity::delete_many().filter(theirs).exec(&self.conn).await?;
        Ok(())
    }
}
