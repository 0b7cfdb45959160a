//! The world of one story: the real program on a database of its own, by a clock that only the
//! story moves, and the people around it.
mod answer;
mod clock;
mod contract;
mod database;
mod door;
mod log;
mod mail_server;
mod outside;
mod people;
mod person;
mod provider;
mod settings;
mod settle;
mod simulator;
mod template;
mod webhook;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use deskbell::app::Deskbell;
use deskbell::config::Role;
use deskbell::desk::Desk;
use futures::FutureExt;

pub use answer::Answer;
pub use clock::MovedClock;
pub use database::Database;
use database::Kept;
pub use door::Door;
pub use log::instant;
pub use mail_server::MailServer;
pub use outside::OutsideSimulator;
pub use person::{Person, draft, id};
pub use provider::{ACCESS_TOKEN, Act, Provider, closed_door};
pub use settings::{SECRET_KEY, Settings};
use template::First;
pub use webhook::{Status, batch, callback_data, signed};

/// The world of one story.
pub struct World {
    /// The clock that the program goes by.
    pub clock: Arc<MovedClock>,
    kept: Kept,
    settings: Settings,
    program: Option<Deskbell>,
    role: Role,
    door: Arc<Door>,
    outside: Option<Arc<Door>>,
    people: Vec<Person>,
    quiet: Mutex<HashSet<String>>,
    read: Mutex<HashSet<String>>,
}

/// Tells a story in a new world, and ends the world whatever came of it.
pub async fn tell(on: Database, story: impl AsyncFnOnce(&mut World)) {
    tell_in(on, false, story).await;
}

/// As [`tell`], where the program has to make everything itself at its first start.
pub async fn tell_from_nothing(on: Database, story: impl AsyncFnOnce(&mut World)) {
    tell_in(on, true, story).await;
}

async fn tell_in(on: Database, bare: bool, story: impl AsyncFnOnce(&mut World)) {
    if let Ok(filter) = std::env::var("RUST_LOG") {
        // Each test has a process of its own under nextest; elsewhere the first one wins.
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init()
            .ok();
    }
    let Some(kept) = Kept::new(on, bare).await else { return };
    let mut world = World::new(kept).await;
    let told = AssertUnwindSafe(story(&mut world)).catch_unwind().await;
    world.end().await;
    if let Err(panic) = told {
        resume_unwind(panic);
    }
}

impl World {
    async fn new(kept: Kept) -> Self {
        let clock = Arc::new(MovedClock::new());
        let door = Arc::new(Door::new());
        let mut world = Self {
            clock,
            kept,
            settings: vec![],
            program: None,
            role: Role::All,
            door,
            outside: None,
            people: vec![],
            quiet: Mutex::default(),
            read: Mutex::default(),
        };
        world.start().await;
        let mut first = std::mem::take(&mut world.kept.first);
        first.extend(world.program().first_accounts.iter().map(First::from));
        for account in first {
            let found = world.desk().store().user_by_login(&account.username).await;
            let (user, _) = found.expect("the database").expect("the first accounts are there");
            let person = world.known(user, account.password, Some(account.number));
            world.people.push(person);
        }
        world
    }

    async fn start(&mut self) {
        let program = self.another(self.role).await;
        self.door.leads_to(program.address);
        self.program = Some(program);
        if self.is_simulated_inside() && self.role != Role::Worker {
            // Behind its gate it keeps them.
            self.provider_keeps_limits(false).await;
        }
    }

    /// One more program on the same database.
    pub async fn another(&self, role: Role) -> Deskbell {
        let built = self.tries_another(role).await;
        built.unwrap_or_else(|error| panic!("the program does not start: {error:#}"))
    }

    /// As [`Self::another`], where it may fail to start.
    pub async fn tries_another(&self, role: Role) -> anyhow::Result<Deskbell> {
        let mut config = self.config();
        config.role = role;
        Deskbell::build_with(config, self.clock.clone()).await
    }

    /// Stops the program and starts it again on the same database, with these settings besides.
    pub async fn restarts_with(&mut self, settings: Settings) {
        self.stops().await;
        self.will_start_with(settings);
        self.start().await;
    }

    /// Stops the program and starts it again as one of several that share the database and a
    /// provider outside of all of them.
    pub async fn shares_with_others(&mut self, role: Role, provider: &OutsideSimulator) {
        self.role = role;
        self.outside = Some(provider.door.clone());
        self.restarts_with(provider.settings()).await;
        provider.posts_to(&self.door.base()).await;
        self.pushes_templates().await;
    }

    /// Stops the program; the database stays.
    pub async fn stops(&mut self) {
        if let Some(program) = self.program.take() {
            program.stop().await.expect("the program stops in order");
        }
    }

    async fn end(mut self) {
        self.stops().await;
        self.kept.forget().await;
    }

    fn program(&self) -> &Deskbell {
        self.program.as_ref().expect("the program runs")
    }

    /// The desk, for what the program's own timers say to it.
    pub fn desk(&self) -> &Desk {
        &self.program().desk
    }

    /// Moves the clock.
    pub fn passes(&self, time: TimeDelta) {
        self.clock.passes(time);
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        deskbell::ports::clock::Clock::now(&*self.clock)
    }

    /// What the program's timer asks of the providers, where it is time.
    pub async fn examined(&self) {
        self.desk().examine().await.expect("the database");
    }

    /// One round of what the program's timer does.
    pub async fn sweep(&self) {
        self.desk().sweep().await.expect("the sweep");
    }

    /// Time passes, the timer strikes, and everything comes to rest.
    pub async fn later(&self, time: TimeDelta) {
        self.passes(time);
        self.sweep().await;
        self.settle().await;
    }

    /// How many rows this query counts.
    pub async fn count(&self, sql: &str) -> i64 {
        self.kept.count(sql).await
    }

    /// An ear for what processes call to each other on PostgreSQL.
    pub async fn hears(&self, channel: &str) -> sqlx::postgres::PgListener {
        self.kept.hears(channel).await
    }

    /// Fails where any row of any table holds this, as text or as bytes.
    pub async fn stands_nowhere(&self, text: &str) {
        let rows = self.kept.everything().await;
        assert!(rows.len() > 10, "hardly a row was found: this looks in the wrong place");
        let bytes = hex::encode(text);
        for row in rows {
            let holds = row.contains(text) || row.to_lowercase().contains(&bytes);
            assert!(!holds, "{text} stands in {row}");
        }
    }

    /// Which database it is.
    pub fn is_postgres(&self) -> bool {
        self.kept.is_postgres()
    }

    /// Does to the database what no route does yet, or what only a crash does.
    pub async fn changes_rows(&self, sql: &str) -> u64 {
        self.kept.change(sql).await
    }

    /// Asks again and again until it is so; after 20 s the story fails.
    pub async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let begun = tokio::time::Instant::now();
        while !is_so().await {
            assert!(begun.elapsed() < settle::PATIENCE, "after 20 s still not so: {what}");
            tokio::time::sleep(settle::BREATH).await;
        }
    }
}

/// Makes two tests of each story, one on each database.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let on = crate::stories::world::Database::Sqlite;
                crate::stories::world::tell(on, super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let on = crate::stories::world::Database::Postgres;
                crate::stories::world::tell(on, super::$name).await;
            })*
        }
    };
}
pub(crate) use stories;
