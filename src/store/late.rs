//! A transaction that begins with its first statement. Where nothing is asked in it, SQLite gets all of
//! it in one call: each way to its thread and back costs as much as a row or two.
use async_trait::async_trait;
use sea_orm::sea_query::Values;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, RuntimeErr, Statement, Value,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, SqlitePool};
use tokio::sync::OnceCell;

use super::connect;

/// A transaction, or what will be one.
pub(super) struct Late {
    on: DatabaseConnection,
    begun: OnceCell<DatabaseTransaction>,
}

impl Late {
    /// One that has not begun.
    pub(super) fn new(on: &DatabaseConnection) -> Self {
        Self { on: on.clone(), begun: OnceCell::new() }
    }

    /// The transaction, which begins now at the latest.
    pub(super) async fn begun(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.begun.get_or_try_init(async || connect::begin(&self.on).await).await
    }

    /// Whether anything was asked in it.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.initialized()
    }

    /// Makes it true.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self.begun.into_inner() {
            Some(begun) => begun.commit().await,
            None => Ok(()),
        }
    }

    /// Forgets it.
    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self.begun.into_inner() {
            Some(begun) => begun.rollback().await,
            None => Ok(()),
        }
    }

    /// On SQLite: these statements, and nothing else, as a transaction that has ended with the answer.
    pub(super) async fn whole(&self, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
        let pool = self.on.get_sqlite_connection_pool().clone();
        let sql = format!("BEGIN IMMEDIATE; {sql}; COMMIT");
        // Whoever gives up half-way would leave the only writer in a transaction of nobody's.
        let done = tokio::spawn(async move { whole(&pool, sql, values).await });
        done.await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?
            .map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())))
    }
}

async fn whole(pool: &SqlitePool, sql: String, values: Vec<Value>) -> Result<(), sqlx::Error> {
    let mut conn = pool.acquire().await?;
    let asked = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(Values(values)));
    let done = asked.execute(&mut *conn).await;
    if done.is_err() && sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await.is_err() {
        // It had not begun, or nobody knows how it stands: the next writer begins with another one.
        conn.close_on_drop();
    }
    done.map(|_| ())
}

#[async_trait]
impl ConnectionTrait for Late {
    fn get_database_backend(&self) -> DbBackend {
        self.on.get_database_backend()
    }

    async fn execute_raw(&self, asked: Statement) -> Result<ExecResult, DbErr> {
        self.begun().await?.execute_raw(asked).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.begun().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, asked: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.begun().await?.query_one_raw(asked).await
    }

    async fn query_all_raw(&self, asked: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.begun().await?.query_all_raw(asked).await
    }
}
