//! What a worker has in hand: it is finished before the worker ends, and nothing is taken up then.
use std::sync::Arc;

use tokio::sync::watch;

/// Counts tasks in hand.
#[derive(Clone)]
pub(super) struct Hands {
    count: Arc<watch::Sender<usize>>,
    stopped: watch::Receiver<bool>,
}

/// While this lives, a task is in hand.
pub(super) struct InHand(Hands);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count -= 1);
    }
}

impl Hands {
    pub(super) fn new(stopped: watch::Receiver<bool>) -> Self {
        Self { count: Arc::new(watch::Sender::new(0)), stopped }
    }

    /// Takes a task; a worker that stops takes none, and this never returns.
    pub(super) async fn take(&self) -> InHand {
        self.count.send_modify(|count| *count += 1);
        let in_hand = InHand(self.clone());
        if *self.stopped.borrow() {
            drop(in_hand);
            return std::future::pending().await;
        }
        in_hand
    }

    /// Waits until the worker is told to stop and has nothing in hand.
    pub(super) async fn empty(&self) {
        let (mut stopped, mut count) = (self.stopped.clone(), self.count.subscribe());
        // Both senders live as long as the worker.
        stopped.wait_for(|stopped| *stopped).await.ok();
        count.wait_for(|count| *count == 0).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_in_hand_is_finished_and_nothing_is_taken_up() {
        let (stop, stopped) = watch::channel(false);
        let hands = Hands::new(stopped);
        let task = hands.take().await;
        assert!(hands.empty().now_or_never().is_none(), "nobody told it to stop");
        stop.send_replace(true);
        assert!(hands.empty().now_or_never().is_none(), "a task is in hand");
        assert!(hands.take().now_or_never().is_none(), "no other is taken");
        drop(task);
        assert!(hands.empty().now_or_never().is_some());
    }
}
