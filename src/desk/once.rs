//! Doing once what is asked twice: the first answer to a keyed request is kept in the same story
//! as the change itself, so that no crash can part the two.
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::Desk;
use super::error::DeskError;
use crate::store::error::StoreError;
use crate::store::idempotency::{KeptAnswer, RequestKey};

/// Makes the answer to a request out of what came of it.
pub type Answer<T> = Arc<dyn Fn(&T) -> KeptAnswer + Send + Sync>;

/// A request that its sender may repeat.
#[derive(Clone)]
pub struct Once<T> {
    /// Names it.
    pub key: RequestKey,
    /// The digest of its body.
    pub fingerprint: String,
    /// Makes its answer.
    pub answer: Answer<T>,
}

/// What came of a request.
pub enum Done<T> {
    /// It was done now.
    Now(T),
    /// It was done before; this was the answer.
    Before(KeptAnswer),
}

/// Requests that run in this process.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashSet<RequestKey>>>);

/// While this lives, the request counts as running.
pub(super) struct Turn {
    running: Running,
    key: RequestKey,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Running {
    fn begin(&self, key: &RequestKey) -> Result<Turn, DeskError> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !running.insert(key.clone()) {
            return Err(DeskError::StillRunning);
        }
        Ok(Turn { running: self.clone(), key: key.clone() })
    }
}

impl Desk {
    /// Does `work` unless the request was answered before.
    pub(super) async fn once<T, F>(
        &self,
        once: Option<&Once<T>>,
        work: F,
    ) -> Result<Done<T>, DeskError>
    where
        F: AsyncFnOnce() -> Result<T, DeskError>,
    {
        let Some(once) = once else { return work().await.map(Done::Now) };
        let _turn = self.running.begin(&once.key)?;
        if let Some(kept) = self.kept(once).await? {
            return Ok(Done::Before(kept));
        }
        match work().await {
            // Another replica was faster: its answer is the first one.
            Err(DeskError::Store(StoreError::Taken(_))) => match self.kept(once).await? {
                Some(kept) => Ok(Done::Before(kept)),
                None => Err(DeskError::StillRunning),
            },
            done => done.map(Done::Now),
        }
    }

    async fn kept<T>(&self, once: &Once<T>) -> Result<Option<KeptAnswer>, DeskError> {
        match self.store.kept_answer(&once.key).await? {
            Some(kept) if kept.fingerprint != once.fingerprint => Err(DeskError::KeyReused),
            kept => Ok(kept),
        }
    }

    /// Keeps a refusal as the first answer; where another came first, that one stays.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn keep_refusal(&self, key: RequestKey, answer: KeptAnswer) -> Result<(), DeskError> {
        let tx = self.store.begin().await?;
        match tx.keep_answers(vec![(key, answer)]).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(StoreError::Taken(_)) => Ok(tx.rollback().await?),
            Err(error) => Err(error.into()),
        }
    }
}

impl<T> Once<T> {
    /// The row that keeps the answer to what came of it.
    pub(super) fn kept(&self, of: &T) -> (RequestKey, KeptAnswer) {
        (self.key.clone(), (self.answer)(of))
    }
}
