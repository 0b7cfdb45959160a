//! Messages that wait because the provider does not take their template now: set aside together, and
//! let go together in their order.
use sea_orm::{ConnectionTrait, Statement, Value};

use super::error::StoreError;
use super::holds::{TEMPLATE, words};
use super::jobs::Job;
use super::line::{found, locked, named};
use super::{Store, Tx};
use crate::domain::window;

impl Store {
    /// Sets aside what waits to go by this template to readers of these languages, all in one
    /// statement; what is in somebody's hand is looked at when it comes to leave.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_template(
        &self,
        provider: &str,
        name: &str,
        locales: &[&str],
    ) -> Result<u64, StoreError> {
        let backend = self.write.get_database_backend();
        let waiting = format!(
            "SELECT id FROM notification_log \
             WHERE status <> 'SENT' AND status = 'QUEUED' AND held_by IS NULL AND provider = $1 \
               AND form_template = $2 AND locale IN {} \
               AND NOT EXISTS (SELECT 1 FROM users AS u \
                 WHERE u.id = notification_log.recipient_id AND u.whatsapp_heard_at > $4) \
             ORDER BY id{}",
            words(backend, 3),
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET held_by = '{TEMPLATE}', next_attempt_at = NULL \
             WHERE status = 'QUEUED' AND id {}",
            found(backend, &waiting)
        );
        let locales = serde_json::to_string(locales).expect("words");
        let open = window::open_since(self.now());
        let values: [Value; 4] = [provider.into(), name.into(), locales.into(), open.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        Ok(self.write.execute_raw(asked).await?.rows_affected())
    }

    /// Whether anything waits to go by this template.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn waits_for_template(&self, provider: &str, name: &str) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT 1 FROM notification_log WHERE held_by = '{TEMPLATE}' AND provider = $1 \
               AND form_template = $2 AND status = 'QUEUED' LIMIT 1"
        );
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, [provider.into(), name.into()]);
        Ok(self.read.query_one_raw(asked).await?.is_some())
    }

    /// The names of the templates by which something waits.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn templates_held(&self, provider: &str) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT DISTINCT form_template AS name FROM notification_log \
             WHERE held_by = '{TEMPLATE}' AND provider = $1 AND status = 'QUEUED' \
               AND form_template IS NOT NULL"
        );
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, [provider.into()]);
        let found = self.read.query_all_raw(asked).await?;
        found.into_iter().map(|row| Ok(row.try_get("", "name")?)).collect()
    }
}

impl Tx {
    /// Lets go what waits for a template to readers of this language, at most so many, all in one
    /// statement: what is about CRITICAL tickets first, then the oldest. Says how many those are.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn let_template_go(
        &mut self,
        provider: &str,
        name: &str,
        locale: &str,
        most: u64,
    ) -> Result<usize, StoreError> {
        let backend = self.backend();
        let first = format!(
            "SELECT id FROM notification_log \
             WHERE held_by = '{TEMPLATE}' AND status = 'QUEUED' AND provider = $2 \
               AND form_template = $3 AND locale = $4 \
             ORDER BY CASE lane WHEN 'CRITICAL' THEN 0 ELSE 1 END, id LIMIT {most}{}",
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET held_by = NULL, next_attempt_at = $1 \
             WHERE status = 'QUEUED' AND id {} RETURNING id, lane",
            found(backend, &first)
        );
        let values = [self.now.into(), provider.into(), name.into(), locale.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut going = named(self.conn.query_all_raw(asked).await?)?;
        going.sort_unstable_by_key(|(id, lane)| (lane.place(), *id));
        self.enqueue(Job::deliver(&going));
        Ok(going.len())
    }
}
