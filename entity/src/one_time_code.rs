//! One-time codes: what is needed to make each one again, never the code itself.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_codes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub purpose: String,
    pub user_id: Option<i64>,
    pub subject: String,
    pub channel: String,
    pub destination: String,
    pub country: String,
    pub nonce: String,
    pub sealed: Option<String>,
    pub payload: Option<String>,
    pub address: String,
    pub tries: i64,
    pub sends: i64,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    pub dead_at: Option<DateTimeUtc>,
    pub notification_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
