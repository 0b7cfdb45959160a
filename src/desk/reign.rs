//! Which process sends: one at a time, so that it alone knows how fast it may go. The others answer
//! people, read webhooks, and take over where it is gone.
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::sync::watch;

use super::Desk;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::group::{GivenUp, Group, Shape};
use crate::store::returned::Returned;

/// What the lease is called.
const LEASE: &str = "line";
/// A process that is not heard of for this long is gone.
const TIME: Duration = Duration::from_secs(6);
/// Whoever holds it ceases to send this much before others may begin.
const MARGIN: Duration = Duration::from_millis(500);
/// Between two renewals.
const RENEWAL: Duration = Duration::from_secs(2);
/// Between two looks whether whoever sends is gone.
const LOOK: Duration = Duration::from_secs(1);
/// A database that is away for a moment must not make a message that never left look as if it might
/// have: to give back twice does no harm.
const GIVE_BACK_AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4), Duration::ZERO];

impl Desk {
    /// Begins or goes on to be the process that sends, or sees that another one is. Answers how
    /// long until it is to be asked again; `None` where this process is the only one.
    pub async fn keep_line(&self) -> Option<Duration> {
        if !self.store.is_shared() {
            if let Err(error) = self.recall_all().await {
                tracing::warn!(%error, "nothing is sent yet");
                return Some(LOOK);
            }
            self.lines.is_on_duty(true, None);
            return None;
        }
        let asked = Instant::now();
        let was = *self.lines.duty().borrow();
        let mut taken = self.store.take_lease(LEASE, &self.holder, TIME).await;
        if matches!(taken, Ok(true)) && !was {
            taken = self.recall_all().await.map(|()| true);
        }
        match taken {
            Ok(true) => {
                self.lines.is_on_duty(true, Some(asked + TIME - MARGIN));
                if !was {
                    tracing::info!("this process sends from now on");
                }
                Some(RENEWAL)
            }
            Ok(false) => {
                self.lines.is_on_duty(false, None);
                if was {
                    tracing::warn!("another process sends from now on");
                }
                Some(LOOK)
            }
            // What was promised holds while it lasts.
            Err(error) => {
                tracing::warn!(%error, "who sends is not known for the moment");
                self.lines.is_on_duty(self.lines.may_send(), self.lines.until());
                Some(LOOK)
            }
        }
    }

    async fn recall_all(&self) -> Result<(), StoreError> {
        let bulletin = self.store.bulletin().await?;
        for line in self.lines.all() {
            self.recall(line, &bulletin).await?;
        }
        Ok(())
    }

    /// Lets another process send.
    pub async fn leave_line(&self) {
        self.lines.is_on_duty(false, None);
        if self.store.is_shared()
            && let Err(error) = self.store.give_lease_back(LEASE, &self.holder).await
        {
            tracing::warn!(%error, "another process sends once the time of this one is over");
        }
    }

    /// Tells when this process begins and ceases to be the one that sends.
    pub fn duty(&self) -> watch::Receiver<bool> {
        self.lines.duty()
    }

    /// What was claimed and is not to leave now waits again, as if it had never been claimed.
    pub(super) async fn give_back(&self, returned: Returned) {
        let id = returned.id.0;
        for wait in GIVE_BACK_AGAIN_AFTER {
            match self.returns.join(returned.clone()).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    tracing::warn!(notification.id = id, %error, "notification {id} could not be given back");
                }
                Err(GivenUp) => {}
            }
            tokio::time::sleep(wait).await;
        }
        tracing::warn!(
            notification.id = id,
            "the answer of {id} counts as lost, although it never left"
        );
    }
}

/// Gives back together what comes back together.
pub(super) fn returns(store: Store, shape: Shape) -> Group<Returned, Result<(), StoreError>> {
    Group::new(shape, move |returned: Vec<Returned>| {
        let store = store.clone();
        async move {
            match store.give_back(&returned).await {
                Ok(()) => vec![Ok(()); returned.len()],
                Err(error) => vec![Err(error); returned.len()],
            }
        }
        .boxed()
    })
}
