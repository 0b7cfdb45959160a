//! Claiming notifications for an attempt each: from then on they may have been sent.
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::error::StoreError;
use super::line::{NEXT_IN_LINE, UNREACHABLE, instants, listed, superseded};
use super::{Store, bulk, db_clock, rows};
use crate::domain::notification::NotificationId;
use crate::domain::phone::PhoneNumber;

/// How long an attempt may be under way before its answer counts as lost; far more than the
/// client waits for one.
pub const LEASE: TimeDelta = TimeDelta::seconds(45);

/// A notification whose attempt has begun, durably: from here on it may have been sent.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which.
    pub id: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// To whom.
    pub to: PhoneNumber,
    /// What it says.
    pub body: String,
}

/// What came of a claim; what is in neither list was somebody else's, is to wait, or is settled.
#[derive(Debug, Default)]
pub struct Claims {
    /// To be sent.
    pub begun: Vec<Claimed>,
    /// Not to be sent any more, and marked so.
    pub skipped: Vec<NotificationId>,
}

impl Store {
    /// Begins an attempt at each of these notifications that waits, whose time has come, and that
    /// is next in its line. It is durable when this returns; whoever comes second claims nothing.
    /// What came to nothing while it waited is skipped instead, and a number that has changed since
    /// is looked up, in the same statement.
    ///
    /// # Errors
    /// Where the database is away; what was claimed then ends as a lost answer.
    pub async fn claim(&self, ids: &[NotificationId]) -> Result<Claims, StoreError> {
        let backend = self.write.get_database_backend();
        let lease = db_clock::sql_of_now_plus(backend, self.clock.ahead() + LEASE);
        let (superseded, listed) = (superseded(), listed(backend, 4));
        let sql = format!(
            "UPDATE notification_log SET next_attempt_at = NULL, (status, skip_reason, attempts, \
               attempt_started_at, lease_until, recipient_number) = ( \
                 SELECT CASE WHEN why IS NULL THEN 'SENDING' ELSE 'SKIPPED' END, why, \
                   notification_log.attempts + CASE WHEN why IS NULL THEN 1 ELSE 0 END, \
                   CASE WHEN why IS NULL THEN $1 ELSE notification_log.attempt_started_at END, \
                   CASE WHEN why IS NULL THEN {lease} ELSE notification_log.lease_until END, \
                   coalesce(number, notification_log.recipient_number) \
                 FROM (SELECT CASE WHEN notification_log.expires_at <= $1 THEN 'expired' \
                                   WHEN {superseded} THEN 'superseded' ELSE {UNREACHABLE} END AS why, \
                         CASE WHEN notification_log.channel = 'WHATSAPP' \
                               AND notification_log.ticket_id IS NOT NULL \
                              THEN u.whatsapp_number END AS number \
                       FROM (SELECT 1) AS itself \
                       LEFT JOIN users AS u ON u.id = notification_log.recipient_id) AS judged) \
             WHERE id IN {listed} AND status = 'QUEUED' AND next_attempt_at <= $1 \
               AND {NEXT_IN_LINE} \
             RETURNING id, status, attempts, recipient_number, body"
        );
        let mut values: Vec<Value> = instants(self.clock.now()).into();
        values.push(bulk::list(ids.iter().map(|id| id.0)));
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut claims = Claims::default();
        for row in self.write.query_all_raw(asked).await? {
            match row.try_get::<String>("", "status")?.as_str() {
                "SENDING" => claims.begun.push(begun(&row)?),
                _ => claims.skipped.push(NotificationId(row.try_get("", "id")?)),
            }
        }
        Ok(claims)
    }
}

fn begun(row: &QueryResult) -> Result<Claimed, StoreError> {
    let number: String = row.try_get("", "recipient_number")?;
    let to = PhoneNumber::parse(&number).map_err(|_| StoreError::Unreadable {
        table: "notification_log",
        column: "recipient_number",
        value: crate::domain::phone::masked(&number),
    })?;
    Ok(Claimed {
        id: NotificationId(row.try_get("", "id")?),
        attempt: rows::count("notification_log", "attempts", row.try_get("", "attempts")?)?,
        to,
        body: row.try_get("", "body")?,
    })
}
