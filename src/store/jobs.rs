//! Writing an apalis task inside our own transaction: the row is the promise, the task only rings
//! for it. The tasks are run in `worker`; no other room knows apalis.
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::{Deserialize, Serialize};

use super::bulk::parts;
use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::notification::{Lane, NotificationId};

/// What a task asks for. It carries ids, nothing that can go stale; any task may be lost, doubled
/// or late, and nothing goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Deliver these notifications, as far as they wait.
    Deliver(Vec<i64>),
    /// The same in one message to the one person whom they are for.
    DeliverTogether(Vec<i64>),
    /// The same for those about CRITICAL tickets.
    DeliverCritical(Vec<i64>),
    /// The same for codes.
    DeliverCodes(Vec<i64>),
    /// Process this webhook event, if it is still to be processed.
    ProcessWebhook(i64),
    /// The same for several, which came in together.
    ProcessWebhooks(Vec<i64>),
}

/// Where a task waits. Sends that hang hold up no webhook, and a backlog of updates holds up nothing
/// urgent: each queue has a worker with slots of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Sends.
    Deliver,
    /// Sends that go first.
    Urgent,
    /// Webhooks.
    Inbox,
}

/// How many notifications one task rings for: they are sent side by side and cost one task.
const TOGETHER: usize = 8;

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 3] = [Self::Deliver, Self::Urgent, Self::Inbox];

    /// Where the tasks of a lane wait.
    pub fn of(lane: Lane) -> Self {
        match lane {
            Lane::Code | Lane::Critical => Self::Urgent,
            Lane::Normal => Self::Deliver,
        }
    }

    /// The queue's name in apalis's table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deskbell.deliver",
            Self::Urgent => "deskbell.urgent",
            Self::Inbox => "deskbell.inbox",
        }
    }
}

impl Job {
    /// Tasks that ring for these notifications, lane by lane.
    pub fn deliver(ids: &[(NotificationId, Lane)]) -> Vec<Self> {
        let of = |lane: Lane| {
            let ids = ids.iter().filter(move |(_, its)| *its == lane);
            let ids: Vec<NotificationId> = ids.map(|(id, _)| *id).collect();
            ids.chunks(TOGETHER).map(|some| Self::of(lane, some)).collect::<Vec<_>>()
        };
        Lane::ALL.into_iter().flat_map(of).collect()
    }

    /// The task that rings for some notifications of one lane.
    pub fn of(lane: Lane, ids: &[NotificationId]) -> Self {
        let ids = ids.iter().map(|id| id.0).collect();
        match lane {
            Lane::Code => Self::DeliverCodes(ids),
            Lane::Critical => Self::DeliverCritical(ids),
            Lane::Normal => Self::Deliver(ids),
        }
    }

    /// Where it waits.
    pub fn queue(&self) -> Queue {
        match self {
            Self::Deliver(_) | Self::DeliverTogether(_) => Queue::Deliver,
            Self::DeliverCritical(_) | Self::DeliverCodes(_) => Queue::Urgent,
            Self::ProcessWebhook(_) | Self::ProcessWebhooks(_) => Queue::Inbox,
        }
    }

    /// Tasks of one queue are fetched in this order, the highest first.
    fn priority(&self) -> i32 {
        match self {
            Self::DeliverCodes(_) => 1,
            Self::Deliver(_)
            | Self::DeliverTogether(_)
            | Self::DeliverCritical(_)
            | Self::ProcessWebhook(_)
            | Self::ProcessWebhooks(_) => 0,
        }
    }
}

/// Only a worker that dies under a task makes apalis run it again.
const MOST_RUNS: u32 = 1000;
/// The columns are those of apalis's own insert; what it leaves to defaults, so do we.
const COLUMNS: &str =
    "(id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)";

impl Tx {
    /// Adds tasks that may run at once, and rings for them on commit.
    pub fn enqueue(&mut self, jobs: impl IntoIterator<Item = Job>) {
        let now = self.now;
        self.enqueue_at(jobs.into_iter().map(|job| (job, now)).collect());
    }

    /// Adds tasks, each to run at its instant or soon after.
    pub fn enqueue_at(&mut self, jobs: Vec<(Job, DateTime<Utc>)>) {
        if jobs.is_empty() {
            return;
        }
        for (job, at) in &jobs {
            match seconds_to_wait(*at, self.now) {
                0 => self.due.push(job.clone()),
                wait => self.later.push((job.queue(), Duration::from_secs(wait.unsigned_abs()))),
            }
        }
        if self.backend() == DbBackend::Postgres {
            insert_by_json(&jobs, self.now).for_each(|(sql, part)| self.postpone(sql, vec![part]));
        } else {
            let (sql, values) = insert_by_values(&jobs, self.now);
            self.postpone(sql, values);
        }
    }
}

impl Store {
    /// Gives back what a worker that has ended had fetched and not finished.
    ///
    /// # Errors
    /// Where the database is away; then apalis gives it back once the worker counts as dead.
    pub async fn release_tasks(&self, worker: &str) -> Result<(), StoreError> {
        let backend = self.write.get_database_backend();
        let (table, name) = match backend {
            DbBackend::Postgres => ("apalis.jobs", "$1"),
            _ => ("Jobs", "?"),
        };
        let sql = format!(
            "UPDATE {table} SET status = 'Pending', lock_by = NULL, lock_at = NULL \
             WHERE lock_by = {name} AND status IN ('Queued', 'Running')"
        );
        let asked = Statement::from_sql_and_values(backend, sql, [worker.into()]);
        self.write.execute_raw(asked).await?;
        Ok(())
    }
}

/// A task starts by the database's clock, in whole seconds, which apalis truncates: a wait is
/// rounded up, so that no task comes before its time.
fn seconds_to_wait(at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let wait = (at - now).num_milliseconds().max(0);
    if wait > 0 { wait / 1000 + 2 } else { 0 }
}

fn args(job: &Job) -> String {
    serde_json::to_string(job).expect("a job is plain data")
}

fn insert_by_json(
    jobs: &[(Job, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> impl Iterator<Item = (String, Value)> {
    let rows = jobs.iter().map(|(job, at)| {
        serde_json::json!({
            "id": ulid::Ulid::generate().to_string(),
            "queue": job.queue().name(),
            "args": args(job),
            "priority": job.priority(),
            "wait": seconds_to_wait(*at, now),
        })
    });
    let sql = format!(
        "INSERT INTO apalis.jobs {COLUMNS} \
         SELECT id, queue, convert_to(args, 'UTF8'), 'Pending', 0, {MOST_RUNS}, \
                transaction_timestamp() + make_interval(secs => wait), priority, \
                ''::hstore \
         FROM json_to_recordset($1::json) \
              AS t (id text, queue text, args text, priority int, wait float8)"
    );
    parts(rows.collect()).into_iter().map(move |part| (sql.clone(), part))
}

fn insert_by_values(jobs: &[(Job, DateTime<Utc>)], now: DateTime<Utc>) -> (String, Vec<Value>) {
    let row = format!(
        "(?, ?, ?, 'Pending', 0, {MOST_RUNS}, CAST(strftime('%s', 'now') AS INTEGER) + ?, ?, '{{}}')"
    );
    let sql = format!("INSERT INTO Jobs {COLUMNS} VALUES {}", vec![row; jobs.len()].join(", "));
    let values = jobs.iter().flat_map(|(job, at)| -> [Value; 5] {
        [
            ulid::Ulid::generate().to_string().into(),
            job.queue().name().into(),
            args(job).into_bytes().into(),
            seconds_to_wait(*at, now).into(),
            job.priority().into(),
        ]
    });
    (sql, values.collect())
}
