//! Noticing that a webhook has fallen silent: messages go out, and nothing is heard of any.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::Desk;
use super::error::DeskError;
use crate::domain::silence::Silence;
use crate::ports::channel::Channel;
use crate::ports::webhook::Fact;
use crate::store::Store;
use crate::store::error::StoreError;

/// Between two looks by the sweep.
const EVERY: TimeDelta = TimeDelta::minutes(1);
/// Refused signatures are written down this often at most.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Signatures that were refused longer ago explain nothing.
const LATELY: TimeDelta = TimeDelta::hours(1);
/// Under which name they are kept beside what providers tell.
const REFUSED: &str = "deskbell.signatures_refused";

/// What this process has noticed.
#[derive(Clone, Default)]
pub(super) struct Noticed(Arc<Inner>);

#[derive(Default)]
struct Inner {
    looked_at: Mutex<Option<DateTime<Utc>>>,
    silent: Mutex<Vec<&'static str>>,
    refused: AtomicU64,
    noted_at: Mutex<Option<DateTime<Utc>>>,
}

/// A silent webhook, as an operator needs to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentWebhook {
    /// Whose webhook it is.
    pub provider: &'static str,
    /// Since when, and over how many messages.
    pub silence: Silence,
    /// What is likely to be the cause, and what to do, in one sentence each; the likeliest first.
    pub causes: Vec<String>,
}

impl Desk {
    /// Webhooks that have fallen silent: messages were taken 15 minutes ago and more, and nothing
    /// has been heard since.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn silent_webhooks(&self) -> Result<Vec<SilentWebhook>, DeskError> {
        let mut found = vec![];
        for channel in self.channels.all() {
            let Some(webhooks) = channel.webhooks() else { continue };
            found.extend(silent(&self.store, channel.as_ref(), webhooks).await?);
        }
        Ok(found)
    }

    /// Says once that a webhook has fallen silent, and once that it has not any more.
    pub(super) async fn notice_silence(&self) -> Result<(), DeskError> {
        let now = self.store.now();
        if !is_time(&self.noticed.0.looked_at, now, EVERY) {
            return Ok(());
        }
        let silent = self.silent_webhooks().await?;
        let mut known = self.noticed.0.silent.lock().unwrap_or_else(PoisonError::into_inner);
        for channel in self.channels.all().filter(|channel| channel.webhooks().is_some()) {
            let provider = channel.provider();
            let found = silent.iter().find(|silent| silent.provider == provider);
            self.metrics.webhook_silent(provider, found.is_some());
            match (found, known.contains(&provider)) {
                (Some(found), false) => {
                    tracing::warn!(provider, "{}", found.sentence());
                    known.push(provider);
                }
                (None, true) => {
                    tracing::info!(provider, "the webhook of {provider} speaks again");
                    known.retain(|name| *name != provider);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A webhook was refused: written down now and then, for whoever looks for the cause of silence.
    pub(super) async fn refused(&self, provider: &str) {
        let count = self.noticed.0.refused.fetch_add(1, Ordering::Relaxed) + 1;
        let now = self.store.now();
        if !is_time(&self.noticed.0.noted_at, now, NOTED_EVERY) {
            return;
        }
        let fact = Fact {
            name: REFUSED.to_owned(),
            about: String::new(),
            value: json!({ "count": count }),
            at: Some(now),
            bars: false,
            until: None,
        };
        let kept = async {
            let tx = self.store.begin().await?;
            tx.keep_fact(provider, &fact, now).await?;
            tx.commit().await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "a refused webhook was not written down");
        }
        tracing::warn!(
            provider,
            "a webhook was refused: its signature is not ours; {count} since the start"
        );
    }
}

/// Whether a channel's webhook, whose posts are kept under this name, has fallen silent.
pub(super) async fn silent(
    store: &Store,
    channel: &dyn Channel,
    webhooks: &str,
) -> Result<Option<SilentWebhook>, StoreError> {
    let now = store.now();
    let Some(silence) = store.heard(channel.sender()).await?.silence(now) else { return Ok(None) };
    let bulletin = store.bulletin().await?;
    let refused =
        bulletin.facts(webhooks).find(|fact| fact.name == REFUSED && fact.at + LATELY > now);
    let count = refused.and_then(|fact| fact.value.get("count")?.as_u64());
    let causes = causes(webhooks, count.unwrap_or(0));
    Ok(Some(SilentWebhook { provider: channel.provider(), silence, causes }))
}

impl SilentWebhook {
    /// The whole of it in words.
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.what(), self.causes.join(" "))
    }

    /// What is so.
    pub fn what(&self) -> String {
        format!(
            "{} messages went out since {} and no status came in",
            self.silence.messages,
            self.silence.since.format("%Y-%m-%d %H:%M UTC"),
        )
    }
}

fn causes(webhooks: &str, refused: u64) -> Vec<String> {
    if webhooks != "meta" {
        let signed = if refused > 0 {
            format!("{refused} webhooks were refused lately for their signature. ")
        } else {
            String::new()
        };
        return vec![format!(
            "{signed}Twilio does not reach PUBLIC_URL, or signs over another address: whoever runs \
             Deskbell compares PUBLIC_URL with the address outside, and TWILIO_AUTH_TOKEN with Twilio \
             Console > Account Info."
        )];
    }
    let wrong_secret = format!(
        "{refused} webhooks were refused lately for their signature: META_APP_SECRET is probably not \
         this app's; whoever administers the app finds it under App Dashboard > App settings > Basic."
    );
    let subscription = "The app's webhook may not be subscribed to `messages`: whoever administers \
        the app ticks it under App Dashboard > WhatsApp > Configuration.";
    let address = "Meta may not reach the callback URL: whoever runs Deskbell tries it from outside, \
        and looks at its certificate.";
    let account = "The account may not be subscribed to the app: whoever holds the token posts to \
        `/<account id>/subscribed_apps`.";
    let mut causes: Vec<String> = [subscription, address, account].map(str::to_owned).to_vec();
    if refused > 0 {
        causes.insert(0, wrong_secret);
    }
    causes
}

/// Whether so much time has passed since the last time; then this is the last time.
pub(super) fn is_time(
    last: &Mutex<Option<DateTime<Utc>>>,
    now: DateTime<Utc>,
    every: TimeDelta,
) -> bool {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    let is_time = last.is_none_or(|last| last > now || now - last >= every);
    if is_time {
        *last = Some(now);
    }
    is_time
}
