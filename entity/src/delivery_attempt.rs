//! Every attempt to send a notification that was answered, lost or heard of.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_attempts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notification_id: i64,
    pub number: i64,
    pub sender: String,
    pub started_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
    pub duration_ms: Option<i64>,
    pub outcome: String,
    pub remedy: Option<String>,
    pub http_status: Option<i64>,
    pub error_code: Option<i64>,
    pub error_message: Option<String>,
    pub provider_message_id: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub read_at: Option<DateTimeUtc>,
    pub failed_at: Option<DateTimeUtc>,
    pub failed_code: Option<i64>,
    pub failed_message: Option<String>,
    pub failed_remedy: Option<String>,
    pub heard_at: Option<DateTimeUtc>,
    pub template: Option<String>,
    pub locale: Option<String>,
    pub told_by: Option<i64>,
    pub pricing_category: Option<String>,
    pub pricing_type: Option<String>,
    pub billable: Option<bool>,
    pub told_by_number: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
