//! What messages count as on the provider's bill: counted as it becomes known, summed up month by
//! month; and which messages were heard of.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::delivery_attempt::{Column, Entity};
use entity::usage_count::{self, Column as Counted};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::Statement;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::StoreError;
use super::held::Held;
use super::{Store, Tx};
use crate::domain::attempt::Pricing;
use crate::domain::bill::Usage;
use crate::domain::country::Country;
use crate::domain::phone::PhoneNumber;
use crate::domain::silence::Heard;
use crate::ports::channel::Senders;

/// Attempts that are looked at for a sign of life.
const LOOKED_AT: u64 = 1000;
/// More rows than this about one month are folded together.
const FOLDED_FROM: u64 = 64;

/// From where, when it was answered, when it began, when it was heard of.
type Sent = (String, Option<DateTime<Utc>>, DateTime<Utc>, Option<DateTime<Utc>>);
/// Country, category, type, whether it is charged.
type Alike = (Option<String>, String, Option<String>, Option<bool>);
type Summed = (Option<String>, String, Option<String>, Option<bool>, i64);

/// The month of an instant, as rows and people write it.
pub fn month(at: DateTime<Utc>) -> String {
    at.format("%Y-%m").to_string()
}

impl Tx {
    /// Counts what was learnt in this story about what messages count as. Rows are only added: no
    /// two stories wait for each other over them.
    pub(super) fn count_usage(
        &mut self,
        held: &[&Held],
        senders: &Senders,
    ) -> Result<(), StoreError> {
        let mut counts: BTreeMap<(&str, String, Alike), i64> = BTreeMap::new();
        for row in held {
            let sender = senders.of(&row.provider);
            let country = || {
                let number = PhoneNumber::parse(&row.to).ok();
                number.as_ref().and_then(Country::of).map(|country| country.as_str().to_owned())
            };
            for (attempt, before) in row.changed_prices() {
                let month = month(attempt.started_at);
                let mut count = |pricing: &Pricing, by: i64| {
                    let Pricing { category, kind, billable } = pricing.clone();
                    let alike = (country(), category, kind, billable);
                    *counts.entry((sender, month.clone(), alike)).or_default() += by;
                };
                before.iter().for_each(|pricing| count(pricing, -1));
                attempt.pricing.iter().for_each(|pricing| count(pricing, 1));
            }
        }
        let changed = counts.into_iter().filter(|(_, count)| *count != 0);
        let rows = changed.map(|((sender, month, alike), count)| row(sender, &month, alike, count));
        self.insert_unasked::<usage_count::Entity>(rows.collect())
    }
}

fn row(sender: &str, month: &str, alike: Alike, count: i64) -> usage_count::ActiveModel {
    let (country, category, kind, billable) = alike;
    usage_count::ActiveModel {
        id: NotSet,
        sender: Set(sender.to_owned()),
        month: Set(month.to_owned()),
        country: Set(country),
        category: Set(category),
        kind: Set(kind),
        billable: Set(billable),
        count: Set(count),
    }
}

impl Store {
    /// What the messages counted as that a number of ours sent in a month.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn usage(&self, sender: &str, month: &str) -> Result<Vec<Usage>, StoreError> {
        let found: Vec<Summed> = usage_count::Entity::find()
            .select_only()
            .columns([Counted::Country, Counted::Category, Counted::Kind, Counted::Billable])
            // A sum of whole numbers is a decimal to PostgreSQL.
            .column_as(Expr::cust("CAST(sum(count) AS BIGINT)"), "count")
            .filter(Counted::Sender.eq(sender))
            .filter(Counted::Month.eq(month))
            .group_by(Counted::Country)
            .group_by(Counted::Category)
            .group_by(Counted::Kind)
            .group_by(Counted::Billable)
            .into_tuple()
            .all(&self.read)
            .await?;
        let usage = found.into_iter().map(|(country, category, kind, billable, count)| {
            let count = u64::try_from(count).unwrap_or_default();
            Usage { category, kind, billable, country, count }
        });
        let mut usage: Vec<Usage> = usage.filter(|usage| usage.count > 0).collect();
        usage.sort();
        Ok(usage)
    }

    /// Folds the counts of this month and the one before into few rows, where they are many.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn fold_usage(&self, sender: &str) -> Result<(), StoreError> {
        let now = self.now();
        for month in [month(now), month(now - chrono::TimeDelta::days(28))] {
            let many = usage_count::Entity::find()
                .select_only()
                .column(Counted::Id)
                .filter(Counted::Sender.eq(sender))
                .filter(Counted::Month.eq(&month))
                .limit(FOLDED_FROM)
                .into_tuple::<i64>()
                .all(&self.read)
                .await?;
            if many.len() as u64 == FOLDED_FROM {
                self.fold_month(sender, &month).await?;
            }
        }
        Ok(())
    }

    /// Whoever folds at the same time finds other rows: what one has taken is gone for the other.
    async fn fold_month(&self, sender: &str, month: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM usage_counts WHERE sender = $1 AND month = $2 \
                   RETURNING country, category, kind, billable, count";
        let values = [sender.into(), month.into()];
        let asked = Statement::from_sql_and_values(tx.backend(), sql, values);
        let mut counts: BTreeMap<Alike, i64> = BTreeMap::new();
        for row in tx.conn.query_all_raw(asked).await? {
            let alike = (
                row.try_get("", "country")?,
                row.try_get("", "category")?,
                row.try_get("", "kind")?,
                row.try_get("", "billable")?,
            );
            *counts.entry(alike).or_default() += row.try_get::<i64>("", "count")?;
        }
        let rows = counts.into_iter().map(|(alike, count)| row(sender, month, alike, count));
        tx.insert_unasked::<usage_count::Entity>(rows.collect())?;
        tx.commit().await
    }

    /// The newest messages that a provider took from this number, the newest first, and when it was
    /// last heard of any of them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn heard(&self, sender: &str) -> Result<Heard, StoreError> {
        let newest: Vec<Sent> = Entity::find()
            .select_only()
            .columns([Column::Sender, Column::AnsweredAt, Column::StartedAt, Column::HeardAt])
            .filter(Column::Outcome.eq("ACCEPTED"))
            .order_by_desc(Column::Id)
            .limit(LOOKED_AT)
            .into_tuple()
            .all(&self.read)
            .await?;
        let last: Vec<DateTime<Utc>> = Entity::find()
            .select_only()
            .column(Column::HeardAt)
            .filter(Column::Sender.eq(sender))
            .filter(Column::HeardAt.is_not_null())
            .order_by_desc(Column::StartedAt)
            .limit(50)
            .into_tuple()
            .all(&self.read)
            .await?;
        let ours = newest.into_iter().filter(|(from, ..)| from == sender);
        let taken = ours.map(|(_, answered, started, heard)| (answered.unwrap_or(started), heard));
        Ok(Heard {
            taken: taken.map(|(at, heard)| (at, heard.is_some())).collect(),
            last: last.into_iter().max(),
        })
    }
}
