//! Whether this process is the one that sends: asked all the time, until its last send has ended.
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::desk::Desk;

/// Between two looks at what waits; they cost nothing where nothing does.
const TEND: Duration = Duration::from_millis(100);

/// The task that asks.
pub(super) struct Shift {
    desk: Desk,
    asking: JoinHandle<()>,
    tending: JoinHandle<()>,
}

impl Shift {
    pub(super) fn keep(desk: Desk) -> Self {
        let inside = desk.clone();
        let asking = tokio::spawn(async move {
            while let Some(wait) = inside.keep_line().await {
                tokio::time::sleep(wait).await;
            }
        });
        let inside = desk.clone();
        let tending = tokio::spawn(async move {
            let mut duty = inside.duty();
            // Whoever says so lives as long as the desk.
            while duty.wait_for(|on_duty| *on_duty).await.is_ok() {
                inside.tend_lines().await;
                tokio::time::sleep(TEND).await;
            }
        });
        Self { desk, asking, tending }
    }

    /// Tells whether nothing is to be sent from here: it stops, or another process sends.
    pub(super) fn idle(&self, mut stopped: watch::Receiver<bool>) -> watch::Receiver<bool> {
        let mut duty = self.desk.duty();
        let (say, idle) = watch::channel(true);
        tokio::spawn(async move {
            loop {
                let is = *stopped.borrow_and_update() || !*duty.borrow_and_update();
                say.send_if_modified(|was| std::mem::replace(was, is) != is);
                let changed = tokio::select! {
                    changed = stopped.changed() => changed,
                    changed = duty.changed() => changed,
                };
                if changed.is_err() {
                    // The worker is gone.
                    return;
                }
            }
        });
        idle
    }

    /// Lets another process send.
    pub(super) async fn end(self) {
        // Whoever is still asking could say once more that this process sends.
        for task in [self.asking, self.tending] {
            task.abort();
            task.await.ok();
        }
        self.desk.leave_line().await;
    }
}
