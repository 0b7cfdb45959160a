//! Accounts.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub username: String,
    pub email: String,
    pub password_hash: String,
    pub full_name: String,
    pub role: String,
    pub whatsapp_number: Option<String>,
    pub whatsapp_verified_at: Option<DateTimeUtc>,
    pub whatsapp_verified_by: Option<String>,
    pub whatsapp_opt_in_at: Option<DateTimeUtc>,
    pub locale: String,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub erased_at: Option<DateTimeUtc>,
    pub search_text: String,
    pub whatsapp_heard_at: Option<DateTimeUtc>,
    pub email_verified_at: Option<DateTimeUtc>,
    pub preferences: Option<String>,
    pub opted_out_at: Option<DateTimeUtc>,
    pub sms_opted_out_at: Option<DateTimeUtc>,
    pub sms_wish_at: Option<DateTimeUtc>,
    pub email_opted_out_at: Option<DateTimeUtc>,
    pub undeliverable_at: Option<DateTimeUtc>,
    pub seen_at: Option<DateTimeUtc>,
    pub former_names: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
