//! Notifications: the outbox, and the log that people read.
use sea_orm::entity::prelude::*;
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "notification_log")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event: String,
    pub channel: String,
    pub lane: String,
    pub ticket_id: Option<i64>,
    pub recipient_id: Option<i64>,
    pub recipient_address: String,
    pub body: String,
    pub template: Option<String>,
    pub provider: String,
    pub status: String,
    pub skip_reason: Option<String>,
    pub receipt: Option<String>,
    pub attempts: i64,
    pub forgiven: i64,
    pub resends: i64,
    pub next_attempt_at: Option<DateTimeUtc>,
    pub attempt_started_at: Option<DateTimeUtc>,
    pub lease_until: Option<DateTimeUtc>,
    pub expires_at: DateTimeUtc,
    pub provider_message_id: Option<String>,
    pub error_code: Option<i64>,
    pub error_message: Option<String>,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub read_at: Option<DateTimeUtc>,
    pub failed_at: Option<DateTimeUtc>,
    pub withdrawn: Option<String>,
    pub form_template: Option<String>,
    pub locale: Option<String>,
    pub parameters: Option<String>,
    pub held_by: Option<String>,
    pub tells_others: Option<bool>,
    pub follows: Option<i64>,
    pub first_id: Option<i64>,
    pub followed_by: Option<i64>,
    pub unheard_since: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
