//! Who is next: messages to one person about one ticket leave in the order of the events, and what
//! a newer state has made stale does not leave at all.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::error::StoreError;
use super::jobs::Job;
use super::kin::reached_otherwise;
use super::{Store, Tx, bulk, rows};
use crate::domain::event::Event;
use crate::domain::notification::{FRESH, Lane, NotificationId};

/// Nothing older to the same person about the same ticket is still to be sent or under way by the
/// same medium; what follows another message over another way is as old as that one. What
/// was decided holds nobody up: `UNCONFIRMED` may have gone, `FAILED` and `SKIPPED` will not go.
/// What waits for the end of somebody's quiet hours holds up nothing that does not.
pub(super) const NEXT_IN_LINE: &str = "NOT EXISTS (SELECT 1 FROM notification_log AS older \
     WHERE older.ticket_id = notification_log.ticket_id \
       AND older.recipient_id = notification_log.recipient_id \
       AND older.channel = notification_log.channel \
       AND coalesce(older.first_id, older.id) < coalesce(notification_log.first_id, notification_log.id) \
       AND older.status IN ('QUEUED', 'SENDING') \
       AND (notification_log.lane <> 'CRITICAL' OR coalesce(older.held_by, '') <> 'QUIET'))";

/// The same for what leaves together: an older one that leaves in the same message is in nobody's
/// way. `$1` is now, `$4` lists what leaves together.
pub(super) fn next_together(listed: &str) -> String {
    NEXT_IN_LINE.replace(
        "AND older.channel =",
        &format!(
            "AND NOT (older.id IN {listed} AND older.status = 'QUEUED' \
               AND older.next_attempt_at <= $1) AND older.channel ="
        ),
    )
}

/// The state that this row tells is old news, as [`instants`] say: `$1` to `$3`.
pub(super) fn superseded() -> String {
    format!(
        "(notification_log.event IN ({}) AND notification_log.ticket_id IS NOT NULL \
          AND notification_log.expires_at <= \
              CASE notification_log.lane WHEN 'CRITICAL' THEN $2 ELSE $3 END \
          AND {})",
        states(),
        has_newer()
    )
}

/// The person was told a newer state of the same ticket, perhaps, or is to be.
pub(super) fn has_newer() -> String {
    format!(
        "EXISTS (SELECT 1 FROM notification_log AS newer \
         WHERE newer.ticket_id = notification_log.ticket_id \
           AND newer.recipient_id = notification_log.recipient_id \
           AND coalesce(newer.first_id, newer.id) \
             > coalesce(notification_log.first_id, notification_log.id) \
           AND newer.event IN ({}) \
           AND newer.status IN ('QUEUED', 'SENDING', 'SENT', 'UNCONFIRMED'))",
        states()
    )
}

/// The events that are states of a ticket.
pub(super) fn states() -> String {
    let states = Event::ALL.into_iter().filter(|event| event.is_state());
    states.map(|event| format!("'{}'", event.as_str())).collect::<Vec<_>>().join(", ")
}

/// What [`superseded`] is reckoned by: now, and until when a CRITICAL and another message that has
/// waited just too long to be fresh is worth sending. An admin's retry begins a new wait.
pub(super) fn instants(now: DateTime<Utc>) -> [Value; 3] {
    let stale = |lane: Lane| now + lane.worth() - FRESH;
    [now.into(), stale(Lane::Critical).into(), stale(Lane::Normal).into()]
}

/// Why a person cannot be told about a ticket now, where that is so; `u` is their account.
pub(super) const UNREACHABLE: &str = "CASE \
     WHEN notification_log.ticket_id IS NULL OR u.id IS NULL THEN NULL \
     WHEN NOT u.is_active THEN 'inactive' \
     WHEN notification_log.channel = 'EMAIL' THEN \
       CASE WHEN u.email_verified_at IS NULL THEN 'email_unverified' \
            WHEN u.email_opted_out_at IS NOT NULL THEN 'opted_out' END \
     WHEN u.whatsapp_number IS NULL THEN 'no_number' \
     WHEN u.whatsapp_verified_at IS NULL THEN 'number_unverified' \
     WHEN u.whatsapp_opt_in_at IS NULL AND u.opted_out_at IS NOT NULL THEN 'opted_out' \
     WHEN u.whatsapp_opt_in_at IS NULL THEN 'no_consent' \
     WHEN notification_log.channel = 'SMS' AND u.sms_opted_out_at IS NOT NULL THEN 'opted_out' \
     WHEN notification_log.channel = 'WHATSAPP' AND u.undeliverable_at IS NOT NULL \
       THEN 'undeliverable' \
     END";

impl Store {
    /// Rings for whoever was held back by these, which are settled now. To be called once that is
    /// committed: whoever was held back by them has been seen by everybody since.
    ///
    /// # Errors
    /// Where the database is away; then the sweep finds them.
    pub async fn ring_next(&self, settled: &[NotificationId]) -> Result<(), StoreError> {
        if settled.is_empty() {
            return Ok(());
        }
        let backend = self.read.get_database_backend();
        let sql = format!(
            "SELECT id, lane FROM notification_log \
             WHERE status = 'QUEUED' AND next_attempt_at <= $1 AND id IN ( \
               SELECT (SELECT min(next.id) FROM notification_log AS next \
                       WHERE next.ticket_id = settled.ticket_id \
                         AND next.recipient_id = settled.recipient_id \
                         AND next.channel = settled.channel \
                         AND next.status IN ('QUEUED', 'SENDING')) \
               FROM notification_log AS settled WHERE settled.id IN {})",
            listed(backend, 2)
        );
        let values = [self.now().into(), bulk::list(settled.iter().map(|id| id.0))];
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let next = named(self.read.query_all_raw(asked).await?)?;
        if next.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        tx.enqueue(Job::deliver(&next));
        tx.commit().await
    }
}

impl Tx {
    /// Skips what waited longer than it is worth, and states that waited while a newer one came;
    /// at most so many, and says which.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn set_aside(&self, most: u64) -> Result<Vec<NotificationId>, StoreError> {
        let backend = self.backend();
        let (superseded, otherwise) = (superseded(), reached_otherwise());
        let worthless = format!(
            "SELECT id FROM notification_log WHERE status <> 'SENT' AND status = 'QUEUED' \
               AND (expires_at <= $1 OR {superseded} OR {otherwise}) ORDER BY id LIMIT {most}{}",
            locked(backend)
        );
        let sql = format!(
            "UPDATE notification_log SET status = 'SKIPPED', next_attempt_at = NULL, held_by = NULL, \
               skip_reason = \
               CASE WHEN expires_at <= $1 THEN 'expired' \
                    WHEN {otherwise} THEN 'reached_otherwise' ELSE 'superseded' END \
             WHERE status = 'QUEUED' AND id {} RETURNING id, lane",
            found(backend, &worthless)
        );
        let asked = Statement::from_sql_and_values(backend, sql, instants(self.now));
        let found = named(self.conn.query_all_raw(asked).await?)?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }
}

/// Rows that somebody else holds are left to them.
pub(super) fn locked(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}

/// One of the ids that this finds. PostgreSQL may ask a question within a condition several times, and
/// each time finds other rows that nobody holds: it is made to ask once.
pub(super) fn found(backend: DbBackend, select: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("= ANY(ARRAY({select}))"),
        _ => format!("IN ({select})"),
    }
}

/// One of the ids in parameter `number`, which [`bulk::list`] makes.
pub(super) fn listed(backend: DbBackend, number: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("(SELECT value::bigint FROM json_array_elements_text(${number}::json))")
        }
        _ => format!("(SELECT value FROM json_each(${number}))"),
    }
}

/// Ids with their lanes.
pub(super) fn named(
    found: Vec<sea_orm::QueryResult>,
) -> Result<Vec<(NotificationId, Lane)>, StoreError> {
    let named = found.into_iter().map(|row| {
        let lane: String = row.try_get("", "lane")?;
        let id = NotificationId(row.try_get("", "id")?);
        Ok((id, rows::word("notification_log", "lane", &lane)?))
    });
    named.collect()
}
