//! The list of what providers sent us, as admins read it.
use chrono::{DateTime, Utc};
use entity::webhook_event::{Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::narrowed::{cells, one_of};
use super::{Store, Tx, rows};
use crate::domain::webhook::{State, WebhookFilter, WebhookId};

/// Bytes of a body that the list shows.
const SHOWN: i64 = 4096;

/// A stored webhook.
#[derive(Clone, Debug)]
pub struct KeptWebhook {
    /// Its name.
    pub id: WebhookId,
    /// Whose it is.
    pub provider: String,
    /// What became of it.
    pub state: State,
    /// What there is to say about it.
    pub note: Option<String>,
    /// How often it was read.
    pub tries: i64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was read last.
    pub processed_at: Option<DateTime<Utc>>,
    /// The length of its body in bytes.
    pub size: i64,
    /// Its body, or the beginning of it.
    pub raw: Vec<u8>,
}

type Row =
    (i64, String, String, Option<String>, i64, DateTime<Utc>, Option<DateTime<Utc>>, i64, Vec<u8>);

impl Store {
    /// The newest `most` webhooks that `filter` asks for, older than `before`, each with the
    /// beginning of its body.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhooks(
        &self,
        filter: &WebhookFilter,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<KeptWebhook>, StoreError> {
        let mut find = selected(Expr::cust(format!("substr(raw, 1, {SHOWN})")));
        if !filter.state.allows(&State::Processed) {
            find = find.filter(Expr::cust("state <> 'PROCESSED'"));
        }
        let asked = [
            (Column::State, cells(&filter.state, |state| state.as_str())),
            (Column::Provider, cells(&filter.provider, String::as_str)),
        ];
        for (column, cells) in asked {
            find = match one_of(Expr::col(column.as_column_ref()), cells) {
                Some(condition) => find.filter(condition),
                None => find,
            };
        }
        if let Some(id) = before {
            find = find.filter(Column::Id.lt(id));
        }
        let found: Vec<Row> =
            find.order_by_desc(Column::Id).limit(most).into_tuple().all(&self.read).await?;
        found.into_iter().map(kept).collect()
    }

    /// One webhook, with the whole of its body.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<KeptWebhook>, StoreError> {
        let find = selected(Expr::cust("raw")).filter(Column::Id.eq(id.0));
        let found: Option<Row> = find.into_tuple().one(&self.read).await?;
        found.map(kept).transpose()
    }
}

impl Tx {
    /// One webhook as this story has left it, with the beginning of its body.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn kept_webhook(&self, id: WebhookId) -> Result<Option<KeptWebhook>, StoreError> {
        let raw = Expr::cust(format!("substr(raw, 1, {SHOWN})"));
        let find = selected(raw).filter(Column::Id.eq(id.0));
        let found: Option<Row> = find.into_tuple().one(&self.conn).await?;
        found.map(kept).transpose()
    }
}

fn selected(raw: Expr) -> sea_orm::Select<Entity> {
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::Provider, Column::State, Column::Note, Column::Tries])
        .columns([Column::ReceivedAt, Column::ProcessedAt])
        .expr_as(Expr::cust("length(raw)").cast_as("bigint"), "size")
        .expr_as(raw, "raw")
}

fn kept(row: Row) -> Result<KeptWebhook, StoreError> {
    let (id, provider, state, note, tries, received_at, processed_at, size, raw) = row;
    let state = rows::word("webhook_events", "state", &state)?;
    let id = WebhookId(id);
    Ok(KeptWebhook { id, provider, state, note, tries, received_at, processed_at, size, raw })
}
