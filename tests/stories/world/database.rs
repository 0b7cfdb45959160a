//! A database for one story: a file, or a fresh one on a server, gone when the story ends.
use std::io::Write;
use std::path::PathBuf;
use std::sync::Once;

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, SqlitePool, query, query_scalar};

/// Which kind of database a story is told on.
#[derive(Clone, Copy)]
pub enum Database {
    /// A file.
    Sqlite,
    /// A database on the server that `TEST_POSTGRES_URL` names.
    Postgres,
}

/// Where everything of one story is kept.
pub(super) struct Kept {
    /// For secrets and, on SQLite, the database.
    pub(super) folder: PathBuf,
    /// The address of the database.
    pub(super) url: String,
    eyes: Eyes,
}

/// A way to look into the database beside the program; opened at the first look, since there is
/// no database before the program has started.
enum Eyes {
    Sqlite(SqlitePool),
    Postgres { pool: PgPool, server: String, name: String },
}

impl Kept {
    /// A new place; `None` where there is no server for it.
    pub(super) async fn new(on: Database) -> Option<Self> {
        let name = format!("stories_{}", ulid::Ulid::generate()).to_lowercase();
        let folder = temporary_folder().join(&name);
        let (url, eyes) = match on {
            Database::Sqlite => {
                let url = format!("sqlite://{}/deskbell.db", folder.display());
                let pool = SqlitePool::connect_lazy(&url).expect("an address of SQLite");
                (url, Eyes::Sqlite(pool))
            }
            Database::Postgres => {
                let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
                    SAID.call_once(left_out);
                    return None;
                };
                said_to(&server, format!("CREATE DATABASE {name}")).await;
                // No story pulls the plug of the server, and waiting for its disk takes long.
                said_to(&server, format!("ALTER DATABASE {name} SET synchronous_commit = off"))
                    .await;
                let (base, _) = server.rsplit_once('/').expect("postgres://server/database");
                let url = format!("{base}/{name}");
                let pool = PgPool::connect_lazy(&url).expect("an address of PostgreSQL");
                (url, Eyes::Postgres { pool, server, name })
            }
        };
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Some(Self { folder, url, eyes })
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.eyes, Eyes::Postgres { .. })
    }

    pub(super) async fn count(&self, sql: &str) -> i64 {
        let safe = AssertSqlSafe(sql);
        let counted = match &self.eyes {
            Eyes::Sqlite(pool) => query_scalar(safe).fetch_one(pool).await,
            Eyes::Postgres { pool, .. } => query_scalar(safe).fetch_one(pool).await,
        };
        counted.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(super) async fn words(&self, sql: &str) -> Vec<String> {
        let safe = AssertSqlSafe(sql);
        let found = match &self.eyes {
            Eyes::Sqlite(pool) => query_scalar(safe).fetch_all(pool).await,
            Eyes::Postgres { pool, .. } => query_scalar(safe).fetch_all(pool).await,
        };
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(super) async fn change(&self, sql: &str) -> u64 {
        let safe = AssertSqlSafe(sql);
        let changed = match &self.eyes {
            Eyes::Sqlite(pool) => query(safe).execute(pool).await.map(|done| done.rows_affected()),
            Eyes::Postgres { pool, .. } => {
                query(safe).execute(pool).await.map(|done| done.rows_affected())
            }
        };
        changed.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(super) async fn forget(self) {
        match self.eyes {
            Eyes::Sqlite(pool) => pool.close().await,
            Eyes::Postgres { pool, server, name } => {
                pool.close().await;
                said_to(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
        std::fs::remove_dir_all(&self.folder).expect("the temporary folder goes");
    }
}

static SAID: Once = Once::new();

/// Past the test harness, which keeps to itself what a test that passed has printed.
fn left_out() {
    let said = "LEFT OUT: every story on PostgreSQL; set TEST_POSTGRES_URL=postgres://…\n";
    std::io::stderr().write_all(said.as_bytes()).expect("standard error");
}

/// In memory where that can be: a story does not wait for a disk.
fn temporary_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

async fn said_to(server: &str, sql: String) {
    let connected = PgConnection::connect(server).await;
    let mut server = connected.unwrap_or_else(|error| panic!("no server at {server}: {error}"));
    let done = query(AssertSqlSafe(sql.clone())).execute(&mut server).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
