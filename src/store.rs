//! The one door to the database: what a row says becomes what we mean here, and nowhere else.
pub mod alerts;
pub mod bell;
pub mod buckets;
mod bulk;
pub mod bulletin;
pub mod calls;
pub mod channel_states;
pub mod code_counts;
mod code_fates;
pub mod codes;
pub mod comments;
mod connect;
mod db_clock;
pub mod deliveries;
pub mod depths;
pub mod digests;
mod doubted;
mod erasure;
pub mod error;
pub mod evidence;
pub mod facts;
mod filings;
pub mod follow;
mod forgotten_webhooks;
mod former_names;
pub mod group;
mod heard;
pub mod held;
pub mod held_users;
pub mod history;
pub mod holds;
pub mod idempotency;
pub mod jobs;
pub mod kept_tickets;
pub mod kin;
mod late;
pub mod leases;
pub mod letters;
mod line;
mod named;
mod narrowed;
mod newcomers;
pub mod notifications;
mod numbers;
mod one_owner;
pub mod open_sessions;
mod postponed;
mod preferences;
pub mod requeue;
mod retention;
pub mod returned;
mod rows;
mod schema;
#[cfg(test)]
mod scratch;
pub mod sent_of_late;
pub mod sessions;
mod standings;
pub mod summary;
pub mod template_holds;
pub mod templates;
pub mod tickets;
pub mod traces;
pub mod undeliverable;
pub mod unheard;
pub mod unplaced;
pub mod usage;
pub mod users;
pub mod waiting;
pub mod webhook_events;
pub mod webhook_log;
mod words;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use crate::ports::clock::SharedClock;
pub use connect::{Settings, is_address};
use error::StoreError;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// Writes; on SQLite a single connection, so that writers wait in line and never collide.
    write: DatabaseConnection,
    /// Reads; on PostgreSQL the same pool.
    read: DatabaseConnection,
    /// Claims messages: on PostgreSQL a pool of its own, on SQLite the one that writes.
    claim: DatabaseConnection,
    /// apalis's own: on PostgreSQL a pool of its own, on SQLite the one that writes.
    tasks: DatabaseConnection,
    clock: SharedClock,
    bells: bell::Bells,
    calls: calls::Calls,
    numbers: numbers::Numbers,
}

impl Store {
    /// Begins a story: everything in it happens, or nothing does.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = self.not_begun();
        tx.conn.begun().await?;
        // Whoever waited for their turn comes after those before them.
        tx.now = self.clock.now();
        Ok(tx)
    }

    /// As [`Self::begin`], for a story in which most likely nothing is asked: on SQLite it takes its turn
    /// when it is told. On PostgreSQL, where nobody waits for it, it begins at once.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn begin_when_needed(&self) -> Result<Tx, StoreError> {
        if self.is_shared() { self.begin().await } else { Ok(self.not_begun()) }
    }

    fn not_begun(&self) -> Tx {
        Tx {
            conn: late::Late::new(&self.write),
            now: self.clock.now(),
            clock: self.clock.clone(),
            bells: self.bells.clone(),
            calls: self.calls.clone(),
            numbers: self.numbers.clone(),
            due: vec![],
            later: vec![],
            postponed: vec![],
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// The program's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The bells that wake the workers of this process.
    pub fn bells(&self) -> &bell::Bells {
        &self.bells
    }

    /// Whether this is PostgreSQL, which many processes can share.
    pub fn is_shared(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Postgres
    }
}

/// One story under way: its connection, its instant, and the tasks to ring for once it is told.
pub struct Tx {
    conn: late::Late,
    /// The instant of everything in this story.
    pub now: DateTime<Utc>,
    clock: SharedClock,
    bells: bell::Bells,
    calls: calls::Calls,
    numbers: numbers::Numbers,
    due: Vec<jobs::Job>,
    later: Vec<(jobs::Queue, Duration)>,
    postponed: Vec<postponed::Postponed>,
}

impl Tx {
    /// Makes it true, and wakes whoever has work now.
    ///
    /// # Errors
    /// Where the database is away; then nobody can tell whether it became true.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.run_postponed().await?;
        self.conn.commit().await?;
        for job in self.due {
            let queue = job.queue();
            if !self.bells.committed(job) {
                self.calls.call(queue);
            }
        }
        self.later.into_iter().for_each(|(queue, wait)| self.bells.of(queue).ring_in(wait));
        Ok(())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// Where the database is away, which forgets it too.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.conn.rollback().await?)
    }

    fn backend(&self) -> DbBackend {
        self.conn.get_database_backend()
    }
}
