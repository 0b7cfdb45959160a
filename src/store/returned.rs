//! Giving back what was claimed and did not leave: as if it had never been claimed.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde_json::json;

use super::deliveries::Claimed;
use super::error::StoreError;
use super::jobs::Job;
use super::{Store, bulk};
use crate::domain::notification::{Lane, NotificationId};

/// A claimed notification that did not leave.
#[derive(Clone, Debug)]
pub struct Returned {
    /// Which.
    pub id: NotificationId,
    /// Which attempt did not take place.
    pub attempt: u32,
    /// How urgent it is.
    pub lane: Lane,
    /// What holds it, where something does.
    pub held_by: Option<&'static str>,
    /// When it is to be tried; `None` once what holds it is gone.
    pub next: Option<DateTime<Utc>>,
}

impl Returned {
    /// One that nothing holds.
    pub fn at_once(claimed: &Claimed, lane: Lane, now: DateTime<Utc>) -> Self {
        let (id, attempt) = (claimed.id, claimed.attempt);
        Self { id, attempt, lane, held_by: None, next: Some(now) }
    }

    /// One that was not even claimed: whoever sends is rung for, no more.
    pub fn unclaimed(id: NotificationId, lane: Lane, now: DateTime<Utc>) -> Self {
        Self { id, attempt: 0, lane, held_by: None, next: Some(now) }
    }

    /// The same, held by something perhaps, and until when.
    pub fn held(self, held: Option<(&'static str, Option<DateTime<Utc>>)>) -> Self {
        match held {
            Some((by, next)) => Self { held_by: Some(by), next, ..self },
            None => self,
        }
    }
}

impl Store {
    /// Gives these back; those that nothing holds are rung for.
    ///
    /// # Errors
    /// Where the database is away; then they end as lost answers.
    pub async fn give_back(&self, returned: &[Returned]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let backend = tx.backend();
        let rows = match backend {
            DbBackend::Postgres => {
                "json_to_recordset($1::json) \
                 AS v (id bigint, attempt bigint, held_by text, next timestamptz)"
            }
            _ => {
                "(SELECT value ->> 'id' AS id, value ->> 'attempt' AS attempt, \
                   value ->> 'held_by' AS held_by, value ->> 'next' AS next FROM json_each($1)) AS v"
            }
        };
        let sql = format!(
            "UPDATE notification_log SET status = 'QUEUED', attempts = attempts - 1, \
               lease_until = NULL, held_by = v.held_by, next_attempt_at = v.next \
             FROM {rows} WHERE notification_log.id = v.id AND attempts = v.attempt \
               AND status = 'SENDING'"
        );
        let rows: Vec<serde_json::Value> = returned
            .iter()
            .map(|it| {
                let next = it.next.map(|at| at.to_rfc3339());
                json!({ "id": it.id.0, "attempt": it.attempt, "held_by": it.held_by, "next": next })
            })
            .collect();
        for part in bulk::parts(rows) {
            let values: [Value; 1] = [part];
            tx.conn.execute_raw(Statement::from_sql_and_values(backend, &sql, values)).await?;
        }
        let free = returned.iter().filter(|it| it.held_by.is_none());
        let free: Vec<(NotificationId, Lane)> = free.map(|it| (it.id, it.lane)).collect();
        tx.enqueue(Job::deliver(&free));
        tx.commit().await
    }
}
