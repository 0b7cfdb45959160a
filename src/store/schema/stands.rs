//! Whether the schema is up, in one question: a start asks this first, and mostly nothing else.
use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sha2::{Digest, Sha256};

use super::super::Store;
use super::super::error::StoreError;

/// What a program of this version finds where nothing is left to do.
pub(super) struct Known {
    /// Our changes, apalis's, and the mark: all that may stand, and must.
    all: BTreeSet<String>,
    mark: String,
}

impl Known {
    /// Our changes by name, those of the queue, and what is done once they stand.
    pub(super) fn new(
        ours: Vec<String>,
        theirs: &sqlx::migrate::Migrator,
        afterwards: &str,
    ) -> Self {
        let mut digest = Sha256::new();
        ours.iter().for_each(|name| digest.update(name));
        theirs.iter().for_each(|change| digest.update(&change.checksum));
        digest.update(afterwards);
        let mark = hex::encode(digest.finalize());
        let theirs = theirs.iter().map(|change| change.version.to_string());
        let all = ours.into_iter().chain(theirs).chain([mark.clone()]).collect();
        Self { all, mark }
    }
}

impl Store {
    /// Whether exactly these changes stand and all was done that follows them. Where the question
    /// fails, migrating will say why.
    pub(super) async fn stands(&self, known: &Known) -> bool {
        let theirs = match self.is_shared() {
            true => "apalis._sqlx_migrations",
            false => "_sqlx_migrations",
        };
        let sql = format!(
            "SELECT version FROM seaql_migrations \
             UNION ALL SELECT CAST(version AS text) FROM {theirs} WHERE success \
             UNION ALL SELECT mark FROM schema_marks"
        );
        let asked = Statement::from_string(self.write.get_database_backend(), sql);
        let Ok(rows) = self.write.query_all_raw(asked).await else { return false };
        let found: Result<BTreeSet<String>, _> =
            rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect();
        found.is_ok_and(|found| found == known.all)
    }

    /// Notes that nothing is left to do for this version; a mark of another goes.
    pub(super) async fn mark(&self, known: &Known) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        tx.conn.execute_unprepared("DELETE FROM schema_marks").await?;
        let place = if tx.backend() == DbBackend::Postgres { "$1" } else { "?" };
        let sql = format!("INSERT INTO schema_marks (mark) VALUES ({place})");
        let mark = known.mark.as_str().into();
        tx.conn.execute_raw(Statement::from_sql_and_values(tx.backend(), sql, [mark])).await?;
        tx.commit().await
    }
}
