//! What one can do at the desk: one file, one verb.
mod access;
mod alert;
mod announce;
mod ask_after;
mod awaited;
mod carry_code;
mod change_password;
mod change_ticket;
pub mod channels;
mod code_ask;
pub mod code_error;
mod code_limits;
mod code_route;
pub mod codes;
mod comment;
mod confirm_number;
mod create_ticket;
mod create_user;
mod delete_ticket;
mod deliver;
mod deliver_together;
mod dry_run;
mod edit_ticket;
mod erase_user;
pub mod error;
mod examine;
mod external_code;
mod file_together;
mod find;
pub mod findings;
mod follow;
mod follow_on;
mod form;
mod hear;
mod hint;
mod hold_templates;
mod keyed;
mod limits;
mod line;
mod log_in;
mod look_after_templates;
mod mail_opt_out;
mod merge_reports;
mod not_requested;
mod notice;
mod number_changed;
pub mod once;
mod open_window;
mod own_sessions;
mod passwords;
mod pause;
mod preferences;
mod process_webhook;
mod push_templates;
mod quota;
mod receive_webhook;
mod register_by_code;
mod reign;
pub mod report;
mod reset_password;
mod retry;
mod reverse_code;
mod rush;
mod seal;
mod sessions;
mod silence;
mod standing;
mod sweep;
mod take_stock;
mod templates;
mod tend_lines;
mod tokens;
mod turns;
mod unread;
mod unsent;
mod users;
mod ways;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::domain::delivery::Moment;
use crate::domain::notification::{Lane, NotificationId};
use crate::domain::pace;
use crate::domain::rates::Rates;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::deliveries::Claimed;
use crate::store::error::StoreError;
use crate::store::group::{Group, Shape};
use crate::store::returned::Returned;
pub use change_password::NewPassword;
pub use change_ticket::{Change, With};
use channels::Channels;
pub use confirm_number::{Claimant, NumberAsked};
pub use create_ticket::Filing;
pub use dry_run::WouldNotify;
pub use external_code::{GivenCode, GivenSent, MOCK_CODE};
pub use find::Shown;
pub use look_after_templates::{Looks, TemplatesError, wanted};
pub use preferences::Chosen;
pub use push_templates::{Pushed, left};
pub use receive_webhook::Received;
pub use register_by_code::{Registered, Registering};
pub use reset_password::ResetBegun;
pub use retry::RetryMany;
pub use reverse_code::ReverseCode;
pub use sessions::LoggedIn;
pub use silence::SilentWebhook;
pub use templates::Templates;
pub use unread::Unread;
pub use users::Opening;

/// Messages that are under way at the same time; at 300 ms each that is Meta's highest rate.
const SENDS_AT_ONCE: usize = 320;
/// The same for each of the lanes that go first: a backlog that hangs takes none of these.
const URGENT_AT_ONCE: usize = 64;
/// Parts of one group commit at most.
const GROUP: usize = 64;
/// Groups of few need not wait for each other, unless there is only one writer.
const SIDE_BY_SIDE: usize = 4;
/// Groups of filings at once, unless there is only one writer: measured best on two cores.
const SEVERAL: usize = 3;
/// Nobody waits for an answer to be written down; together they cost one commit.
const LINGER: Duration = Duration::from_millis(25);

/// Everything a verb needs. Cheap to clone; both mouths (`http`, `worker`) hold one.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    channels: Channels,
    passwords: passwords::Passwords,
    tokens: Arc<tokens::Tokens>,
    actors: access::Actors,
    keyed: keyed::Keyed,
    limits: limits::Limits,
    running: once::Running,
    rush: rush::Rush,
    locale: String,
    open_registration: bool,
    public_url: Option<String>,
    erasing: erase_user::Erasing,
    filings: file_together::Filings,
    claims: Group<NotificationId, Result<Option<Claimed>, StoreError>>,
    answers: Group<deliver::Answered, Result<(), StoreError>>,
    arrivals: Group<receive_webhook::Arrived, Result<bool, StoreError>>,
    inbox: process_webhook::Inbox,
    noticed: silence::Noticed,
    asked: ask_after::Asked,
    sends: Sends,
    lines: line::Lines,
    returns: Group<Returned, Result<(), StoreError>>,
    holder: Arc<str>,
    metrics: Metrics,
    stock: take_stock::Stock,
    quota: Option<quota::Quota>,
    codes: codes::Codes,
    rates: Option<Arc<Rates>>,
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
        &self.0[lane.place()]
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
    /// Where people and providers reach us.
    pub public_url: Option<String>,
    /// Whether it matters how often anybody asks and tries.
    pub rate_limit: bool,
    /// What is decided about one-time codes.
    pub codes: codes::CodeSettings,
    /// How fast messages may leave.
    pub line: pace::Limits,
    /// What a message costs.
    pub rates: Option<Rates>,
}

impl Desk {
    /// Opens the desk.
    pub fn open(store: Store, channels: Channels, settings: &Settings) -> Self {
        let rush = rush::Rush::default();
        let providers = channels.all().map(|channel| channel.provider());
        let lines = line::Lines::new(settings.line, providers);
        let side_by_side = if store.is_shared() { SIDE_BY_SIDE } else { 0 };
        let erasing = erase_user::Erasing::default();
        let at_once = Shape { most: GROUP, linger: Duration::ZERO, side_by_side, groups: 1 };
        let groups = if store.is_shared() { SEVERAL } else { 1 };
        let lingering = Shape { linger: LINGER, side_by_side: 0, ..at_once };
        let metrics = Metrics::new(store.now());
        channels.announce_to(&metrics);
        let keyed = keyed::Keyed::new(&settings.digest_key);
        let codes = codes::Codes::new(settings, &keyed);
        Self {
            filings: file_together::Filings::new(
                store.clone(),
                channels.clone(),
                erasing.clone(),
                Shape { groups, ..at_once },
            ),
            erasing,
            claims: deliver::claims(store.clone(), rush.clone(), lines.clone(), at_once),
            answers: deliver::answers(store.clone(), channels.clone(), lingering),
            codes,
            arrivals: receive_webhook::arrivals(store.clone(), at_once),
            inbox: process_webhook::Inbox::default(),
            noticed: silence::Noticed::default(),
            asked: ask_after::Asked::default(),
            passwords: passwords::Passwords::default(),
            tokens: Arc::new(tokens::Tokens::new(&settings.jwt_secret)),
            actors: access::Actors::default(),
            limits: limits::Limits::new(store.clone(), keyed.clone(), settings.rate_limit),
            keyed,
            running: once::Running::default(),
            rush,
            locale: settings.default_locale.clone(),
            open_registration: settings.open_registration,
            public_url: settings.public_url.clone(),
            sends: Sends::new(),
            lines,
            returns: reign::returns(store.clone(), lingering),
            holder: ulid::Ulid::generate().to_string().into(),
            metrics,
            stock: take_stock::Stock::default(),
            quota: settings.rate_limit.then(quota::Quota::default),
            rates: settings.rates.clone().map(Arc::new),
            store,
            channels,
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
