//! Accounts.
use super::{id, index, instant, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("users")
            .col(id())
            .col(text("username").not_null())
            .col(text("email").not_null())
            .col(text("password_hash").not_null())
            .col(text("full_name").not_null())
            .col(text("role").not_null())
            .col(text("whatsapp_number"))
            .col(instant("whatsapp_verified_at"))
            .col(text("whatsapp_verified_by"))
            .col(instant("whatsapp_opt_in_at"))
            .col(text("locale").not_null())
            .col(ColumnDef::new("is_active").boolean().not_null())
            .col(instant("created_at").not_null())
            .col(instant("updated_at").not_null())
            .to_owned();
        manager.create_table(table).await?;
        index(manager, "users_username_unique", "users (username)", None).await?;
        index(manager, "users_email_unique", "users (email)", None).await?;
        // One confirmed number belongs to one account.
        let confirmed = Some("whatsapp_verified_at IS NOT NULL");
        index(manager, "users_confirmed_number_unique", "users (whatsapp_number)", confirmed)
            .await?;
        index(manager, "users_admins", "users (id)", Some("role = 'ADMIN'")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("users").to_owned()).await
    }
}
