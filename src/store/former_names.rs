//! What people were called before: erasing somebody takes it out of what was written while they were
//! called so.
use entity::user::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter};

use super::Tx;
use super::error::StoreError;
use crate::domain::user::{User, UserId};

/// Whoever is called otherwise more often than this, in characters, plays with us.
const MOST: usize = 20_000;

impl Tx {
    /// Keeps the name that somebody has until now, once, where they are to have another.
    pub(super) async fn keep_name(&self, after: &User) -> Result<(), StoreError> {
        let find = match self.backend() {
            DbBackend::Postgres => "strpos",
            _ => "instr",
        };
        let kept = Expr::cust("coalesce(former_names, '\n') || full_name || '\n'");
        let is_new = format!(
            "{find}(coalesce(former_names, '\n'), '\n' || full_name || '\n') = 0 \
             AND length(coalesce(former_names, '')) < {MOST}"
        );
        Entity::update_many()
            .col_expr(Column::FormerNames, kept)
            .filter(Column::Id.eq(after.id.0))
            .filter(Column::FullName.ne(&after.full_name))
            .filter(Expr::cust(is_new))
            .exec(&self.conn)
            .await?;
        Ok(())
    }

    /// Everything that this person was ever called.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn names_ever(&self, id: UserId) -> Result<Vec<String>, StoreError> {
        let row = Entity::find_by_id(id.0).one(&self.conn).await?;
        let Some(row) = row else { return Ok(vec![]) };
        let former = row.former_names.unwrap_or_default();
        let each = former.lines().filter(|name| !name.is_empty());
        let mut names: Vec<String> = each.map(str::to_owned).collect();
        names.push(row.full_name);
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
