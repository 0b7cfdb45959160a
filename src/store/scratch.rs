//! Databases of their own for tests of what the store asks, gone when they end.
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::{Settings, Store};
use crate::ports::clock::SystemClock;

/// A test on SQLite.
pub(super) async fn sqlite(test: impl AsyncFnOnce(&Store)) {
    let folder = std::env::temp_dir().join(format!("deskbell-{}", ulid::Ulid::generate()));
    told(format!("sqlite://{}/scratch.db", folder.display()), test).await;
    std::fs::remove_dir_all(folder).unwrap();
}

/// A test on PostgreSQL, where there is a server: the stories say aloud that they are left out without.
pub(super) async fn postgres(test: impl AsyncFnOnce(&Store)) {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return };
    let name = format!("deskbell_{}", ulid::Ulid::generate()).to_lowercase();
    let maker = sea_orm::Database::connect(&server).await.unwrap();
    maker.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    told(format!("{base}/{name}"), test).await;
    maker.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}

async fn told(url: String, test: impl AsyncFnOnce(&Store)) {
    let settings = Settings { url: SecretString::from(url), connections: 2 };
    let store = Store::open(&settings, Arc::new(SystemClock)).await.unwrap();
    store.migrate().await.unwrap();
    test(&store).await;
    store.close().await;
}
