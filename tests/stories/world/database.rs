//! A database for one story: a file, or a fresh one on a server, gone when the story ends.
use std::io::Write;
use std::path::PathBuf;
use std::sync::Once;

use sqlx::postgres::{PgConnectOptions, PgListener, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, SqlitePool, query, query_scalar};

use super::template::{self, First};

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
    /// The accounts that are there already.
    pub(super) first: Vec<First>,
    eyes: Eyes,
}

/// A way to look into the database beside the program; opened at the first look, since there is
/// no database before the program has started.
enum Eyes {
    Sqlite(SqlitePool),
    Postgres { pool: PgPool, server: String, name: String },
}

impl Kept {
    /// A new place, ready to use unless it is to be `bare`; `None` where there is no server for it.
    pub(super) async fn new(on: Database, bare: bool) -> Option<Self> {
        let name = format!("stories_{}", ulid::Ulid::generate()).to_lowercase();
        let folder = temporary_folder().join(&name);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let mut first = vec![];
        let (url, eyes) = match on {
            Database::Sqlite => {
                let file = folder.join("deskbell.db");
                if !bare {
                    let ready;
                    (ready, first) = template::on_sqlite().await;
                    std::fs::copy(ready, &file).expect("a copy");
                }
                let url = format!("sqlite://{}", file.display());
                let pool = SqlitePool::connect_lazy(&url).expect("an address of SQLite");
                (url, Eyes::Sqlite(pool))
            }
            Database::Postgres => {
                let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
                    SAID.call_once(left_out);
                    return None;
                };
                let mut asked = connected(&server).await;
                let mut ready = "template1".to_owned();
                if !bare {
                    (ready, first) = template::on_postgres(&mut asked, &server).await;
                }
                said(&mut asked, format!("CREATE DATABASE {name} TEMPLATE {ready}")).await;
                // No story pulls the plug of the server, and waiting for its disk takes long.
                said(&mut asked, format!("ALTER DATABASE {name} SET synchronous_commit = off"))
                    .await;
                let (base, _) = server.rsplit_once('/').expect("postgres://server/database");
                let url = format!("{base}/{name}");
                let pool = PgPool::connect_lazy_with(plain(&url));
                (url, Eyes::Postgres { pool, server, name })
            }
        };
        Some(Self { folder, url, first, eyes })
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

    /// An ear for what processes call to each other.
    pub(super) async fn hears(&self, channel: &str) -> PgListener {
        let Eyes::Postgres { pool, .. } = &self.eyes else { panic!("nobody calls on SQLite") };
        let mut ear = PgListener::connect_with(pool).await.expect("a connection");
        ear.listen(channel).await.expect("it listens");
        ear
    }

    pub(super) async fn words(&self, sql: &str) -> Vec<String> {
        let safe = AssertSqlSafe(sql);
        let found = match &self.eyes {
            Eyes::Sqlite(pool) => query_scalar(safe).fetch_all(pool).await,
            Eyes::Postgres { pool, .. } => query_scalar(safe).fetch_all(pool).await,
        };
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Every cell of every row of every table, a text a row.
    pub(super) async fn everything(&self) -> Vec<String> {
        let mut rows = vec![];
        for table in self.words(self.tables()).await {
            let sql = match self.eyes {
                Eyes::Postgres { .. } => format!("SELECT row_to_json(t)::text FROM {table} t"),
                Eyes::Sqlite(_) => {
                    let names = format!("SELECT name FROM pragma_table_info('{table}')");
                    let cells = self.words(&names).await.into_iter();
                    let cells: Vec<String> = cells
                        .map(|name| {
                            format!(
                                "coalesce(CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") \
                                 ELSE CAST(\"{name}\" AS TEXT) END, '')"
                            )
                        })
                        .collect();
                    format!("SELECT {} FROM \"{table}\"", cells.join(" || '|' || "))
                }
            };
            rows.extend(self.words(&sql).await);
        }
        rows
    }

    fn tables(&self) -> &'static str {
        match self.eyes {
            Eyes::Postgres { .. } => {
                "SELECT schemaname || '.' || tablename FROM pg_tables \
                 WHERE schemaname IN ('public', 'apalis')"
            }
            Eyes::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
        }
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
                let mut server = connected(&server).await;
                said(&mut server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
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
pub(super) fn temporary_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// Without TLS where that can be, which costs a debug build a good part of a story.
fn plain(url: &str) -> PgConnectOptions {
    let options: PgConnectOptions = url.parse().expect("an address of PostgreSQL");
    match ["127.0.0.1", "localhost"].contains(&options.get_host()) {
        true => options.ssl_mode(PgSslMode::Disable),
        false => options,
    }
}

async fn connected(server: &str) -> PgConnection {
    let connected = PgConnection::connect_with(&plain(server)).await;
    connected.unwrap_or_else(|error| panic!("no server at {server}: {error}"))
}

pub(super) async fn said(server: &mut PgConnection, sql: String) {
    let done = query(AssertSqlSafe(sql.clone())).execute(server).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
