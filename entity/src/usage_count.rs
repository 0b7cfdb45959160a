//! What messages count as on a provider's bill, month by month; rows of one kind add up.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_counts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub sender: String,
    pub month: String,
    pub country: Option<String>,
    pub category: String,
    pub kind: Option<String>,
    pub billable: Option<bool>,
    pub count: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
