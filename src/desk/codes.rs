//! One-time codes: made when they are asked for, made again when they are sent and when somebody
//! enters one; in between they stand nowhere.
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::awaited::Awaited;
use super::code_ask::Ask;
use super::code_error::CodeError;
use super::code_limits::CodeLimits;
use super::error::DeskError;
use super::keyed::Keyed;
use super::seal::Seal;
use super::templates::form;
use super::users::still_theirs;
use super::{Desk, Settings};
use crate::domain::country::Country;
use crate::domain::event::Event;
use crate::domain::medium::Medium;
use crate::domain::notification::{Lane, NotificationId, Status};
use crate::domain::one_time_code::{
    Code, HIDDEN, LIFETIME, MOST_TRIES, Next, Purpose, Standing, minutes_left, next,
};
use crate::domain::phone::PhoneNumber;
use crate::messages::code::{account_exists, code_message};
use crate::ports::channel::Route;
use crate::store::Tx;
use crate::store::codes::Pending;
use crate::store::jobs::Job;
use crate::store::letters::NewLetter;

/// What whoever runs this decides about codes.
#[derive(Clone, Debug, Default)]
pub struct CodeSettings {
    /// As what we speak of ourselves.
    pub product_name: String,
    /// To which countries codes go; to all where none is named.
    pub countries: Vec<Country>,
    /// How many are sent in a day.
    pub daily_budget: i64,
    /// Media that are simulated on somebody's desk: whoever asks is shown the code.
    pub shown: Vec<Medium>,
    /// Whether codes of callers go nowhere.
    pub mock: bool,
    /// Our own number, to which people write.
    pub business_number: Option<PhoneNumber>,
}

/// Everything about codes.
#[derive(Clone)]
pub(super) struct Codes {
    pub(super) settings: Arc<CodeSettings>,
    pub(super) limits: CodeLimits,
    pub(super) awaited: Awaited,
    keyed: Keyed,
    seal: Seal,
}

/// A code that is on its way.
pub(super) struct Asked {
    /// The message that carries it.
    pub(super) letter: NotificationId,
    /// The code, for whoever may be shown it.
    pub(super) code: Code,
    /// By which medium.
    pub(super) medium: Medium,
}

/// What became of a code that was asked for.
#[derive(Clone, Debug)]
pub struct CodeSent {
    /// By which medium.
    pub medium: Medium,
    /// It waits: nobody knows yet what becomes of it.
    pub queued: bool,
    /// The code, where everything is simulated.
    pub debug_otp: Option<String>,
}

impl Codes {
    pub(super) fn new(settings: &Settings, keyed: &Keyed) -> Self {
        let budget = settings.codes.daily_budget;
        Self {
            settings: Arc::new(settings.codes.clone()),
            limits: CodeLimits::new(keyed.clone(), budget, settings.rate_limit),
            awaited: Awaited::default(),
            keyed: keyed.clone(),
            seal: Seal::new(keyed.clone()),
        }
    }

    /// The code that this chance makes, for this purpose and this destination only.
    pub(super) fn made(&self, nonce: &str, purpose: Purpose, destination: &str) -> Code {
        let parts = [nonce.as_bytes(), purpose.as_str().as_bytes(), destination.as_bytes()];
        Code::of(self.keyed.digest("one-time code", &parts))
    }

    /// The code of a row; a code that a caller gave is there until its one attempt ends.
    pub(super) fn of(&self, pending: &Pending) -> Option<Code> {
        match pending.purpose {
            Purpose::External => {
                let place = place(&pending.nonce, &pending.destination);
                Code::given(&self.seal.open(pending.sealed.as_deref()?, &place)?)
            }
            // Where it goes is not known yet when it is made; it belongs to its flow.
            Purpose::ResetPassword => {
                Some(self.made(&pending.nonce, pending.purpose, &pending.subject))
            }
            purpose => Some(self.made(&pending.nonce, purpose, &pending.destination)),
        }
    }

    /// A code that a caller gave, under a seal.
    pub(super) fn sealed(
        &self,
        code: &Code,
        nonce: &str,
        destination: &str,
    ) -> Result<String, DeskError> {
        let sealed = self.seal.seal(code.as_str(), &place(nonce, destination));
        sealed.ok_or_else(|| DeskError::Defect("a code could not be sealed".to_owned()))
    }

    /// The message that carries a code, with something else in its place.
    pub(super) fn words(&self, shown: &str, minutes: i64) -> String {
        code_message(&self.settings.product_name, shown, minutes)
    }
}

impl Desk {
    /// Writes down a code and the message that carries it, within the limits; a code that was sent
    /// for the same is dead from then on. A registration is one of its own, and ends no other.
    pub(super) async fn ask_for_code(&self, ask: Ask) -> Result<Asked, DeskError> {
        let via = self.route(ask.medium).await?;
        let country = self.country(&ask.to, ask.field)?;
        let tx = self.store.begin().await?;
        if let Some(user) = ask.user {
            let held = tx.hold_user(user).await?;
            // A way back into an account is asked for without being in it.
            if ask.purpose != Purpose::ResetPassword {
                still_theirs(held)?;
            }
        }
        self.codes.limits.take(&tx, &ask.counted(&country)).await?;
        let mut pending = tx.pending_codes(ask.purpose, &ask.subject).await?;
        if ask.purpose == Purpose::Register {
            let tries = pending.iter().map(|it| it.standing.tries).filter(|it| *it < MOST_TRIES);
            let tries = tries.max().unwrap_or_default();
            return self.post_code(tx, ask, via, country, Place::New { tries }).await;
        }
        let before = pending.pop();
        let same = before.filter(|it| it.destination == ask.to.as_str() && it.medium == ask.medium);
        let standing = same.as_ref().map(|it| it.standing);
        match (next(standing, tx.now), same) {
            (Next::Not(until), _) => Err(sent_often(until, tx.now)),
            (Next::Again, Some(same)) => {
                self.post_code(tx, ask, via, country, Place::Of(Box::new(same))).await
            }
            _ => {
                tx.end_codes(ask.purpose, &ask.subject).await?;
                self.post_code(tx, ask, via, country, Place::New { tries: 0 }).await
            }
        }
    }

    /// Another code in the place of this one, which is pending.
    pub(super) async fn ask_again(&self, ask: Ask, pending: Pending) -> Result<Asked, DeskError> {
        let via = self.route(ask.medium).await?;
        let country = self.country(&ask.to, ask.field)?;
        let tx = self.store.begin().await?;
        self.codes.limits.take(&tx, &ask.counted(&country)).await?;
        let standing = Standing { tries: 0, ..pending.standing };
        match next(Some(standing), tx.now) {
            Next::Not(until) => Err(sent_often(until, tx.now)),
            Next::Again | Next::Anew => {
                self.post_code(tx, ask, via, country, Place::Of(Box::new(pending))).await
            }
        }
    }

    async fn post_code(
        &self,
        mut tx: Tx,
        ask: Ask,
        via: Route,
        country: String,
        place: Place,
    ) -> Result<Asked, DeskError> {
        let nonce = hex::encode(rand::random::<[u8; 16]>());
        let (id, expires_at, before) = match place {
            Place::Of(pending) => {
                tx.renew_code(pending.id, nonce.clone()).await?;
                (pending.id, pending.standing.expires_at, pending.notification)
            }
            Place::New { tries } => {
                let expires_at = tx.now + LIFETIME;
                let row = ask.row(&nonce, country, tries, expires_at);
                (tx.add_code(row).await?, expires_at, None)
            }
        };
        let code = self.codes.made(&nonce, ask.purpose, ask.to.as_str());
        let carries = NewLetter {
            event: Event::CodeRequested,
            lane: Lane::Code,
            recipient: ask.user,
            via,
            to: ask.to,
            body: self.codes.words(HIDDEN, minutes_left(expires_at, tx.now)),
            expires_at,
        };
        let letter = match ask.instead {
            None => post(&mut tx, id, carries, before).await?,
            Some(event) => {
                let product = &self.codes.settings.product_name;
                let written = account_exists(product, self.channels.templates().usual());
                let body = written.body.clone();
                let tells = NewLetter { event, lane: Lane::Critical, body, ..carries };
                let letter = tx.add_letter_as(tells, form(&written)).await?;
                tx.enqueue([Job::of(Lane::Critical, &[letter])]);
                letter
            }
        };
        tx.commit().await?;
        Ok(Asked { letter, code, medium: ask.medium })
    }

    /// What became of it, as far as one waits for that.
    ///
    /// # Errors
    /// [`CodeError::SendFailed`] where the provider refused it.
    pub(super) async fn sent(&self, asked: Asked) -> Result<CodeSent, DeskError> {
        let logged = self.outcome_of(asked.letter).await?;
        if matches!(logged.status, Status::Failed | Status::Skipped) {
            let usual = || "ask for another one, or choose another way".to_owned();
            let hint = self.hint(&logged).unwrap_or_else(usual);
            return Err(CodeError::SendFailed { hint }.into());
        }
        let shown = self.codes.settings.shown.contains(&asked.medium);
        Ok(CodeSent {
            medium: asked.medium,
            queued: logged.status != Status::Sent,
            debug_otp: shown.then(|| asked.code.as_str().to_owned()),
        })
    }
}

/// Where a code stands.
enum Place {
    /// In a row of its own; so many tries count already.
    New {
        /// How many.
        tries: i64,
    },
    /// In the row of this one.
    Of(Box<Pending>),
}

/// To what a seal is bound.
fn place(nonce: &str, destination: &str) -> String {
    format!("{nonce} {destination}")
}

fn sent_often(until: DateTime<Utc>, now: DateTime<Utc>) -> DeskError {
    let seconds = u64::try_from((until - now).num_seconds() + 1).unwrap_or(1);
    CodeError::UsedUp { what: "this code was sent three times", seconds }.into()
}

/// Writes down the message that carries a code, and rings for it.
pub(super) async fn post(
    tx: &mut Tx,
    id: i64,
    letter: NewLetter,
    before: Option<NotificationId>,
) -> Result<NotificationId, DeskError> {
    let lane = letter.lane;
    let letter = tx.add_letter(letter).await?;
    tx.code_goes_by(id, letter, before).await?;
    tx.enqueue([Job::of(lane, &[letter])]);
    Ok(letter)
}
