//! What stands at the provider of each template that we need, and what is wrong with it.
use entity::message_template::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
};

use super::error::StoreError;
use super::{Store, Tx};
use crate::ports::webhook::TemplateNews;

/// A template that we need, as it stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// The provider's code of its language.
    pub language: String,
    /// The provider's id of it, where it is there.
    pub template_id: Option<String>,
    /// How it stands; `MISSING` where it is not there.
    pub status: String,
    /// What it counts as.
    pub category: Option<String>,
    /// Its quality.
    pub quality: Option<String>,
    /// What is wrong with it; nothing where it is as we need it.
    pub trouble: Option<String>,
}

impl Store {
    /// Every template that is known of, by name and language.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn templates(&self) -> Result<Vec<Standing>, StoreError> {
        let find = Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Language);
        let found = find.all(&self.read).await?;
        Ok(found.into_iter().map(standing).collect())
    }
}

impl Tx {
    /// Writes down how each template stands now; whatever else was known is no more.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn set_templates(&self, all: Vec<Standing>) -> Result<(), StoreError> {
        if self.backend() == DbBackend::Postgres {
            // Two who write them all down at once would wait for each other's rows.
            let alone = "LOCK TABLE message_templates IN SHARE ROW EXCLUSIVE MODE";
            self.conn.execute_unprepared(alone).await?;
        }
        Entity::delete_many().filter(Column::CheckedAt.lt(self.now)).exec(&self.conn).await?;
        let rows = all.into_iter().map(|standing| ActiveModel {
            id: NotSet,
            provider: Set("meta".to_owned()),
            name: Set(standing.name),
            language: Set(standing.language),
            template_id: Set(standing.template_id),
            status: Set(standing.status),
            category: Set(standing.category),
            quality: Set(standing.quality),
            trouble: Set(standing.trouble),
            checked_at: Set(self.now),
        });
        let known = OnConflict::columns([Column::Provider, Column::Name, Column::Language])
            .update_columns([
                Column::TemplateId,
                Column::Status,
                Column::Category,
                Column::Quality,
                Column::Trouble,
                Column::CheckedAt,
            ])
            .to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(&self.conn).await?;
        Ok(())
    }

    /// Merges what the provider reported about a template; one that we do not need is nobody's.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn heard_of_template(
        &self,
        news: &TemplateNews,
        merge: impl Fn(&Standing, &TemplateNews) -> Standing,
    ) -> Result<bool, StoreError> {
        let theirs = Condition::all()
            .add(Column::Name.eq(&*news.name))
            .add(Column::Language.eq(&*news.language));
        let found = Entity::find().filter(theirs.clone()).one(&self.conn).await?;
        let Some(before) = found.map(standing) else { return Ok(false) };
        let after = merge(&before, news);
        if after == before {
            return Ok(false);
        }
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(after.status))
            .col_expr(Column::Category, Expr::value(after.category))
            .col_expr(Column::Quality, Expr::value(after.quality))
            .col_expr(Column::Trouble, Expr::value(after.trouble))
            .filter(theirs)
            .exec(&self.conn)
            .await?;
        Ok(true)
    }
}

fn standing(row: Model) -> Standing {
    Standing {
        name: row.name,
        language: row.language,
        template_id: row.template_id,
        status: row.status,
        category: row.category,
        quality: row.quality,
        trouble: row.trouble,
    }
}
