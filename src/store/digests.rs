//! What leaves in one message: who tells of whom is written down before it leaves, so that whatever is
//! heard of the message reaches all that it tells of.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::delivery_attempt::{ActiveModel, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use super::bulk::{each_of, list};
use super::deliveries::Claimed;
use super::error::StoreError;
use super::line::listed;
use super::{Store, Tx, rows};
use crate::domain::attempt::Attempt;
use crate::domain::event::Event;
use crate::domain::notification::NotificationId;

/// An attempt that a message tells of besides the one that it was made for.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Whose attempt told it, and which one.
    pub by: (NotificationId, u32),
    /// The attempt that it told, too.
    pub attempt: (NotificationId, u32),
}

impl Store {
    /// Writes down that the message about the first of these tells of the others, too. Answers what
    /// each is about: what happened, and the title of its ticket.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn tell_together(
        &self,
        claimed: &[Claimed],
        sender: &str,
        template: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<HashMap<NotificationId, (Event, String)>, StoreError> {
        let Some((first, others)) = claimed.split_first() else { return Ok(HashMap::new()) };
        let mut tx = self.begin().await?;
        let backend = tx.backend();
        let attempts = others.iter().map(|it| ActiveModel {
            told_by: Set(Some(first.id.0)),
            told_by_number: Set(Some(first.attempt.into())),
            ..rows::attempt_row(it.id.0, sender, &Attempt::started(it.attempt, now))
        });
        tx.insert_unasked::<Entity>(attempts.collect())?;
        let ids = || list(claimed.iter().map(|it| it.id.0));
        // The message is this template, whatever each of them would have been alone.
        let sql = format!(
            "UPDATE notification_log SET template = $1, \
               tells_others = CASE WHEN id = $2 THEN TRUE ELSE tells_others END \
             WHERE id IN {}",
            listed(backend, 3)
        );
        let values = [template.into(), first.id.0.into(), ids()];
        tx.conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        let sql = format!(
            "SELECT n.id, n.event, t.title FROM notification_log AS n \
             JOIN tickets AS t ON t.id = n.ticket_id WHERE n.id IN {}",
            listed(backend, 1)
        );
        let asked = Statement::from_sql_and_values(backend, sql, [ids()]);
        let found = tx.conn.query_all_raw(asked).await?;
        let about = found.into_iter().map(|row| {
            let event: String = row.try_get("", "event")?;
            let event = rows::word("notification_log", "event", &event)?;
            Ok((NotificationId(row.try_get("", "id")?), (event, row.try_get("", "title")?)))
        });
        let about = about.collect::<Result<_, StoreError>>()?;
        tx.commit().await?;
        Ok(about)
    }
}

impl Tx {
    /// What messages about these notifications told of besides.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn told_by(&self, those: Vec<NotificationId>) -> Result<Vec<Told>, StoreError> {
        const TABLE: &str = "delivery_attempts";
        if those.is_empty() {
            return Ok(vec![]);
        }
        let backend = self.backend();
        let by_these = each_of(backend, TABLE, "told_by", "bigint");
        let sql = format!("SELECT * FROM {by_these}");
        let asked =
            Statement::from_sql_and_values(backend, sql, [list(those.iter().map(|id| id.0))]);
        let found = Entity::find().from_raw_sql(asked).all(&self.conn).await?;
        let told = found.into_iter().filter_map(|row| {
            let (by, by_number) = (NotificationId(row.told_by?), row.told_by_number?);
            let attempt = rows::count(TABLE, "number", row.number);
            let by_attempt = rows::count(TABLE, "told_by_number", by_number);
            Some(attempt.and_then(|number| {
                let attempt = (NotificationId(row.notification_id), number);
                Ok(Told { by: (by, by_attempt?), attempt })
            }))
        });
        told.collect()
    }
}
