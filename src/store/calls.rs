//! Calling the other processes on one PostgreSQL: they hear that there are tasks, together and after
//! the commit. Within it a call would be dear, since commits that call wait for each other, each for
//! the disk of the one before it.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use super::error::StoreError;
use super::jobs::Queue;

/// Where they listen; what is said is the name of a queue.
pub const CALLS: &str = "deskbell.tasks";
/// Between two calls: whoever is called looks for all that there is.
const BETWEEN: Duration = Duration::from_millis(20);

/// Calls for each queue. Cheap to clone.
#[derive(Clone)]
pub(super) struct Calls(Option<Arc<Inner>>);

struct Inner {
    db: DatabaseConnection,
    due: [(Queue, AtomicBool); 3],
    /// Somebody is calling, and will see what is due.
    calling: AtomicBool,
}

impl Calls {
    /// Nobody else is there on SQLite.
    pub(super) fn new(db: &DatabaseConnection) -> Self {
        let is_shared = db.get_database_backend() == DbBackend::Postgres;
        let due = || Queue::ALL.map(|queue| (queue, AtomicBool::new(false)));
        let inner = || Inner { db: db.clone(), due: due(), calling: AtomicBool::new(false) };
        Self(is_shared.then(|| Arc::new(inner())))
    }

    /// There are tasks that nobody here has in hand. A call that gets lost is made up for by the looks
    /// that every process takes now and then.
    pub(super) fn call(&self, queue: Queue) {
        let Some(inner) = &self.0 else { return };
        let due = inner.due.iter().filter(|(of, _)| *of == queue);
        due.for_each(|(_, due)| due.store(true, Ordering::SeqCst));
        if !inner.calling.swap(true, Ordering::SeqCst) {
            tokio::spawn(inner.clone().go_on());
        }
    }
}

impl Inner {
    /// Calls until nothing is due any more.
    async fn go_on(self: Arc<Self>) {
        loop {
            let due = self.due.iter().filter(|(_, due)| due.swap(false, Ordering::SeqCst));
            let due: Vec<Queue> = due.map(|(queue, _)| *queue).collect();
            if due.is_empty() {
                self.calling.store(false, Ordering::SeqCst);
                // Somebody may have come between the two, and have gone away because of us.
                let is_due = self.due.iter().any(|(_, due)| due.load(Ordering::SeqCst));
                if !is_due || self.calling.swap(true, Ordering::SeqCst) {
                    return;
                }
                continue;
            }
            for queue in due {
                if let Err(error) = self.say(queue).await {
                    tracing::warn!(%error, "other processes hear later of tasks in {}", queue.name());
                }
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// Nothing is lost with a call, so that it need not wait for the disk.
    async fn say(&self, queue: Queue) -> Result<(), StoreError> {
        let sql = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";
        let values = [CALLS.into(), queue.name().into()];
        let asked = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.db.query_one_raw(asked).await?;
        Ok(())
    }
}
