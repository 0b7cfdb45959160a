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
    /// What a provider said of one of our senders, and when. What another version of the program
    /// kept in another form counts as nothing: it will be asked anew.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn standing(
        &self,
        provider: &str,
        sender: &str,
    ) -> Result<Option<(Standing, DateTime<Utc>)>, StoreError> {
        let key = (provider.to_owned(), sender.to_owned());
        let found = Entity::find_by_id(key).one(&self.read).await?;
        Ok(found.and_then(|row| Some((serde_json::from_str(&row.said).ok()?, row.asked_at))))
    }

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
