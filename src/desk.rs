//! What one can do at the desk: one file, one verb.
mod access;
mod announce;
mod change_password;
mod change_ticket;
mod comment;
mod create_ticket;
mod create_user;
mod delete_ticket;
mod deliver;
mod dry_run;
mod edit_ticket;
mod erase_user;
pub mod error;
mod find;
mod hint;
mod keyed;
mod limits;
mod log_in;
pub mod once;
mod passwords;
mod process_webhook;
mod quota;
mod receive_webhook;
mod retry;
mod rush;
mod sessions;
mod sweep;
mod take_stock;
mod tokens;
mod turns;
mod users;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::domain::delivery::Moment;
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::ticket::Ticket;
use crate::metrics::Metrics;
use crate::ports::channel::Channel;
use crate::store::Store;
use crate::store::deliveries::Claimed;
use crate::store::error::StoreError;
use crate::store::group::{Group, Shape};
pub use change_password::NewPassword;
pub use change_ticket::{Change, With};
pub use create_ticket::Filing;
pub use dry_run::WouldNotify;
pub use find::Shown;
pub use receive_webhook::Received;
pub use retry::RetryMany;
pub use sessions::LoggedIn;
pub use users::Opening;

/// Messages that are under way at the same time; at 300 ms each that is Meta's highest rate.
const SENDS_AT_ONCE: usize = 320;
/// The same for each of the lanes that go first: a backlog that hangs takes none of these.
const URGENT_AT_ONCE: usize = 64;
/// Parts of one group commit at most.
const GROUP: usize = 64;
/// Groups of few need not wait for each other, unless there is only one writer.
const SIDE_BY_SIDE: usize = 4;
/// Nobody waits for an answer to be written down; together they cost one commit.
const LINGER: Duration = Duration::from_millis(25);

/// Everything a verb needs. Cheap to clone; both mouths (`http`, `worker`) hold one.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    channel: Arc<dyn Channel>,
    passwords: passwords::Passwords,
    tokens: Arc<tokens::Tokens>,
    actors: access::Actors,
    keyed: keyed::Keyed,
    limits: limits::Limits,
    running: once::Running,
    rush: rush::Rush,
    locale: String,
    open_registration: bool,
    erasing: erase_user::Erasing,
    filings: Group<create_ticket::Part, Result<Ticket, StoreError>>,
    claims: Group<NotificationId, Result<Option<Claimed>, StoreError>>,
    answers: Group<deliver::Answered, Result<(), StoreError>>,
    sends: Sends,
    metrics: Metrics,
    stock: take_stock::Stock,
    quota: Option<quota::Quota>,
}

/// Slots for messages under way, of each lane its own.
#[derive(Clone)]
struct Sends(Arc<[Semaphore; 3]>);

impl Sends {
    fn new() -> Self {
        let slots = [URGENT_AT_ONCE, URGENT_AT_ONCE, SENDS_AT_ONCE];
        Self(Arc::new(slots.map(Semaphore::new)))
    }

    fn in_use(&self) -> usize {
        let free: usize = self.0.iter().map(Semaphore::available_permits).sum();
        SENDS_AT_ONCE + 2 * URGENT_AT_ONCE - free
    }

    fn of(&self, lane: Lane) -> &Semaphore {
        match lane {
            Lane::Code => &self.0[0],
            Lane::Critical => &self.0[1],
            Lane::Normal => &self.0[2],
        }
    }
}

/// What the desk has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Signs access tokens.
    pub jwt_secret: SecretString,
    /// Makes refresh tokens, and digests that nobody else can make.
    pub digest_key: SecretString,
    /// The language of people who chose none.
    pub default_locale: String,
    /// Whether anybody may open an account.
    pub open_registration: bool,
    /// Whether it matters how often anybody asks and tries.
    pub rate_limit: bool,
}

impl Desk {
    /// Opens the desk.
    pub fn open(store: Store, channel: Arc<dyn Channel>, settings: &Settings) -> Self {
        let rush = rush::Rush::default();
        let side_by_side = if store.is_shared() { SIDE_BY_SIDE } else { 0 };
        let erasing = erase_user::Erasing::default();
        let at_once = Shape { most: GROUP, linger: Duration::ZERO, side_by_side };
        let lingering = Shape { linger: LINGER, side_by_side: 0, ..at_once };
        let metrics = Metrics::new(store.now());
        metrics.channel(deliver::CHANNEL);
        let keyed = keyed::Keyed::new(&settings.digest_key);
        Self {
            filings: create_ticket::group(store.clone(), erasing.clone(), at_once),
            erasing,
            claims: deliver::claims(store.clone(), rush.clone(), at_once),
            answers: deliver::answers(store.clone(), channel.clone(), lingering),
            passwords: passwords::Passwords::default(),
            tokens: Arc::new(tokens::Tokens::new(&settings.jwt_secret)),
            actors: access::Actors::default(),
            limits: limits::Limits::new(store.clone(), keyed.clone(), settings.rate_limit),
            keyed,
            running: once::Running::default(),
            rush,
            locale: settings.default_locale.clone(),
            open_registration: settings.open_registration,
            sends: Sends::new(),
            metrics,
            stock: take_stock::Stock::default(),
            quota: settings.rate_limit.then(quota::Quota::default),
            store,
            channel,
        }
    }

    /// Messages that are being sent, or whose answers are not written down yet.
    pub fn sends_under_way(&self) -> usize {
        self.sends.in_use()
    }

    /// What is counted here and at the door.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The database, for those who only ask whether it lives.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// This instant, with chance for its waits.
fn moment(now: chrono::DateTime<chrono::Utc>) -> Moment {
    Moment { now, chance: rand::random() }
}
