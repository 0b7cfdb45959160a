//! Forgetting what providers told us of a person who was erased.
use entity::{unplaced_report, webhook_event};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::error::StoreError;
use super::{Store, Tx};

/// Webhooks that one statement looks through.
const CHUNK: i64 = 5000;
/// What is left of a webhook that spoke of somebody who was erased.
const NOTHING: &[u8] = b"{}";

impl Store {
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
    // One that is read again was read before.
    webhook_event::Column::ProcessedAt.is_not_null().and(any)
}

async fn blank_webhooks(conn: &impl ConnectionTrait, which: SimpleExpr) -> Result<(), StoreError> {
    use webhook_event::{Column, Entity};
    // An id of a message holds the number that it went to.
    let theirs = Entity::find().select_only().column(Column::Id).filter(which.clone());
    unplaced_report::Entity::delete_many()
        .filter(unplaced_report::Column::WebhookId.in_subquery(theirs.into_query()))
        .exec(conn)
        .await?;
    Entity::update_many()
        .col_expr(Column::Raw, Expr::value(NOTHING.to_vec()))
        .col_expr(Column::Note, Expr::value("blanked: it spoke of a person who was erased"))
        .filter(which)
        .exec(conn)
        .await?;
    Ok(())
}
