//! Bringing the schema up and down: ours, then apalis's own.
mod stands;

use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

use super::Store;
use super::error::StoreError;
use stands::Known;

/// Without statistics SQLite looks a finished task up among all that a worker ever ran, since they
/// share its name; these say that the name tells least. (149 against 12,000 tasks a second.)
const TASK_STATISTICS: &str = "
    PRAGMA analysis_limit = 400;
    ANALYZE;
    DELETE FROM sqlite_stat1 WHERE tbl = 'Jobs';
    INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
        ('Jobs', 'sqlite_autoindex_Jobs_1', '1000000 1'),
        ('Jobs', 'LIdx', '1000000 500000'),
        ('Jobs', 'idx_jobs_status_run_at', '1000000 200000 20'),
        ('Jobs', 'idx_jobs_job_type_status_run_at', '1000000 500000 200000 20'),
        ('Jobs', 'idx_jobs_claimable', '200000 100000 50000'),
        ('Jobs', 'idx_jobs_pending', '200000 100000 50000 20 1'),
        ('Jobs', 'idx_jobs_failed', '2000 1000 500 2 1'),
        ('Jobs', 'idx_jobs_running', '200 10'),
        ('Jobs', 'idx_jobs_idempotency_key', '1000000 500000 1'),
        ('Jobs', 'idx_jobs_completed_done_at', '800000 400000 20 5');
    ANALYZE sqlite_schema;
";

/// Tasks come and go by the thousand: their dead rows are swept early. And apalis notifies within the
/// commit, for each task, which we do after it, for all (`calls.rs`).
const TASK_TABLE: &str = "
    ALTER TABLE apalis.jobs SET (
        autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 5000
    );
    ALTER TABLE apalis.jobs DISABLE TRIGGER notify_workers;
";

impl Store {
    /// Brings the schema up; harmless where several do it at once, and one question where it is up
    /// already.
    ///
    /// # Errors
    /// Where the database is away or refuses a change.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let known = self.known();
        if self.stands(&known).await {
            // What SQLite knows of its tables is as old as the last start.
            return if self.is_shared() { Ok(()) } else { self.take_statistics().await };
        }
        if self.is_shared() {
            return self.migrate_shared(&known).await;
        }
        Migrator::up(&self.write, None).await?;
        SqliteStorage::migrations().run(self.sqlite_pool()).await.map_err(refused)?;
        self.take_statistics().await?;
        self.index_the_rest().await?;
        self.mark(&known).await
    }

    async fn take_statistics(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        tx.conn.execute_unprepared(TASK_STATISTICS).await?;
        tx.commit().await
    }

    /// Every change that this program asks for.
    fn known(&self) -> Known {
        let ours = Self::changes();
        match self.is_shared() {
            true => Known::new(ours, &PostgresStorage::migrations(), TASK_TABLE),
            false => Known::new(ours, &SqliteStorage::<()>::migrations(), TASK_STATISTICS),
        }
    }

    /// Replicas that start together migrate one after the other.
    async fn migrate_shared(&self, known: &Known) -> Result<(), StoreError> {
        const LOCK: i64 = 0x6465_736b_6265_6c6c;
        let mut lock = self.postgres_pool().acquire().await?;
        sqlx::query("SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)")
            .execute(&mut *lock)
            .await?;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut *lock).await?;
        let done = self.migrate_locked(known).await;
        // The lock goes with its connection, whatever happened.
        lock.close().await?;
        done
    }

    async fn migrate_locked(&self, known: &Known) -> Result<(), StoreError> {
        // Whoever had the lock before may have done it all.
        if self.stands(known).await {
            return Ok(());
        }
        Migrator::up(&self.write, None).await?;
        PostgresStorage::migrations().run(self.postgres_pool()).await.map_err(refused)?;
        self.write.execute_unprepared(TASK_TABLE).await?;
        self.index_the_rest().await?;
        self.mark(known).await
    }

    /// Takes back every change of ours, and with it all data.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn migrate_down(&self) -> Result<(), StoreError> {
        Ok(Migrator::down(&self.write, None).await?)
    }

    /// Every change of ours by name.
    pub fn changes() -> Vec<String> {
        Migrator::migrations().iter().map(|change| change.name().to_owned()).collect()
    }

    /// How many changes of ours are missing.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn missing_migrations(&self) -> Result<usize, StoreError> {
        let known = self.migrations().await?;
        Ok(known.iter().filter(|(_, stands)| !stands).count())
    }

    /// Every change of ours, and whether it stands.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, StoreError> {
        let known = Migrator::get_migration_with_status_read_only(&self.write).await?;
        let stands = |m: &sea_orm_migration::Migration| {
            m.status() == sea_orm_migration::MigrationStatus::Applied
        };
        Ok(known.iter().map(|m| (m.name().to_owned(), stands(m))).collect())
    }
}

fn refused(error: sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Refused(format!("the schema of the task queue: {error}"))
}
