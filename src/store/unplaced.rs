//! Reports about messages that are not known here, or not yet: kept apart from the webhook that they
//! came in, so that nobody has to read that again and again.
use chrono::{DateTime, TimeDelta, Utc};
use entity::unplaced_report::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::bulk::{Known, among};
use super::error::StoreError;
use super::{Store, Tx, rows};
use crate::domain::attempt::Report;
use crate::domain::notification::{NotificationId, Receipt};
use crate::ports::webhook::Reported;

/// A message that is not known by then is another system's on the same account.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Waits before such a report is looked at again; the last one goes on.
const WAITS: [TimeDelta; 4] =
    [TimeDelta::seconds(5), TimeDelta::seconds(30), TimeDelta::minutes(5), TimeDelta::hours(1)];
const TABLE: &str = "unplaced_reports";

/// A report of one webhook.
#[derive(Clone, Debug)]
pub struct Told {
    /// The webhook that told it.
    pub webhook: i64,
    /// Whose it is.
    pub provider: String,
    /// What it says.
    pub report: Reported,
}

/// A report that waits for its message.
#[derive(Clone, Debug)]
pub struct Unplaced {
    /// Its row.
    pub id: i64,
    /// What was told.
    pub told: Told,
    looks: i64,
    received_at: DateTime<Utc>,
}

impl Tx {
    /// Keeps reports whose messages are not known; one that is kept already stays.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn keep_reports(&self, told: &[&Told]) -> Result<(), StoreError> {
        let rows = told.iter().map(|told| row(told, self.now)).collect();
        // Which webhook told it last is all that can be new about it.
        const SAME: Known<Column> = Known {
            by: &[Column::Provider, Column::ProviderMessageId, Column::Report, Column::ReportedAt],
            update: &[Column::WebhookId],
        };
        self.upsert_all::<Entity>(distinct(rows), &SAME).await
    }

    /// Forgets reports that found their message.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn placed(&self, ids: &[i64]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let these = among(self.backend(), Column::Id, ids.iter().copied());
        Entity::delete_many().filter(these).exec(&self.conn).await?;
        Ok(())
    }

    /// Puts off reports that have not found their message; those of yesterday are given up, and
    /// counted.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn put_off(&self, reports: &[Unplaced]) -> Result<u64, StoreError> {
        let (old, young): (Vec<&Unplaced>, Vec<&Unplaced>) =
            reports.iter().partition(|report| report.received_at + KEPT <= self.now);
        self.placed(&old.iter().map(|report| report.id).collect::<Vec<_>>()).await?;
        for (looks, wait) in WAITS.into_iter().enumerate() {
            let same = |report: &&&Unplaced| report.next() == looks;
            let ids: Vec<i64> = young.iter().filter(same).map(|report| report.id).collect();
            if ids.is_empty() {
                continue;
            }
            let change = ActiveModel {
                looks: Set(i64::try_from(looks).unwrap_or(i64::MAX)),
                next_look_at: Set(self.now + wait),
                ..Default::default()
            };
            let these = among(self.backend(), Column::Id, ids);
            Entity::update_many().set(change).filter(these).exec(&self.conn).await?;
        }
        Ok(old.len() as u64)
    }
}

impl Unplaced {
    fn next(&self) -> usize {
        let next = usize::try_from(self.looks).unwrap_or_default() + 1;
        next.min(WAITS.len() - 1)
    }
}

impl Store {
    /// Reports that are to be looked at now.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn unplaced_due(&self, most: u64) -> Result<Vec<Unplaced>, StoreError> {
        let found = Entity::find()
            .filter(Column::NextLookAt.lte(self.now()))
            .order_by_asc(Column::NextLookAt)
            .limit(most)
            .all(&self.read)
            .await?;
        found.into_iter().map(unplaced).collect()
    }

    /// How many reports wait for their message.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn unplaced(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.read).await?)
    }
}

fn row(told: &Told, now: DateTime<Utc>) -> ActiveModel {
    let report = &told.report;
    let failure = match &report.report {
        Report::Failed(failure) => Some(failure),
        Report::Sent | Report::Received(_) => None,
    };
    let pricing = report.pricing.as_ref();
    ActiveModel {
        id: NotSet,
        provider: Set(told.provider.clone()),
        provider_message_id: Set(report.provider_message_id.clone()),
        notification_id: Set(report.attempt.map(|(id, _)| id.0)),
        attempt: Set(report.attempt.map(|(_, number)| number.into())),
        report: Set(word(&report.report).to_owned()),
        code: Set(failure.and_then(|failure| failure.code)),
        message: Set(failure.map(|failure| failure.message.clone())),
        remedy: Set(failure.map(|failure| failure.remedy.as_str().to_owned())),
        reported_at: Set(report.at),
        pricing_category: Set(pricing.map(|pricing| pricing.category.clone())),
        pricing_type: Set(pricing.and_then(|pricing| pricing.kind.clone())),
        billable: Set(pricing.and_then(|pricing| pricing.billable)),
        webhook_id: Set(told.webhook),
        received_at: Set(now),
        looks: Set(0),
        next_look_at: Set(now + WAITS[0]),
    }
}

/// PostgreSQL changes no row twice in one statement.
fn distinct(mut rows: Vec<ActiveModel>) -> Vec<ActiveModel> {
    let mut seen = std::collections::HashSet::new();
    rows.retain(|row| {
        let same = (
            row.provider.clone().take(),
            row.provider_message_id.clone().take(),
            row.report.clone().take(),
            row.reported_at.clone().take(),
        );
        seen.insert(same)
    });
    rows
}

fn word(report: &Report) -> &'static str {
    match report {
        Report::Sent => "SENT",
        Report::Received(receipt) => receipt.as_str(),
        Report::Failed(_) => "FAILED",
    }
}

fn unplaced(row: Model) -> Result<Unplaced, StoreError> {
    let failure = rows::failure(row.code, row.message.as_deref(), row.remedy.as_deref())?;
    let report = match (row.report.as_str(), failure) {
        ("SENT", _) => Report::Sent,
        ("FAILED", Some(failure)) => Report::Failed(failure),
        (word, _) => Report::Received(rows::word::<Receipt>(TABLE, "report", word)?),
    };
    let number = row.attempt.map(|number| rows::count(TABLE, "attempt", number)).transpose()?;
    let report = Reported {
        attempt: row.notification_id.map(NotificationId).zip(number),
        provider_message_id: row.provider_message_id,
        report,
        at: row.reported_at,
        pricing: rows::pricing(row.pricing_category, row.pricing_type, row.billable),
    };
    let told = Told { webhook: row.webhook_id, provider: row.provider, report };
    Ok(Unplaced { id: row.id, told, looks: row.looks, received_at: row.received_at })
}
