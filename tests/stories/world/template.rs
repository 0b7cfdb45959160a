//! A database that is ready: migrated by the program itself, with its first accounts in it. It is
//! made once for a build of the stories, and each story begins with a copy.
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use deskbell::app::{Account, Deskbell};
use sqlx::{AssertSqlSafe, PgConnection, query_scalar};

use super::database::{said, temporary_folder};
use super::settings::{SECRET_KEY, usual_config};

/// An account of a new world.
pub(super) struct First {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) number: String,
}

impl From<&Account> for First {
    fn from(made: &Account) -> Self {
        Self {
            username: made.username.to_owned(),
            password: made.password.clone(),
            number: made.number.to_owned(),
        }
    }
}

/// A file that is ready, to be copied.
pub(super) async fn on_sqlite() -> (PathBuf, Vec<First>) {
    let folder = temporary_folder();
    let ready = folder.join(name());
    if !ready.exists() {
        let lock = File::create(folder.join(format!("{}lock", tree()))).expect("a file to lock");
        lock.lock().expect("a lock");
        if !ready.exists() {
            for entry in fs::read_dir(&folder).expect("the temporary folder").flatten() {
                let older = entry.file_name().to_string_lossy().starts_with(&tree());
                if older && entry.path().is_dir() {
                    fs::remove_dir_all(entry.path()).expect("an older one goes");
                }
            }
            let making = folder.join(format!("{}making", tree()));
            fs::create_dir_all(&making).expect("a folder");
            let url = format!("sqlite://{}/deskbell.db", making.display());
            let accounts = made_at(&url, &making).await;
            assert!(!making.join("deskbell.db-wal").exists(), "all of it is in the one file");
            fs::write(making.join("accounts"), told(&accounts)).expect("the accounts are kept");
            fs::rename(&making, &ready).expect("it is ready");
        }
    }
    let accounts = fs::read_to_string(ready.join("accounts")).expect("its accounts");
    (ready.join("deskbell.db"), read(&accounts))
}

/// The name of a database that is ready, to be copied.
pub(super) async fn on_postgres(server: &mut PgConnection, url: &str) -> (String, Vec<First>) {
    let name = name();
    if let Some(accounts) = accounts_of(server, &name).await {
        return (name, read(&accounts));
    }
    let mut hasher = DefaultHasher::new();
    tree().hash(&mut hasher);
    let lock = i64::from_ne_bytes(hasher.finish().to_ne_bytes());
    said(server, format!("SELECT pg_advisory_lock({lock})")).await;
    if accounts_of(server, &name).await.is_none() {
        let older =
            format!("SELECT datname FROM pg_database WHERE starts_with(datname, '{}')", tree());
        let older: Vec<String> =
            query_scalar(AssertSqlSafe(older)).fetch_all(&mut *server).await.expect("the server");
        for older in older {
            said(server, format!("DROP DATABASE IF EXISTS {older} WITH (FORCE)")).await;
        }
        let making = format!("{}making", tree());
        said(server, format!("CREATE DATABASE {making}")).await;
        let (base, _) = url.rsplit_once('/').expect("postgres://server/database");
        let folder = temporary_folder().join(format!("{}postgres", tree()));
        let accounts = made_at(&format!("{base}/{making}"), &folder).await;
        said(server, format!("COMMENT ON DATABASE {making} IS '{}'", told(&accounts))).await;
        said(server, format!("ALTER DATABASE {making} RENAME TO {name}")).await;
    }
    said(server, format!("SELECT pg_advisory_unlock({lock})")).await;
    let accounts = accounts_of(server, &name).await.expect("it is ready");
    (name, read(&accounts))
}

async fn accounts_of(server: &mut PgConnection, name: &str) -> Option<String> {
    let sql = format!(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    );
    let found = query_scalar(AssertSqlSafe(sql)).fetch_optional(server).await;
    found.expect("the server answers").flatten()
}

/// The true way: a program starts on a fresh database and ends.
async fn made_at(url: &str, folder: &Path) -> Vec<Account> {
    let mut config = usual_config(url);
    config.data_dir = folder.to_owned();
    let program = Deskbell::build(config).await.expect("the program starts on a fresh database");
    let accounts = program.first_accounts.clone();
    program.stop().await.expect("and stops");
    accounts
}

/// Every template of this working tree begins with this.
fn tree() -> String {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    format!("stories_ready_{:x}_", hasher.finish())
}

/// The name of this build's template.
fn name() -> String {
    let binary = std::env::current_exe().and_then(fs::metadata).expect("this binary");
    let changed = binary.modified().expect("its age").duration_since(UNIX_EPOCH);
    let mut hasher = DefaultHasher::new();
    (changed.expect("an age"), binary.len(), SECRET_KEY).hash(&mut hasher);
    format!("{}{:x}", tree(), hasher.finish())
}

fn told(accounts: &[Account]) -> String {
    let lines = accounts.iter().map(|a| format!("{} {} {}\n", a.username, a.password, a.number));
    lines.collect()
}

fn read(accounts: &str) -> Vec<First> {
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next().expect("three words a line");
        First { username: word(), password: word(), number: word() }
    };
    accounts.lines().map(line).collect()
}
