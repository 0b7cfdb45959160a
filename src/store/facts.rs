//! What providers tell about our account and its numbers: of each kind the newest counts.
use chrono::{DateTime, Utc};
use entity::channel_fact::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};

use super::Tx;
use super::error::StoreError;
use crate::ports::webhook::Fact;

/// A longer value is none that anybody would show.
const LONGEST: usize = 16 * 1024;

/// A fact as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptFact {
    /// What it is about, in the provider's words.
    pub name: String,
    /// Which number or account it is about.
    pub about: String,
    /// What the provider said.
    pub value: serde_json::Value,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
    /// Nothing can be sent while this holds.
    pub bars: bool,
    /// When it ends by itself, where that is known.
    pub until: Option<DateTime<Utc>>,
}

impl Tx {
    /// Keeps a fact unless a newer one of its kind is known; `true` where it is news.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn keep_fact(
        &self,
        provider: &str,
        fact: &Fact,
        otherwise: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let value = Some(fact.value.to_string()).filter(|value| value.len() <= LONGEST);
        let row = ActiveModel {
            id: NotSet,
            provider: Set(provider.to_owned()),
            sender: Set(fact.about.clone()),
            name: Set(fact.name.clone()),
            value: Set(value.unwrap_or_else(|| "null".to_owned())),
            at: Set(fact.at.unwrap_or(otherwise)),
            bars: Set(fact.bars),
            until: Set(fact.until),
        };
        let newer = Expr::col((Entity, Column::At)).lt(Expr::cust("excluded.at"));
        let known = OnConflict::columns([Column::Provider, Column::Sender, Column::Name])
            .update_columns([Column::Value, Column::At, Column::Bars, Column::Until])
            .action_and_where(newer)
            .to_owned();
        let inserted = Entity::insert_many([row])
            .on_conflict(known)
            .exec_without_returning(&self.conn)
            .await?;
        Ok(inserted > 0)
    }
}
