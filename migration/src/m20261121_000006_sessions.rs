//! Sessions and their refresh tokens, buckets of limits, and what an account needs to be sought and
//! erased.
use super::{id, index, instant, integer, points, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::create()
            .table("sessions")
            .col(id())
            .col(integer("user_id").not_null())
            .col(text("address").not_null())
            .col(instant("created_at").not_null())
            .col(instant("ends_at").not_null())
            .col(instant("ended_at"))
            .foreign_key(&mut points("sessions", "user_id", "users"))
            .to_owned();
        manager.create_table(sessions).await?;
        index(manager, "sessions_user", "sessions (user_id, address)", None).await?;
        index(manager, "sessions_end", "sessions (ends_at)", None).await?;

        let tokens = Table::create()
            .table("refresh_tokens")
            .col(id())
            .col(integer("session_id").not_null())
            .col(integer("number").not_null())
            .col(text("digest").not_null())
            .col(text("nonce").not_null())
            .col(instant("expires_at").not_null())
            .col(instant("spent_at"))
            .foreign_key(&mut points("refresh_tokens", "session_id", "sessions"))
            .to_owned();
        manager.create_table(tokens).await?;
        let by = "refresh_tokens (digest)";
        index(manager, "refresh_tokens_digest_unique", by, None).await?;
        // A token has one successor, whoever asks for it at the same time.
        let by = "refresh_tokens (session_id, number)";
        index(manager, "refresh_tokens_number_unique", by, None).await?;
        index(manager, "refresh_tokens_expiry", "refresh_tokens (expires_at)", None).await?;

        let buckets = Table::create()
            .table("buckets")
            .col(text("key").not_null().primary_key())
            .col(integer("full_at").not_null())
            .to_owned();
        manager.create_table(buckets).await?;
        index(manager, "buckets_full", "buckets (full_at)", None).await?;

        // SQLite adds one column at a time.
        for column in [instant("erased_at"), text("search_text").not_null().default("").to_owned()]
        {
            let add = Table::alter().table("users").add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        let known =
            "UPDATE users SET search_text = lower(username || ' ' || email || ' ' || full_name)";
        manager.get_connection().execute_unprepared(known).await?;
        index(manager, "users_role", "users (role, id)", None).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX users_role").await?;
        for column in ["search_text", "erased_at"] {
            let drop = Table::alter().table("users").drop_column(column).to_owned();
            manager.alter_table(drop).await?;
        }
        for table in ["buckets", "refresh_tokens", "sessions"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
