//! The history of tickets.
use sea_orm::entity::prelude::*;
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "ticket_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub ticket_id: i64,
    pub event: String,
    pub actor_id: i64,
    pub from_status: Option<String>,
    pub to_status: String,
    pub developer_id: Option<i64>,
    pub note: Option<String>,
    pub visibility: Option<String>,
    pub changes: Option<String>,
    pub comment_id: Option<i64>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
