//! What the program counts, for whoever watches over it: words from fixed lists and routes as they
//! are written, never an id and never a word about a person.
mod process;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::domain::attempt::{Answer, Outcome};

/// Upper bounds of the times of requests, in seconds.
const REQUEST_TIMES: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// A provider across the world takes longer, and ten seconds at most.
const PROVIDER_TIMES: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The counters of one program; several in one process count apart. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Counters>);

struct Counters {
    registry: Registry,
    requests: IntCounterVec,
    request_times: HistogramVec,
    limited: IntCounterVec,
    sends: IntCounterVec,
    provider_times: HistogramVec,
    paused: IntGaugeVec,
    webhooks: IntCounterVec,
    database_up: IntGauge,
    waiting: IntGaugeVec,
    oldest: GaugeVec,
    overdue: GaugeVec,
    unread: IntGaugeVec,
    oldest_unread: GaugeVec,
    unplaced: IntGauge,
    silent: IntGaugeVec,
    process: process::Process,
}

/// How many wait in one place, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// When the oldest of them came.
    pub since: Option<DateTime<Utc>>,
    /// When the first of them should have gone.
    pub due: Option<DateTime<Utc>>,
}

impl Metrics {
    /// Counters that stand at zero, of a program that starts now.
    pub fn new(now: DateTime<Utc>) -> Self {
        let registry = Registry::new();
        let to = &registry;
        let counters = Counters {
            requests: counter(
                to,
                "http_requests_total",
                "HTTP requests by method, route and status.",
                &["method", "route", "status"],
            ),
            request_times: times(
                to,
                "http_request_duration_seconds",
                "How long HTTP requests took to answer.",
                &["method", "route"],
                &REQUEST_TIMES,
            ),
            limited: counter(
                to,
                "rate_limited_total",
                "Requests that were refused with 429, by the limit that they met.",
                &["limit"],
            ),
            sends: counter(
                to,
                "sends_total",
                "Attempts to send, by channel, outcome and what is done next.",
                &["channel", "outcome", "next"],
            ),
            provider_times: times(
                to,
                "provider_request_duration_seconds",
                "How long the provider of a channel took to answer an attempt to send.",
                &["channel"],
                &PROVIDER_TIMES,
            ),
            paused: added(
                to,
                IntGaugeVec::new(
                    opts(
                        "channel_paused",
                        "1 while nothing is sent through the channel: its account is at fault or its \
                         provider away, and messages wait until that is mended.",
                    ),
                    &["channel"],
                ),
            ),
            webhooks: counter(
                to,
                "webhooks_total",
                "Webhooks of providers, by what became of them at the door.",
                &["provider", "outcome"],
            ),
            database_up: added(
                to,
                IntGauge::with_opts(opts(
                    "database_up",
                    "1 where the database could be asked what waits.",
                )),
            ),
            waiting: added(
                to,
                IntGaugeVec::new(
                    opts("notifications", "Notifications that are not settled."),
                    &["status", "lane"],
                ),
            ),
            oldest: gauge(
                to,
                "notifications_oldest_age_seconds",
                "How long ago the oldest notification that is not settled was made.",
                &["status", "lane"],
            ),
            overdue: gauge(
                to,
                "notifications_overdue_seconds",
                "For how long the queued notification that waits longest should have gone.",
                &["lane"],
            ),
            unread: added(
                to,
                IntGaugeVec::new(
                    opts("webhook_events", "Stored webhooks that are still to be processed."),
                    &["state"],
                ),
            ),
            oldest_unread: gauge(
                to,
                "webhook_events_oldest_age_seconds",
                "How long ago the oldest stored webhook that is still to be processed came in.",
                &["state"],
            ),
            unplaced: added(
                to,
                IntGauge::with_opts(opts(
                    "webhook_reports_unplaced",
                    "Reports of providers about messages that are not known here, or not yet.",
                )),
            ),
            silent: added(
                to,
                IntGaugeVec::new(
                    opts(
                        "webhook_silent",
                        "1 while messages go out and no report has come in for 15 minutes.",
                    ),
                    &["provider"],
                ),
            ),
            process: process::Process::new(to, now),
            registry,
        };
        Self(Arc::new(counters))
    }

    /// There is such a channel; it is not paused until it proves to be.
    pub fn channel(&self, name: &str) {
        self.0.paused.with_label_values(&[name]).set(0);
    }

    /// A request was answered; `route` is the pattern of its address.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let status = status.to_string();
        self.0.requests.with_label_values(&[method, route, &status]).inc();
        self.0.request_times.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// A request met this limit.
    pub fn limited(&self, limit: &str) {
        self.0.limited.with_label_values(&[limit]).inc();
    }

    /// An attempt to send ended so. One that never left says nothing about the provider.
    pub fn sent(&self, channel: &str, answer: &Answer) {
        let next = next(&answer.outcome);
        let outcome = answer.outcome.as_str();
        self.0.sends.with_label_values(&[channel, outcome, next]).inc();
        if !matches!(answer.outcome, Outcome::NotSent(_)) {
            let took = answer.took.as_seconds_f64();
            self.0.provider_times.with_label_values(&[channel]).observe(took);
        }
    }

    /// Nothing is sent through this channel, or it is again.
    pub fn paused(&self, channel: &str, is: bool) {
        self.0.paused.with_label_values(&[channel]).set(is.into());
    }

    /// A webhook came in, and this became of it.
    pub fn webhook(&self, provider: &str, outcome: &str) {
        self.0.webhooks.with_label_values(&[provider, outcome]).inc();
    }

    /// Whether the database answers; what was said to wait there is forgotten.
    pub fn database(&self, is_up: bool) {
        self.0.database_up.set(is_up.into());
        self.0.waiting.reset();
        self.0.oldest.reset();
        self.0.overdue.reset();
        self.0.unread.reset();
        self.0.oldest_unread.reset();
    }

    /// So many notifications of this lane stand so.
    pub fn notifications(&self, status: &str, lane: &str, waiting: Waiting, now: DateTime<Utc>) {
        self.0.waiting.with_label_values(&[status, lane]).set(waiting.count);
        self.0.oldest.with_label_values(&[status, lane]).set(age(waiting.since, now));
        if status == "QUEUED" {
            self.0.overdue.with_label_values(&[lane]).set(age(waiting.due, now));
        }
    }

    /// So many stored webhooks stand so.
    pub fn webhook_events(&self, state: &str, waiting: Waiting, now: DateTime<Utc>) {
        self.0.unread.with_label_values(&[state]).set(waiting.count);
        self.0.oldest_unread.with_label_values(&[state]).set(age(waiting.since, now));
    }

    /// So many reports wait for their message.
    pub fn unplaced(&self, count: u64) {
        self.0.unplaced.set(count.try_into().unwrap_or(i64::MAX));
    }

    /// Whether the webhook of this provider has fallen silent.
    pub fn webhook_silent(&self, provider: &str, is_silent: bool) {
        self.0.silent.with_label_values(&[provider]).set(is_silent.into());
    }

    /// Everything, in Prometheus's text format.
    pub fn page(&self) -> String {
        self.0.process.look();
        let encoded = TextEncoder::new().encode_to_string(&self.0.registry.gather());
        encoded.expect("what is registered can be written")
    }
}

/// What is done after an attempt that ended so.
fn next(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::NotSent(failure) | Outcome::Rejected(failure) => failure.remedy.as_str(),
        Outcome::Accepted { .. } => "NOTHING",
        Outcome::Unknown { .. } | Outcome::Started => "WAIT",
    }
}

/// Seconds since then; what lies ahead has no age yet.
fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0))
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("deskbell")
}

fn counter(to: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    added(to, IntCounterVec::new(opts(name, help), labels))
}

fn gauge(to: &Registry, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
    added(to, GaugeVec::new(opts(name, help), labels))
}

fn times(to: &Registry, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
    let opts = HistogramOpts::from(opts(name, help)).buckets(buckets.to_vec());
    added(to, HistogramVec::new(opts, labels))
}

fn added<C: Collector + Clone + 'static>(to: &Registry, made: prometheus::Result<C>) -> C {
    let made = made.expect("a name and labels that stand above");
    to.register(Box::new(made.clone())).expect("each name stands above once");
    made
}
