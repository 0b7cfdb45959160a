//! The log in a few figures, as an admin sees them.
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::Instant;
use super::log_query::CHANNELS;
use super::shown::maybe;
use crate::domain::event::Event;
use crate::domain::filter::Period;
use crate::domain::notification::Status;
use crate::store::summary::Share;

/// Counts by each of three questions, and how soon messages arrive.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Summary")]
pub(in crate::http) struct SummaryShown {
    created_from: Option<Instant>,
    created_to: Option<Instant>,
    total: u64,
    by_status: BTreeMap<&'static str, u64>,
    by_channel: BTreeMap<&'static str, u64>,
    by_event: BTreeMap<&'static str, u64>,
    /// Of all that were not skipped; `null` where there were none.
    arrived_within_2_minutes: Option<f64>,
}

impl SummaryShown {
    pub(super) fn of(period: Period, shares: &[Share]) -> Self {
        let sum = |of: &dyn Fn(&Share) -> bool| -> u64 {
            shares.iter().filter(|share| of(share)).map(|share| share.count).sum()
        };
        let status = Status::ALL.map(|it| (it.as_str(), sum(&|share| share.status == it)));
        let channel = CHANNELS.map(|it| (it, sum(&|share| share.channel == it)));
        let event = Event::ALL.map(|it| (it.as_str(), sum(&|share| share.event == it)));
        let told = sum(&|share| share.status != Status::Skipped);
        let told_soon = shares.iter().filter(|share| share.status != Status::Skipped);
        let soon: u64 = told_soon.map(|share| share.soon).sum();
        #[expect(clippy::cast_precision_loss, reason = "a share to some digits")]
        let share = (soon as f64 / told as f64 * 10_000.0).round() / 10_000.0;
        Self {
            created_from: maybe(period.from),
            created_to: maybe(period.to),
            total: sum(&|_| true),
            by_status: BTreeMap::from(status),
            by_channel: BTreeMap::from(channel),
            by_event: BTreeMap::from(event),
            arrived_within_2_minutes: (told > 0).then_some(share),
        }
    }
}
