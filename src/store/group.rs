//! Group commit: what many callers ask for at the same time is done in one transaction, so that
//! they share its cost. Each caller waits until its part is durable.
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// A database that says nothing at all is given up on after this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for a part of the next group.
pub struct Group<I, O>(mpsc::Sender<(I, oneshot::Sender<O>)>);

impl<I, O> Clone for Group<I, O> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Whoever did the work is gone: the program stops, or a defect struck.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the group was given up")]
pub struct GivenUp;

impl<I: Send + 'static, O: Send + 'static> Group<I, O> {
    /// `work` does groups of at most `most`, one after the other, and answers each part in its
    /// place. One at a time makes the largest groups, on PostgreSQL too: commits that notify wait
    /// for each other there.
    /// A group that is not full waits `linger` for more parts: commits are what this is to save.
    pub fn new<W>(most: usize, linger: Duration, work: W) -> Self
    where
        W: Fn(Vec<I>) -> BoxFuture<'static, Vec<O>> + Send + Sync + 'static,
    {
        let (ask, asked) = mpsc::channel(4 * most);
        tokio::spawn(lane(asked, most, linger, work));
        Self(ask)
    }

    /// Takes part, and waits for the answer.
    ///
    /// # Errors
    /// [`GivenUp`] where nobody will answer; whether it was done is not known.
    pub async fn join(&self, part: I) -> Result<O, GivenUp> {
        let (answer, answered) = oneshot::channel();
        self.0.send((part, answer)).await.map_err(|_| GivenUp)?;
        answered.await.map_err(|_| GivenUp)
    }
}

async fn lane<I, O, W>(
    mut asked: mpsc::Receiver<(I, oneshot::Sender<O>)>,
    most: usize,
    linger: Duration,
    work: W,
) where
    W: Fn(Vec<I>) -> BoxFuture<'static, Vec<O>>,
{
    loop {
        let mut group = Vec::with_capacity(most);
        if asked.recv_many(&mut group, most).await == 0 {
            return;
        }
        if !linger.is_zero() && group.len() < most {
            tokio::time::sleep(linger).await;
            while group.len() < most
                && let Ok(part) = asked.try_recv()
            {
                group.push(part);
            }
        }
        let (parts, answers): (Vec<I>, Vec<_>) = group.into_iter().unzip();
        // A defect in one group drops its answers, which tells the callers; the lane lives on.
        let work = timeout(PATIENCE, AssertUnwindSafe(work(parts)).catch_unwind());
        match work.await {
            Ok(Ok(done)) => answers.into_iter().zip(done).for_each(|(answer, done)| {
                // Nobody may be waiting any more; what was done stays done.
                answer.send(done).ok();
            }),
            Ok(Err(_)) => tracing::error!("a group of {} panicked", answers.len()),
            Err(_) => tracing::error!("a group of {} took too long", answers.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_waits_together_is_done_together_and_answered_in_its_place() {
        let groups = Arc::new(AtomicUsize::new(0));
        let counted = groups.clone();
        let doubles = Group::new(64, Duration::ZERO, move |parts: Vec<usize>| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                parts.into_iter().map(|part| part * 2).collect()
            }
            .boxed()
        });
        let asked = futures::future::join_all((0..50).map(|n| doubles.join(n))).await;
        assert!(asked.into_iter().enumerate().all(|(n, done)| matches!(done, Ok(d) if d == n * 2)));
        assert!(groups.load(Ordering::SeqCst) < 50, "callers shared");
    }

    #[tokio::test]
    async fn a_panic_is_told_to_its_callers_and_stops_nobody_else() {
        let group = Group::new(1, Duration::ZERO, |parts: Vec<u32>| {
            async move {
                assert_ne!(parts, [13], "a defect");
                parts
            }
            .boxed()
        });
        assert!(group.join(13).await.is_err());
        assert!(matches!(group.join(14).await, Ok(14)));
    }
}
