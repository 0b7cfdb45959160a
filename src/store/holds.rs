//! Rows that wait because something holds them: set aside before they are claimed, and let go in
//! their order once it is gone. While they wait they cost nothing.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde_json::json;

use super::error::StoreError;
use super::jobs::Job;
use super::line::{found as one_of, listed, locked, named};
use super::{Store, Tx, bulk};
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::window;

/// The channel is paused.
pub const CHANNEL: &str = "CHANNEL";
/// The person has been sent too much of late.
pub const PAIR: &str = "PAIR";
/// So many new people were written to within a day as the provider allows.
pub const LIMIT: &str = "LIMIT";
/// The provider does not take the template now.
pub const TEMPLATE: &str = "TEMPLATE";

/// What nothing is to be sent through now.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// Providers that are paused.
    pub paused: Vec<&'static str>,
    /// Who may not be written to by which provider, and until when.
    pub people: Vec<(&'static str, String, DateTime<Utc>)>,
}

impl Gates {
    /// Whether everything may go.
    pub fn are_open(&self) -> bool {
        self.paused.is_empty() && self.people.is_empty()
    }
}

impl Store {
    /// Sets aside those of these notifications that a gate holds, and says which. What is held already
    /// is left to whoever holds it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn hold_back(
        &self,
        ids: &[NotificationId],
        gates: &Gates,
    ) -> Result<Vec<NotificationId>, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.backend();
        let ids = || bulk::list(ids.iter().map(|id| id.0));
        let mut held = vec![];
        if !gates.paused.is_empty() {
            let paused = serde_json::to_string(&gates.paused).expect("words").into();
            let sql = format!(
                "UPDATE notification_log SET held_by = '{CHANNEL}', next_attempt_at = NULL \
                 WHERE id IN {} AND status = 'QUEUED' AND held_by IS NULL AND provider IN {} \
                 RETURNING id, lane",
                listed(backend, 1),
                words(backend, 2)
            );
            let asked = Statement::from_sql_and_values(backend, sql, [ids(), paused]);
            held.extend(named(tx.conn.query_all_raw(asked).await?)?);
        }
        if !gates.people.is_empty() {
            let people = gates.people.iter().map(|(provider, to, next)| {
                json!({ "provider": provider, "address": to, "next": next.to_rfc3339() })
            });
            let people: Value = json!(people.collect::<Vec<_>>()).to_string().into();
            let rows = match backend {
                DbBackend::Postgres => {
                    "json_to_recordset($2::json) AS v (provider text, address text, next timestamptz)"
                }
                _ => {
                    "(SELECT value ->> 'provider' AS provider, value ->> 'address' AS address, \
                       value ->> 'next' AS next FROM json_each($2)) AS v"
                }
            };
            let sql = format!(
                "UPDATE notification_log SET held_by = '{PAIR}', next_attempt_at = v.next \
                 FROM {rows} WHERE id IN {} AND status = 'QUEUED' AND held_by IS NULL \
                   AND notification_log.provider = v.provider AND recipient_address = v.address \
                 RETURNING id, lane",
                listed(backend, 1)
            );
            let asked = Statement::from_sql_and_values(backend, sql, [ids(), people]);
            held.extend(named(tx.conn.query_all_raw(asked).await?)?);
        }
        tx.commit().await?;
        Ok(held.into_iter().map(|(id, _)| id).collect())
    }

    /// Whether anything is still held by this, although nothing is.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn has_held(&self, by: &str, provider: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM notification_log \
                   WHERE held_by = $1 AND provider = $2 AND status = 'QUEUED' LIMIT 1";
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, [by.into(), provider.into()]);
        Ok(self.read.query_one_raw(asked).await?.is_some())
    }

    /// The people for whom something waits since they were sent too much.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn people_who_wait(&self, provider: &str) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT DISTINCT recipient_address AS address FROM notification_log \
             WHERE held_by = '{PAIR}' AND provider = $1 AND status = 'QUEUED'"
        );
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, [provider.into()]);
        let found = self.read.query_all_raw(asked).await?;
        found.into_iter().map(|row| Ok(row.try_get("", "address")?)).collect()
    }

    /// What waits for one person, the oldest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn waiting_for(
        &self,
        provider: &str,
        address: &str,
        most: u64,
    ) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
        let sql = format!(
            "SELECT id, lane FROM notification_log WHERE held_by = '{PAIR}' \
             AND recipient_address = $1 AND provider = $2 AND status = 'QUEUED' \
             ORDER BY id LIMIT {most}"
        );
        let backend = self.read.get_database_backend();
        let asked = Statement::from_sql_and_values(backend, sql, [address.into(), provider.into()]);
        named(self.read.query_all_raw(asked).await?)
    }
}

impl Tx {
    /// Lets go what a pause held: at most so many of these lanes, the oldest first.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn let_go(
        &mut self,
        by: &str,
        provider: &str,
        lanes: &[Lane],
        most: u64,
    ) -> Result<usize, StoreError> {
        let backend = self.backend();
        let lanes: Vec<String> = lanes.iter().map(|it| format!("'{}'", it.as_str())).collect();
        let first = format!(
            "SELECT id FROM notification_log \
             WHERE held_by = $2 AND provider = $3 AND status = 'QUEUED' AND lane IN ({}) \
             ORDER BY id LIMIT {most}{}",
            lanes.join(", "),
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET held_by = NULL, next_attempt_at = $1 \
             WHERE status = 'QUEUED' AND id {} RETURNING id, lane",
            one_of(backend, &first)
        );
        let values = [self.now.into(), by.into(), provider.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut found = named(self.conn.query_all_raw(asked).await?)?;
        found.sort_unstable_by_key(|(id, _)| *id);
        self.enqueue(Job::deliver(&found));
        Ok(found.len())
    }

    /// Lets go what is held although its reader has written to us since: nothing holds free text.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn let_writers_go(
        &mut self,
        by: &str,
        provider: &str,
        most: u64,
    ) -> Result<(), StoreError> {
        let backend = self.backend();
        let writers = format!(
            "SELECT id FROM notification_log \
             WHERE held_by = $2 AND provider = $3 AND status = 'QUEUED' \
               AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = notification_log.recipient_id \
                 AND u.whatsapp_heard_at > $4) \
             ORDER BY id LIMIT {most}{}",
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET held_by = NULL, next_attempt_at = $1 \
             WHERE status = 'QUEUED' AND id {} RETURNING id, lane",
            one_of(backend, &writers)
        );
        let open = window::open_since(self.now);
        let values = [self.now.into(), by.into(), provider.into(), open.into()];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut found = named(self.conn.query_all_raw(asked).await?)?;
        found.sort_unstable_by_key(|(id, _)| *id);
        self.enqueue(Job::deliver(&found));
        Ok(())
    }

    /// Lets some go alone and some in one message, and has the others that wait for this person wait
    /// until then. What goes in one message stays held: a task that comes late would take it apart.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn let_go_for(
        &mut self,
        provider: &str,
        address: &str,
        (alone, together): (&[NotificationId], &[NotificationId]),
        next: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let backend = self.backend();
        let sql = format!(
            "UPDATE notification_log SET next_attempt_at = $1 WHERE held_by = '{PAIR}' \
             AND recipient_address = $2 AND provider = $3 AND status = 'QUEUED'"
        );
        let values = [next.into(), address.into(), provider.into()];
        self.conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        for (ids, held_by) in [(alone, "NULL"), (together, "held_by")] {
            let sql = format!(
                "UPDATE notification_log SET held_by = {held_by}, next_attempt_at = $1 \
                 WHERE id IN {} AND status = 'QUEUED'",
                listed(backend, 2)
            );
            let values = [self.now.into(), bulk::list(ids.iter().map(|id| id.0))];
            self.conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        }
        Ok(())
    }
}

/// One of the words in parameter `number`, a list in JSON.
pub(super) fn words(backend: DbBackend, number: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("(SELECT value FROM json_array_elements_text(${number}::json))")
        }
        _ => format!("(SELECT value FROM json_each(${number}))"),
    }
}
