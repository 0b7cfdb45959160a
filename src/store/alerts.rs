//! Of what the admins were told last.
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

use super::Tx;
use super::error::StoreError;

impl Tx {
    /// Whether this is to be told now: nobody was told of it for so long. It counts as told once this
    /// story is committed; of several that ask at once one hears yes.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn is_news(&self, about: &str, for_so_long: TimeDelta) -> Result<bool, StoreError> {
        let sql = "INSERT INTO alerts (about, told_at) VALUES ($1, $2) \
                   ON CONFLICT (about) DO UPDATE SET told_at = excluded.told_at \
                   WHERE alerts.told_at <= $3";
        let values = [about.into(), self.now.into(), (self.now - for_so_long).into()];
        let asked = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.conn.execute_raw(asked).await?.rows_affected() > 0)
    }
}
