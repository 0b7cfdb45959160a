//! Forgetting a person: every place where something of them is kept.
use entity::{idempotency_key, notification_log, refresh_token, session, user, webhook_event};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::error::StoreError;
use super::evidence::not_sent;
use super::{Store, Tx};
use crate::domain::notification::{SkipReason, Status};
use crate::domain::user::{User, UserId};

/// Webhooks that one statement looks through.
const CHUNK: i64 = 5000;
/// What is left of a webhook that spoke of somebody who was erased.
const NOTHING: &[u8] = b"{}";
/// Stands for the provider's id of a message: Meta's holds the number that it went to.
const ERASED: &str = "erased";

impl Store {
    /// Every number by which this person was known here.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn numbers_of(&self, user: &User) -> Result<Vec<String>, StoreError> {
        use notification_log::{Column, Entity};
        let mut numbers: Vec<String> = Entity::find()
            .select_only()
            .column(Column::RecipientNumber)
            .distinct()
            .filter(Column::RecipientId.eq(user.id.0))
            .filter(Column::RecipientNumber.ne(""))
            .into_tuple()
            .all(&self.read)
            .await?;
        numbers.extend(user.whatsapp_number.iter().map(|number| number.as_str().to_owned()));
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Blanks webhooks that name one of these numbers and were read; says up to which one it looked.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_webhooks(&self, numbers: &[String]) -> Result<i64, StoreError> {
        use webhook_event::{Column, Entity};
        let newest = Entity::find().select_only().column(Column::Id).order_by_desc(Column::Id);
        let newest: i64 = newest.into_tuple().one(&self.read).await?.unwrap_or_default();
        let oldest = Entity::find().select_only().column(Column::Id).order_by_asc(Column::Id);
        let oldest: i64 = oldest.into_tuple().one(&self.read).await?.unwrap_or_default();
        let mut from = oldest;
        while from <= newest && !numbers.is_empty() {
            let to = std::cmp::min(newest, from + CHUNK - 1);
            let naming = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::Id.between(from, to))
                .filter(names(self.read.get_database_backend(), numbers));
            let found: Vec<i64> = naming.into_tuple().all(&self.read).await?;
            if !found.is_empty() {
                blank_webhooks(&self.write, Column::Id.is_in(found)).await?;
            }
            from = to + 1;
        }
        Ok(newest)
    }
}

impl Tx {
    /// As [`Store::forget_webhooks`], for those that have come since.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_webhooks_since(
        &self,
        seen: i64,
        numbers: &[String],
    ) -> Result<(), StoreError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let since = webhook_event::Column::Id.gt(seen).and(names(self.backend(), numbers));
        blank_webhooks(&self.conn, since).await
    }

    /// Blanks a webhook that was read and turned out to speak of somebody who was erased.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_webhook(&self, id: i64) -> Result<(), StoreError> {
        blank_webhooks(&self.conn, webhook_event::Column::Id.eq(id)).await
    }

    /// Takes number and words out of everything that was written to somebody, and their name out of
    /// what was written to others about their tickets. What waits for them is skipped; what is under
    /// way ends as it ends, and goes out no second time.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn forget_notifications(&self, id: UserId, name: &str) -> Result<(), StoreError> {
        use notification_log::{Column, Entity};
        let theirs = Column::RecipientId.eq(id.0);
        let naming = self.naming(id, name);
        // In the order of their ids, so that no two stories wait for each other.
        let held = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(theirs.clone().or(naming.clone()))
            .order_by_asc(Column::Id)
            .lock_exclusive();
        held.into_tuple::<i64>().all(&self.conn).await?;
        self.skip_what_waits(theirs.clone()).await?;
        let message = "CASE WHEN provider_message_id IS NULL THEN NULL ELSE 'erased' END";
        Entity::update_many()
            .col_expr(Column::RecipientNumber, Expr::value(""))
            .col_expr(Column::Body, Expr::value(""))
            .col_expr(Column::ProviderMessageId, Expr::cust(message))
            // Nothing claims it any more, whatever evidence still comes in.
            .col_expr(Column::ExpiresAt, Expr::value(self.now))
            .filter(theirs.clone())
            .exec(&self.conn)
            .await?;
        Entity::update_many()
            .col_expr(Column::Body, self.without(name))
            .filter(naming)
            .exec(&self.conn)
            .await?;
        use entity::delivery_attempt as attempt;
        let ids = Entity::find().select_only().column(Column::Id).filter(theirs);
        attempt::Entity::update_many()
            .col_expr(attempt::Column::ProviderMessageId, Expr::value(ERASED))
            .filter(attempt::Column::NotificationId.in_subquery(ids.into_query()))
            .filter(attempt::Column::ProviderMessageId.is_not_null())
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

    /// What was written about this person's tickets and holds their name.
    fn naming(&self, id: UserId, name: &str) -> SimpleExpr {
        let id = id.0;
        let about = Expr::cust(format!(
            "ticket_id IN (SELECT id FROM tickets WHERE client_id = {id} OR developer_id = {id} \
             UNION SELECT ticket_id FROM ticket_events WHERE developer_id = {id} OR actor_id = {id})"
        ));
        about.and(Expr::col(notification_log::Column::Body).ne(self.without(name)))
    }

    /// A body without a name, which stands there on a line of its own, behind what it is.
    fn without(&self, name: &str) -> SimpleExpr {
        let sql = match self.backend() {
            DbBackend::Postgres => "replace(body, $1, $2)",
            _ => "replace(body, ?, ?)",
        };
        Expr::cust_with_values(sql, [format!(":* {name}\n"), ":* —\n".to_owned()])
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
            search_text: Set(String::new()),
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

/// Webhooks that were looked at and name one of these numbers, which stand in them without a plus.
fn names(backend: DbBackend, numbers: &[String]) -> SimpleExpr {
    let one = |number: &String| {
        let digits = number.trim_start_matches('+').as_bytes().to_vec();
        let sql = match backend {
            DbBackend::Postgres => "position($1 in raw) > 0",
            _ => "instr(raw, ?) > 0",
        };
        Expr::cust_with_values(sql, [digits])
    };
    let any = numbers.iter().map(one).reduce(ExprTrait::or);
    let any = any.unwrap_or_else(|| Expr::value(false));
    webhook_event::Column::State.ne("RECEIVED").and(any)
}

async fn blank_webhooks(conn: &impl ConnectionTrait, which: SimpleExpr) -> Result<(), StoreError> {
    use webhook_event::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Raw, Expr::value(NOTHING.to_vec()))
        .col_expr(Column::Note, Expr::value("blanked: it spoke of a person who was erased"))
        .filter(which)
        .exec(conn)
        .await?;
    Ok(())
}
