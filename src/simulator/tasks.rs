//! What runs beside the requests: a task for each message whose news is still to come.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use reqwest::Client;
use tokio::task::JoinSet;

use super::courier;

/// Tasks that end with the world.
#[derive(Default)]
pub(super) struct Tasks {
    running: Mutex<Running>,
    client: OnceLock<Client>,
}

#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    is_stopped: bool,
}

impl Tasks {
    /// Starts one, unless the world has ended.
    pub(super) fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running();
        while running.tasks.try_join_next().is_some() {}
        if !running.is_stopped {
            running.tasks.spawn(task);
        }
    }

    /// Who posts for them.
    pub(super) fn client(&self) -> Client {
        self.client.get_or_init(courier::client).clone()
    }

    /// Ends them all; none starts any more.
    pub(super) fn stop(&self) {
        let mut running = self.running();
        running.is_stopped = true;
        running.tasks.abort_all();
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Nothing under this lock can panic half-way.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
