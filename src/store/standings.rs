//! What each provider said of us when it was asked last.
use chrono::{DateTime, Utc};
use entity::channel_standing::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, OnConflict};

use super::Store;
use super::error::StoreError;
use crate::domain::standing::Standing;

impl Store {
    /// Keeps what a provider said when it was asked then, in the place of what it said before.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn keep_standing(
        &self,
        provider: &str,
        sender: &str,
        said: &Standing,
        asked_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            provider: Set(provider.to_owned()),
            sender: Set(sender.to_owned()),
            said: Set(serde_json::to_string(said).expect("words, numbers and instants")),
            asked_at: Set(asked_at),
        };
        let known = OnConflict::columns([Column::Provider, Column::Sender])
            .update_columns([Column::Said, Column::AskedAt])
            // Of two who ask at once, the later one knows better.
            .action_and_where(Expr::cust("channel_standings.asked_at <= excluded.asked_at"))
            .to_owned();
        Entity::insert(row).on_conflict(known).exec_without_returning(&self.write).await?;
        Ok(())
    }
}
