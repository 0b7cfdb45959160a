//! Group commit: what many callers ask for at the same time is done in one transaction, so that
//! they share its cost. Each caller waits until its part is durable.
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
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

/// How groups are formed. One group at a time makes the largest groups, which is what saves
/// commits; a few at once keep PostgreSQL busy while one of them waits for the disk.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Parts of one group at most.
    pub most: usize,
    /// A group that is not full waits this long for more parts.
    pub linger: Duration,
    /// Groups may be under way side by side while they have no more parts than this together: few
    /// people need not wait in line where the database can serve them at once.
    pub side_by_side: usize,
    /// So many groups may be under way at once, however large; one at least.
    pub groups: usize,
}

impl Shape {
    /// Nothing else is to be done while a group is under way.
    fn is_one_at_a_time(self) -> bool {
        self.groups <= 1 && self.side_by_side <= 1 && self.linger.is_zero()
    }
}

/// Whoever did the work is gone: the program stops, or a defect struck.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the group was given up")]
pub struct GivenUp;

impl<I: Send + 'static, O: Send + 'static> Group<I, O> {
    /// `work` does a group of parts and answers each part in its place.
    pub fn new<W>(shape: Shape, work: W) -> Self
    where
        W: Fn(Vec<I>) -> BoxFuture<'static, Vec<O>> + Send + Sync + 'static,
    {
        let (ask, asked) = mpsc::channel(4 * shape.most);
        tokio::spawn(lane(asked, shape, work));
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

async fn lane<I, O, W>(mut asked: mpsc::Receiver<(I, oneshot::Sender<O>)>, shape: Shape, work: W)
where
    I: Send + 'static,
    O: Send + 'static,
    W: Fn(Vec<I>) -> BoxFuture<'static, Vec<O>>,
{
    let mut under_way = UnderWay::default();
    loop {
        let mut group = Vec::with_capacity(shape.most);
        if asked.recv_many(&mut group, shape.most).await == 0 {
            return under_way.all_end().await;
        }
        if !shape.linger.is_zero() && group.len() < shape.most {
            tokio::time::sleep(shape.linger).await;
            fill(&mut group, &mut asked, shape.most);
        }
        while !under_way.has_room(group.len(), shape) {
            under_way.one_ends().await;
            fill(&mut group, &mut asked, shape.most);
        }
        let size = group.len();
        let (parts, answers): (Vec<I>, Vec<_>) = group.into_iter().unzip();
        let work = answered(work(parts), answers);
        if shape.is_one_at_a_time() {
            work.await;
        } else {
            under_way.begin(size, work);
        }
    }
}

fn fill<T>(group: &mut Vec<T>, asked: &mut mpsc::Receiver<T>, most: usize) {
    while group.len() < most
        && let Ok(part) = asked.try_recv()
    {
        group.push(part);
    }
}

/// A defect in one group drops its answers, which tells the callers; the lane lives on.
async fn answered<O>(work: BoxFuture<'static, Vec<O>>, answers: Vec<oneshot::Sender<O>>) {
    match timeout(PATIENCE, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => answers.into_iter().zip(done).for_each(|(answer, done)| {
            // Nobody may be waiting any more; what was done stays done.
            answer.send(done).ok();
        }),
        Ok(Err(_)) => tracing::error!("a group of {} panicked", answers.len()),
        Err(_) => tracing::error!("a group of {} took too long", answers.len()),
    }
}

/// Groups that have begun and not ended.
#[derive(Default)]
struct UnderWay {
    parts: usize,
    groups: JoinSet<usize>,
}

impl UnderWay {
    fn has_room(&mut self, size: usize, shape: Shape) -> bool {
        while let Some(ended) = self.groups.try_join_next() {
            self.ended(ended);
        }
        self.groups.len() < shape.groups.max(1) || self.parts + size <= shape.side_by_side
    }

    async fn one_ends(&mut self) {
        if let Some(ended) = self.groups.join_next().await {
            self.ended(ended);
        }
    }

    async fn all_end(mut self) {
        while !self.groups.is_empty() {
            self.one_ends().await;
        }
    }

    fn begin(&mut self, size: usize, work: impl Future<Output = ()> + Send + 'static) {
        self.parts += size;
        self.groups.spawn(async move {
            work.await;
            size
        });
    }

    fn ended(&mut self, ended: Result<usize, tokio::task::JoinError>) {
        // Panics are caught inside; only a runtime that ends cancels a group.
        self.parts = match ended {
            Ok(size) => self.parts - size,
            Err(_) => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn shape(most: usize) -> Shape {
        Shape { most, linger: Duration::ZERO, side_by_side: 0, groups: 1 }
    }

    #[tokio::test(start_paused = true)]
    async fn few_go_side_by_side_and_many_go_together() {
        for (side_by_side, groups, ends_after) in
            [(0, 1, [1, 2, 2, 2]), (3, 1, [1, 1, 1, 2]), (0, 2, [1, 1, 2, 2])]
        {
            let begun = tokio::time::Instant::now();
            let group =
                Group::new(Shape { side_by_side, groups, ..shape(64) }, |parts: Vec<u64>| {
                    async move {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        parts
                    }
                    .boxed()
                });
            // Each comes when the one before has been taken up.
            let asked = (0..4).map(|n| {
                let group = group.clone();
                async move {
                    tokio::time::sleep(Duration::from_millis(n)).await;
                    group.join(n).await.unwrap();
                    begun.elapsed().as_secs()
                }
            });
            assert_eq!(
                futures::future::join_all(asked).await,
                ends_after,
                "{side_by_side} {groups}"
            );
        }
    }

    #[tokio::test]
    async fn what_waits_together_is_done_together_and_answered_in_its_place() {
        let groups = Arc::new(AtomicUsize::new(0));
        let counted = groups.clone();
        let doubles = Group::new(shape(64), move |parts: Vec<usize>| {
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
        let group = Group::new(shape(1), |parts: Vec<u32>| {
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
