//! Reports about messages that are not known here, or not yet.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unplaced_reports")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub provider: String,
    pub provider_message_id: String,
    pub notification_id: Option<i64>,
    pub attempt: Option<i64>,
    pub report: String,
    pub code: Option<i64>,
    pub message: Option<String>,
    pub remedy: Option<String>,
    pub reported_at: DateTimeUtc,
    pub pricing_category: Option<String>,
    pub pricing_type: Option<String>,
    pub billable: Option<bool>,
    pub webhook_id: i64,
    pub received_at: DateTimeUtc,
    pub looks: i64,
    pub next_look_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
