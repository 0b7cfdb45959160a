//! What one can do at the desk: one file, one verb.
mod access;
mod announce;
mod change_ticket;
mod create_ticket;
mod create_user;
mod deliver;
pub mod error;
mod find;
mod hint;
mod log_in;
pub mod once;
mod passwords;
mod process_webhook;
mod receive_webhook;
mod retry;
mod rush;
mod sweep;
mod tokens;

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::domain::delivery::Moment;
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::ticket::Ticket;
use crate::ports::channel::Channel;
use crate::store::Store;
use crate::store::deliveries::Claimed;
use crate::store::error::StoreError;
use crate::store::group::Group;
pub use change_ticket::{Change, With};
pub use create_ticket::Filing;
pub use find::Shown;
pub use log_in::LoggedIn;
pub use receive_webhook::Received;
pub use retry::RetryMany;

/// Messages that are under way at the same time; at 300 ms each that is Meta's highest rate.
const SENDS_AT_ONCE: usize = 320;
/// The same for each of the lanes that go first: a backlog that hangs takes none of these.
const URGENT_AT_ONCE: usize = 64;
/// Parts of one group commit at most.
const GROUP: usize = 64;

/// Everything a verb needs. Cheap to clone; both mouths (`http`, `worker`) hold one.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    channel: Arc<dyn Channel>,
    passwords: passwords::Passwords,
    tokens: Arc<tokens::Tokens>,
    actors: access::Actors,
    running: once::Running,
    rush: rush::Rush,
    locale: String,
    open_registration: bool,
    filings: Group<create_ticket::Part, Result<Ticket, StoreError>>,
    claims: Group<NotificationId, Result<Option<Claimed>, StoreError>>,
    answers: Group<deliver::Answered, Result<(), StoreError>>,
    sends: Sends,
}

/// Slots for messages under way, of each lane its own.
#[derive(Clone)]
struct Sends(Arc<[Semaphore; 3]>);

impl Sends {
    fn new() -> Self {
        let slots = [URGENT_AT_ONCE, URGENT_AT_ONCE, SENDS_AT_ONCE];
        Self(Arc::new(slots.map(Semaphore::new)))
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
    /// The language of people who chose none.
    pub default_locale: String,
    /// Whether anybody may open an account.
    pub open_registration: bool,
}

impl Desk {
    /// Opens the desk.
    pub fn open(store: Store, channel: Arc<dyn Channel>, settings: &Settings) -> Self {
        let rush = rush::Rush::default();
        Self {
            filings: create_ticket::group(store.clone(), GROUP),
            claims: deliver::claims(store.clone(), rush.clone(), GROUP),
            answers: deliver::answers(store.clone(), channel.clone(), GROUP),
            passwords: passwords::Passwords::default(),
            tokens: Arc::new(tokens::Tokens::new(&settings.jwt_secret)),
            actors: access::Actors::default(),
            running: once::Running::default(),
            rush,
            locale: settings.default_locale.clone(),
            open_registration: settings.open_registration,
            sends: Sends::new(),
            store,
            channel,
        }
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
