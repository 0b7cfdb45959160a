//! Claiming notifications for an attempt each: from then on they may have been sent.
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::error::StoreError;
use super::holds::PAIR;
use super::kin::reached_otherwise;
use super::line::{NEXT_IN_LINE, UNREACHABLE, instants, listed, next_together, superseded};
use super::{Store, bulk, db_clock, preferences, rows};
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::NotificationId;
use crate::domain::phone::masked;
use crate::domain::user::UserId;
use crate::domain::window;

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
    pub to: Address,
    /// Whose account it is that it tells of a ticket; nobody's where it tells of anything else.
    pub reader: Option<UserId>,
    /// By which medium.
    pub medium: Medium,
    /// Who carries it.
    pub provider: String,
    /// What it says.
    pub body: String,
    /// The language of its reader, as far as we write it.
    pub locale: String,
    /// The template that is to tell it, where the person's window is shut.
    pub template: Option<FormTemplate>,
    /// Until when the person is not to be disturbed by it.
    pub quiet_until: Option<DateTime<Utc>>,
}

/// A template that tells the same as free text would.
#[derive(Clone, Debug)]
pub struct FormTemplate {
    /// Its name.
    pub name: String,
    /// The person's language, as far as we write it.
    pub locale: String,
    /// What fills it: a name and a value each.
    pub values: Vec<(String, String)>,
}

/// The window is shut, as far as we know: the person has not written for a day, or free text was
/// refused since they did. `$5` is since when they must have written.
const SHUT: &str = "(u.whatsapp_heard_at IS NULL OR u.whatsapp_heard_at <= $5 \
     OR (notification_log.attempts > 0 AND EXISTS (SELECT 1 FROM delivery_attempts AS refused \
         WHERE refused.notification_id = notification_log.id AND refused.template IS NULL \
           AND (refused.remedy = 'TEMPLATE' OR refused.failed_remedy = 'TEMPLATE') \
           AND refused.started_at >= u.whatsapp_heard_at)))";

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
    /// is next in its line. It is durable when this returns, with the form in which it goes; whoever
    /// comes second claims nothing. What came to nothing while it waited is skipped instead, and a
    /// number that has changed since is looked up, in the same statement. One that cannot be read is
    /// in neither list and ends as a lost answer.
    ///
    /// # Errors
    /// Where the database is away; what was claimed then ends as a lost answer.
    pub async fn claim(&self, ids: &[NotificationId]) -> Result<Claims, StoreError> {
        // Whoever holds a row lets it go; a task that comes late finds it held.
        self.claim_those(ids, &format!("held_by IS NULL AND {NEXT_IN_LINE}")).await
    }

    /// The same for what is to leave in one message. It is held until then, so that nobody takes one
    /// of them away.
    ///
    /// # Errors
    /// As [`Self::claim`].
    pub async fn claim_together(&self, ids: &[NotificationId]) -> Result<Claims, StoreError> {
        let backend = self.write.get_database_backend();
        let together = next_together(&listed(backend, 4));
        let held = format!("coalesce(held_by, '{PAIR}') = '{PAIR}'");
        self.claim_those(ids, &format!("{held} AND {together}")).await
    }

    async fn claim_those(
        &self,
        ids: &[NotificationId],
        may_leave: &str,
    ) -> Result<Claims, StoreError> {
        let backend = self.write.get_database_backend();
        let lease = db_clock::sql_of_now_plus(backend, self.clock.ahead() + LEASE);
        let (superseded, listed) = (superseded(), listed(backend, 4));
        let otherwise = reached_otherwise();
        // It is one row anyhow: the limit keeps PostgreSQL from judging anew for each column.
        let sql = format!(
            "UPDATE notification_log SET next_attempt_at = NULL, held_by = NULL, (status, skip_reason, attempts, \
               attempt_started_at, lease_until, recipient_address, template) = ( \
                 SELECT CASE WHEN why IS NULL THEN 'SENDING' ELSE 'SKIPPED' END, why, \
                   notification_log.attempts + CASE WHEN why IS NULL THEN 1 ELSE 0 END, \
                   CASE WHEN why IS NULL THEN $1 ELSE notification_log.attempt_started_at END, \
                   CASE WHEN why IS NULL THEN {lease} ELSE notification_log.lease_until END, \
                   coalesce(number, notification_log.recipient_address), \
                   CASE WHEN why IS NULL THEN form ELSE notification_log.template END \
                 FROM (SELECT CASE WHEN notification_log.expires_at <= $1 THEN 'expired' \
                                   WHEN {superseded} THEN 'superseded' \
                                   WHEN {otherwise} THEN 'reached_otherwise' \
                                   ELSE {UNREACHABLE} END AS why, \
                         CASE WHEN notification_log.ticket_id IS NULL THEN NULL \
                              WHEN notification_log.channel = 'EMAIL' THEN u.email \
                              ELSE u.whatsapp_number END AS number, \
                         CASE WHEN notification_log.channel = 'WHATSAPP' AND {SHUT} \
                              THEN notification_log.form_template END AS form \
                       FROM (SELECT 1) AS itself \
                       LEFT JOIN users AS u ON u.id = notification_log.recipient_id \
                       LIMIT 1) AS judged) \
             WHERE id IN {listed} AND status = 'QUEUED' AND next_attempt_at <= $1 \
               AND {may_leave} \
             RETURNING id, status, attempts, channel, provider, recipient_address, body, template, \
               coalesce(locale, (SELECT u.locale FROM users AS u WHERE u.id = recipient_id)) AS locale, \
               parameters, CASE WHEN ticket_id IS NOT NULL THEN recipient_id END AS reader, \
               CASE WHEN lane = 'NORMAL' AND ticket_id IS NOT NULL THEN \
                 (SELECT u.preferences FROM users AS u WHERE u.id = recipient_id) END AS preferences"
        );
        let now = self.clock.now();
        let mut values: Vec<Value> = instants(now).into();
        values.push(bulk::list(ids.iter().map(|id| id.0)));
        values.push(window::open_since(now).into());
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let mut claims = Claims::default();
        for row in self.claim.query_all_raw(asked).await? {
            match row.try_get::<String>("", "status")?.as_str() {
                "SENDING" => match begun(&row, now) {
                    Ok(claimed) => claims.begun.push(claimed),
                    // The others of this statement have begun, too, and are to leave.
                    Err(error) => {
                        let id: i64 = row.try_get("", "id")?;
                        tracing::error!(notification.id = id, %error, "notification {id} cannot be read");
                    }
                },
                _ => claims.skipped.push(NotificationId(row.try_get("", "id")?)),
            }
        }
        Ok(claims)
    }
}

fn begun(row: &QueryResult, now: DateTime<Utc>) -> Result<Claimed, StoreError> {
    const TABLE: &str = "notification_log";
    let medium = rows::word(TABLE, "channel", &row.try_get::<String>("", "channel")?)?;
    let address: String = row.try_get("", "recipient_address")?;
    let to = Address::parse(medium, &address).ok_or_else(|| StoreError::Unreadable {
        table: TABLE,
        column: "recipient_address",
        value: masked(&address),
    })?;
    Ok(Claimed {
        quiet_until: quiet_until(row, now),
        id: NotificationId(row.try_get("", "id")?),
        attempt: rows::count(TABLE, "attempts", row.try_get("", "attempts")?)?,
        to,
        reader: row.try_get::<Option<i64>>("", "reader")?.map(UserId),
        medium,
        provider: row.try_get("", "provider")?,
        body: row.try_get("", "body")?,
        locale: row.try_get::<Option<String>>("", "locale")?.unwrap_or_default(),
        template: form(row)?,
    })
}

/// The attempt has begun: what cannot be read here holds nothing up.
fn quiet_until(row: &QueryResult, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cell: Option<String> = row.try_get("", "preferences").ok()?;
    let read = preferences::read(cell.as_deref());
    let read = read.inspect_err(|error| tracing::error!(%error, "nobody's quiet hours are kept"));
    read.ok()?.quiet?.until(now)
}

fn form(row: &QueryResult) -> Result<Option<FormTemplate>, StoreError> {
    let Some(name) = row.try_get::<Option<String>>("", "template")? else { return Ok(None) };
    let values = row.try_get::<Option<String>>("", "parameters")?.unwrap_or_default();
    let unreadable = |_| StoreError::Unreadable {
        table: "notification_log",
        column: "parameters",
        value: format!("{} bytes", values.len()),
    };
    let values = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&values);
    let values = values.map_err(unreadable)?.into_iter();
    Ok(Some(FormTemplate {
        name,
        locale: row.try_get::<Option<String>>("", "locale")?.unwrap_or_default(),
        values: values
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect(),
    }))
}
