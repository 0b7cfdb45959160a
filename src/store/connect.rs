//! Opening the pools that SeaORM and apalis share, and beginning a transaction on them.
use std::fs::{DirBuilder, OpenOptions};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::str::FromStr;
use std::time::Duration;

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions,
    TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Row};

use super::error::StoreError;
use super::{Store, bell::Bells, calls::Calls, numbers::Numbers};
use crate::ports::clock::SharedClock;

/// Longer than this nobody waits for a connection; then the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// SQLite's one writer is passed on within milliseconds. A request may wait for the group before its
/// own as well, so this and the next count twice before it hears a 503.
const TURN_TIMEOUT: Duration = Duration::from_millis(1200);
/// Another process may hold SQLite's write lock; longer than this nobody waits for it.
const BUSY_TIMEOUT: Duration = Duration::from_millis(400);
/// On SQLite batches of every size have a statement of their own.
const STATEMENT_CACHE: usize = 512;
/// Connections of the pool that claims messages: claims that come in together are one statement.
const CLAIMING: u32 = 2;
/// Connections of the pool for apalis: it fetches and acknowledges a batch at a time.
const TASKS: u32 = 3;

/// How PostgreSQL plans the statements of a pool.
type Plans = [(&'static str, &'static str)];

/// A plan that was made while a table was small reads all of it once it is large. And what is
/// looked at here is done before it would be compiled.
const ANEW: [(&str, &str); 2] = [("plan_cache_mode", "force_custom_plan"), ("jit", "off")];
/// To plan a claim takes longer than to do it, and there is but one good plan, by the indexes.
const ONCE: [(&str, &str); 2] =
    [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")];

/// Who shares a pool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Callers {
    /// Ours, who leave no transaction half begun: see [`begin`].
    Ours,
    /// apalis, whose fetches are dropped at any instant when a worker ends.
    Apalis,
}

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite://path` or `postgres://…`.
    pub url: SecretString,
    /// Connections to PostgreSQL; more than a few a core make it slower.
    pub connections: u32,
}

impl Settings {
    /// Whether there is a database already; of a server nobody knows before they ask it.
    pub fn is_there(&self) -> bool {
        let url = self.url.expose_secret();
        let file = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url));
        file.is_none_or(|file| file.is_ok_and(|file| file.get_filename().exists()))
    }
}

/// Whether this is the address of a database that outlives the program.
pub fn is_address(url: &str) -> bool {
    if ["postgres://", "postgresql://"].iter().any(|known| url.starts_with(known)) {
        return PgConnectOptions::from_str(url).is_ok();
    }
    let file = url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches('/'));
    let named = file.is_some_and(|file| {
        !file.is_empty() && !file.starts_with([':', '?']) && !file.contains("mode=memory")
    });
    named && SqliteConnectOptions::from_str(url).is_ok()
}

impl Store {
    /// Opens the pools; the schema is brought up by [`Store::migrate`].
    ///
    /// # Errors
    /// Where the address is wrong or the database is away.
    pub async fn open(settings: &Settings, clock: SharedClock) -> Result<Self, StoreError> {
        let url = settings.url.expose_secret();
        let (write, read, claim, tasks) = if url.starts_with("sqlite:") {
            let (write, read) = sqlite(url).await?;
            (write.clone(), read, write.clone(), write)
        } else {
            let pool = postgres(url, settings.connections, &ANEW, Callers::Ours).await?;
            let claim = postgres(url, CLAIMING, &ONCE, Callers::Ours).await?;
            let tasks = postgres(url, TASKS, &ANEW, Callers::Apalis).await?;
            (pool.clone(), pool, claim, tasks)
        };
        let calls = Calls::new(&write);
        let (bells, numbers) = (Bells::default(), Numbers::default());
        Ok(Self { write, read, claim, tasks, clock, bells, calls, numbers })
    }

    /// The pool for apalis, on SQLite.
    pub fn sqlite_pool(&self) -> &sqlx::SqlitePool {
        self.write.get_sqlite_connection_pool()
    }

    /// The pool for apalis, on PostgreSQL.
    pub fn postgres_pool(&self) -> &sqlx::PgPool {
        self.tasks.get_postgres_connection_pool()
    }

    /// Lets go of every connection.
    pub async fn close(&self) {
        // SQLite folds its log into the file when its last connection goes, if that one may write.
        for pool in [&self.read, &self.claim, &self.tasks, &self.write] {
            match pool.get_database_backend() {
                DbBackend::Postgres => pool.get_postgres_connection_pool().close().await,
                _ => pool.get_sqlite_connection_pool().close().await,
            }
        }
    }
}

async fn sqlite(url: &str) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut, not only a crash.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864")
        // Pages that change with every commit go back into the file less often, 32 MB at a time.
        .pragma("wal_autocheckpoint", "8000")
        .statement_cache_capacity(STATEMENT_CACHE)
        .disable_statement_logging();
    if let Some(folder) = options.get_filename().parent() {
        // What people write to each other is for nobody else on this machine.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(sqlx::Error::Io)?;
        // SQLite gives the files beside it the same mode.
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(options.get_filename());
        file.map_err(sqlx::Error::Io)?;
    }
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(TURN_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(TURN_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options.read_only(true))
        .await?;
    Ok((
        SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
        SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
    ))
}

/// To a server on this very machine nothing is encrypted unless the address (or `PGSSLMODE`) asks
/// for it: nobody else can listen, and it costs both sides a good part of every short transaction.
fn plain_on_this_machine(options: &PgConnectOptions, url: &str) -> bool {
    let host = options.get_host().trim_matches(|sign| "[]".contains(sign));
    let here = host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let says = ["sslmode=", "ssl-mode="].iter().any(|word| url.contains(word));
    here && !says && matches!(options.get_ssl_mode(), PgSslMode::Prefer)
}

async fn postgres(
    url: &str,
    connections: u32,
    plans: &Plans,
    callers: Callers,
) -> Result<DatabaseConnection, StoreError> {
    let options = PgConnectOptions::from_str(url)?;
    if plain_on_this_machine(&options, url) {
        let plain = options.clone().ssl_mode(PgSslMode::Disable);
        match pool(plain, connections, plans, callers).await {
            // A server may insist on encryption, even here.
            Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some("28000") => {}
            opened => return Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(opened?)),
        }
    }
    let opened = pool(options, connections, plans, callers).await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(opened))
}

async fn pool(
    options: PgConnectOptions,
    connections: u32,
    plans: &Plans,
    callers: Callers,
) -> Result<PgPool, sqlx::Error> {
    let options = options
        .application_name("deskbell")
        .statement_cache_capacity(STATEMENT_CACHE)
        .options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ])
        .options(plans.iter().copied())
        .disable_statement_logging();
    let pool = match callers {
        Callers::Ours => PgPoolOptions::new(),
        Callers::Apalis => PgPoolOptions::new().after_release(|connection, _| {
            Box::pin(async move {
                // Within a transaction its beginning is another instant than this statement's.
                let asked = sqlx::raw_sql("SELECT now() = statement_timestamp()");
                asked.fetch_one(connection).await?.try_get(0)
            })
        }),
    };
    pool.max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options)
        .await
}

/// `BEGIN IMMEDIATE` on SQLite: a story that writes takes its turn at once, not half-way.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        return db.begin_with_options(options).await;
    }
    // Whoever gives up while the server answers would leave a connection behind that is in a
    // transaction and does not know it (sqlx 0.9): what others did on it would be undone. So it is
    // begun whoever waits, and rolled back where nobody does any more.
    let db = db.clone();
    let begun = tokio::spawn(async move { db.begin().await });
    begun.await.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_on_this_machine_goes_plain() {
        for (url, plain) in [
            ("postgres://desk@localhost/desk", true),
            ("postgres://desk@127.0.0.1:5432/desk", true),
            ("postgres://desk@[::1]/desk", true),
            ("postgres://desk@localhost/desk?sslmode=prefer", false),
            ("postgres://desk@127.0.0.1/desk?sslmode=verify-full", false),
            ("postgres://desk@db.example.com/desk", false),
            ("postgres://desk@10.0.0.7/desk", false),
            ("postgres://desk@localhost.example.com/desk", false),
        ] {
            let options = PgConnectOptions::from_str(url).unwrap();
            assert_eq!(plain_on_this_machine(&options, url), plain, "{url}");
        }
    }
}
