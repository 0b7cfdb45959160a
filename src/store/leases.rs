//! Who of several processes does what only one may do, by the database's clock.
use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

use super::Store;
use super::db_clock::sql_of_now_plus;
use super::error::StoreError;

impl Store {
    /// Takes a lease that is free, or renews one's own. Says whether one has it now.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<bool, StoreError> {
        let backend = self.write.get_database_backend();
        let time = TimeDelta::from_std(time).unwrap_or_default();
        let (now, until) =
            (sql_of_now_plus(backend, TimeDelta::zero()), sql_of_now_plus(backend, time));
        let sql = format!(
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, {until}) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
             WHERE leases.holder = excluded.holder OR leases.until < {now}"
        );
        let asked = Statement::from_sql_and_values(backend, sql, [name.into(), holder.into()]);
        Ok(self.write.execute_raw(asked).await?.rows_affected() > 0)
    }

    /// Gives one's own lease back.
    ///
    /// # Errors
    /// Where the database is away; then others wait until its time is over.
    pub async fn give_lease_back(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let backend = self.write.get_database_backend();
        let sql = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        let asked = Statement::from_sql_and_values(backend, sql, [name.into(), holder.into()]);
        self.write.execute_raw(asked).await?;
        Ok(())
    }
}
