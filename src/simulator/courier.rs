//! The one pipeline by which a simulator posts its webhooks: it gathers what is due, signs it and
//! posts again until somebody answers 200, as only that acknowledges a webhook of Meta's.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::web::Bytes;
use reqwest::{Client, redirect::Policy};
use secrecy::SecretString;
use tokio::{
    sync::Notify,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until, timeout},
};

use super::{
    line::{Ink, Line, Load, Parcel},
    rules::Rules,
    signature,
    webhook::{self, Business, Notice},
};

/// Requests under way at once.
const AT_ONCE: usize = 8;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Retries of one body; with waits of 1, 2, 4 … 256 s it lives for eight minutes.
const RETRIES: u32 = 9;

/// Posts webhooks for one simulator.
pub(super) struct Courier {
    business: Business,
    app_secret: SecretString,
    url: Option<String>,
    line: Mutex<Line>,
    pace: Mutex<Pace>,
    runner: Mutex<Runner>,
    bell: Notify,
}

/// How news is gathered.
#[derive(Clone, Copy, Default)]
struct Pace {
    /// Updates in one body; Meta puts up to 1,000 into one.
    most: usize,
    /// News waits a moment, so that one body carries much of it, and so that it comes mostly
    /// after the answer to the message it tells about, as at Meta.
    gathering: Duration,
}

/// Who runs the pipeline.
enum Runner {
    /// Nobody yet: a simulator may be made before there is a runtime.
    None,
    /// This task; it ends with its runtime, and then the next news starts another.
    Some(JoinHandle<()>),
    /// Nobody any more.
    Stopped,
}

impl Courier {
    /// A courier without news; with no URL it only walks.
    pub(super) fn new(business: Business, app_secret: SecretString, url: Option<String>) -> Self {
        let (line, runner) = (Mutex::default(), Mutex::new(Runner::None));
        let (pace, bell) = (Mutex::default(), Notify::new());
        Self { business, app_secret, url, line, pace, runner, bell }
    }

    /// Gathers news as these rules say.
    pub(super) fn keep_pace(&self, rules: &Rules) {
        let gathering = Duration::from_millis(rules.webhook_wait_ms);
        *lock(&self.pace) = Pace { most: rules.webhook_batch, gathering };
    }

    /// Takes news, each with the time it has to wait.
    pub(super) fn take(
        self: &Arc<Self>,
        ink: Ink,
        news: impl IntoIterator<Item = (Duration, Notice)>,
    ) {
        let gathering = lock(&self.pace).gathering;
        let is_earliest = {
            let mut line = self.line();
            // No short cut: every piece has to be put in line.
            news.into_iter()
                .fold(false, |any, (wait, notice)| line.news(gathering + wait, ink, notice) || any)
        };
        let mut runner = lock(&self.runner);
        match &*runner {
            Runner::Some(task) if !task.is_finished() => {
                if is_earliest {
                    self.bell.notify_one();
                }
            }
            Runner::Stopped => self.line().clear(),
            _ => *runner = Runner::Some(tokio::spawn(Arc::clone(self).run())),
        }
    }

    /// Ends the pipeline, with what is under way.
    pub(super) async fn stop(&self) {
        let runner = std::mem::replace(&mut *lock(&self.runner), Runner::Stopped);
        self.line().clear();
        if let Runner::Some(task) = runner {
            task.abort();
            // Its runtime may stand still by now; nobody should wait for that.
            let _ = timeout(Duration::from_secs(2), task).await;
        }
    }

    /// Ends the pipeline without waiting for it.
    pub(super) fn abort(&self) {
        if let Runner::Some(task) = &*lock(&self.runner) {
            task.abort();
        }
    }

    /// Whether nothing waits to be posted.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.line().next().is_none()
    }

    async fn run(self: Arc<Self>) {
        let client = client();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some(load) = self.due()
            {
                if let Some((url, parcel)) = self.url.as_ref().zip(self.parcel(load)) {
                    under_way.spawn(post(client.clone(), url.clone(), parcel));
                }
            }
            let next = self.line().next().filter(|_| under_way.len() < AT_ONCE);
            tokio::select! {
                Some(done) = under_way.join_next() => {
                    if let Ok(Some(parcel)) = done {
                        self.again(parcel);
                    }
                }
                () = self.bell.notified() => {}
                () = until(next) => {}
            }
        }
    }

    /// The lock is given back before the load is packed.
    fn due(&self) -> Option<Load> {
        let Pace { most, gathering } = *lock(&self.pace);
        self.line().due(most, gathering)
    }

    /// What is due, as a signed body; from now on it has happened.
    fn parcel(&self, load: Load) -> Option<Parcel> {
        let (ink, notices) = match load {
            Load::Again(parcel) => return Some(parcel),
            Load::News(ink, notices) => (ink, notices),
        };
        for notice in &notices {
            if let Notice::Status { message, progress, .. } = notice {
                message.note(*progress);
            }
        }
        self.url.as_ref()?;
        let body = webhook::body(&self.business, &notices);
        // What somebody else has forged comes once.
        let (secret, retries) = match ink {
            Ink::Ours => (&self.app_secret, 0),
            Ink::Forged => (&SecretString::from("not the app secret"), RETRIES),
        };
        let signature = signature::of(&body, secret);
        Some(Parcel { body: Bytes::from(body), signature, retries })
    }

    fn again(&self, mut parcel: Parcel) {
        if parcel.retries >= RETRIES {
            tracing::warn!("simulator: a webhook was never acknowledged in {RETRIES} retries");
            return;
        }
        let wait = Duration::from_secs(1 << parcel.retries);
        parcel.retries += 1;
        self.line().again(wait, parcel);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        lock(&self.line)
    }
}

/// Until this instant, or for ever.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Posts one body, and gives it back where it was not acknowledged.
async fn post(client: Client, url: String, parcel: Parcel) -> Option<Parcel> {
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &parcel.signature)
        .body(parcel.body.clone());
    match request.send().await {
        Ok(answer) if answer.status() == 200 => return None,
        Ok(answer) => {
            tracing::debug!("simulator: a webhook was answered {}, not 200", answer.status());
        }
        Err(error) => tracing::debug!("simulator: no answer to a webhook: {}", error.without_url()),
    }
    Some(parcel)
}

/// Webhooks go to the program beside us; where the machine has no root certificates, as in a
/// slim container, plain HTTP still works.
pub(super) fn client() -> Client {
    let plain = || Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE);
    let client = plain().build().or_else(|_| plain().tls_certs_only([]).build());
    client.expect("without root certificates nothing is left that could fail")
}

/// Nothing under these locks can panic half-way, so a poisoned one is as good as new.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
