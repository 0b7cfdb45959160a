//! The life of one notification: what we intend, what each attempt came to, and how evidence is
//! merged, so that any order and repetition of the same evidence gives the same row.
mod again;

use chrono::{DateTime, TimeDelta, Utc};

use super::attempt::{Answer, Attempt, Outcome, Report};
use super::notification::{Receipt, SkipReason, Status};

/// Attempts that a message gets before it has failed for good.
pub const MAX_ATTEMPTS: u32 = 5;
/// How often a message whose answer was lost may be sent once more.
pub const MAX_RESENDS: u32 = 1;
/// No message waits longer than this because a provider asked for it.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// What we mean to do next. Intents are fenced by the row's lock; evidence never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// To be sent, not before this instant.
    Waiting(DateTime<Utc>),
    /// An attempt is under way.
    Sending,
    /// Nothing more to do.
    Resting,
    /// Not to be sent.
    Skipped(SkipReason),
}

/// The instant of a change, and chance for its waits.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now.
    pub now: DateTime<Utc>,
    /// 0 to 1, spreads waits by a fifth to either side.
    pub chance: f64,
}

/// A notification as far as its sending goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What we mean to do next.
    pub intent: Intent,
    /// Every attempt, the first one first; attempt `n` stands at `n - 1`.
    pub attempts: Vec<Attempt>,
    /// Attempts that no longer count, since an admin asked to try anew.
    pub forgiven: u32,
    /// How often it was sent once more after a lost answer.
    pub resends: u32,
    /// Why nothing more is sent, whatever comes: what it would say has been taken out.
    pub withdrawn: Option<SkipReason>,
    /// Whether there is a template that tells the same.
    pub has_template: bool,
}

/// There is no such attempt: the database has lost a commit, or the report is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no attempt {0}")]
pub struct NoSuchAttempt(pub u32);

/// The notification stands where it cannot be sent anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// It is under way or has arrived.
    #[error("only a failed or skipped notification can be sent anew")]
    Settled,
    /// It may have arrived already.
    #[error("it may have arrived: say `accept_duplicate` to send it anew")]
    MayHaveArrived,
    /// It is a code: whoever needs one asks for another.
    #[error("a code is never sent anew: its owner asks for another")]
    Code,
    /// Its words, or what is known of its attempts, were deleted.
    #[error(
        "nothing is left of it that could be sent anew: its ticket or its person was deleted, \
             or its attempts are older than 180 days"
    )]
    Gone,
}

impl Delivery {
    /// A message that is to be sent at once.
    pub fn new(now: DateTime<Utc>) -> Self {
        let intent = Intent::Waiting(now);
        Self {
            intent,
            attempts: vec![],
            forgiven: 0,
            resends: 0,
            withdrawn: None,
            has_template: false,
        }
    }

    /// Begins the next attempt; the caller holds the row and has seen that it waits.
    pub fn start(&mut self, now: DateTime<Utc>) -> u32 {
        let number = self.count() + 1;
        self.attempts.push(Attempt::started(number, now));
        self.intent = Intent::Sending;
        number
    }

    /// Notes in which form an attempt went: by a template in a language, or as free text.
    pub fn goes_as(&mut self, number: u32, template: Option<(String, String)>) {
        if let Ok(attempt) = self.attempt(number) {
            (attempt.template, attempt.locale) = template.unzip();
        }
    }

    /// Merges the answer to an attempt, however late it comes.
    ///
    /// # Errors
    /// [`NoSuchAttempt`] where that attempt never began.
    pub fn answer(
        &mut self,
        number: u32,
        answer: &Answer,
        at: Moment,
    ) -> Result<(), NoSuchAttempt> {
        let before = self.is_to_change_form();
        self.attempt(number)?.answered(answer, at.now);
        let newest = number == self.count();
        if newest && self.intent == Intent::Sending {
            self.intent = Intent::Resting;
        }
        self.settle(at, answer.retry_after.filter(|_| newest), before);
        Ok(())
    }

    /// Merges a status report, however often and in whatever order it comes.
    ///
    /// # Errors
    /// [`NoSuchAttempt`] where that attempt never began.
    pub fn report(
        &mut self,
        number: u32,
        report: &Report,
        reported_at: DateTime<Utc>,
        at: Moment,
    ) -> Result<(), NoSuchAttempt> {
        let before = self.is_to_change_form();
        self.attempt(number)?.reported(report, reported_at, at.now);
        if number == self.count() && self.intent == Intent::Sending {
            // Whatever the report says, the answer that is still out can add nothing but an id.
            self.intent = Intent::Resting;
        }
        self.settle(at, None, before);
        Ok(())
    }

    /// The time for an answer is over: whoever waited for it is gone.
    pub fn lose_answer(&mut self, at: Moment) {
        if self.intent == Intent::Sending {
            if let Some(attempt) = self.attempts.last_mut() {
                let reason = "the program stopped before the answer was recorded".to_owned();
                if attempt.outcome == Outcome::Started {
                    attempt.outcome = Outcome::Unknown { reason };
                }
            }
            self.intent = Intent::Resting;
            self.settle(at, None, false);
        }
    }

    /// Sends once more what nothing has been heard of; `false` where that is not to be done.
    pub fn send_once_more(&mut self, at: Moment) -> bool {
        let may = self.status() == Status::Unconfirmed
            && self.resends < MAX_RESENDS
            && self.withdrawn.is_none();
        if may {
            self.resends += 1;
            self.intent = Intent::Waiting(at.now);
        }
        may
    }

    /// An admin asks to try anew, with a fresh count of attempts.
    ///
    /// # Errors
    /// [`NotNow`] says why that cannot be.
    pub fn retry(&mut self, accept_duplicate: bool, at: Moment) -> Result<(), NotNow> {
        if self.withdrawn.is_some() {
            return Err(NotNow::Gone);
        }
        match self.status() {
            Status::Failed | Status::Skipped => {}
            Status::Unconfirmed if accept_duplicate => {}
            Status::Unconfirmed => return Err(NotNow::MayHaveArrived),
            Status::Queued | Status::Sending | Status::Sent => return Err(NotNow::Settled),
        }
        self.forgiven = self.count();
        self.intent = Intent::Waiting(at.now);
        Ok(())
    }

    /// Somebody else carries it on: what failed so far no longer counts. `false` where nothing is to
    /// be carried.
    pub fn follow_on(&mut self, at: Moment) -> bool {
        let may = self.status() == Status::Failed && self.withdrawn.is_none();
        if may {
            self.forgiven = self.count();
            self.intent = Intent::Waiting(at.now);
        }
        may
    }

    /// Whether an attempt is under way or to come: what is younger waits for that.
    pub fn is_open(&self) -> bool {
        matches!(self.status(), Status::Queued | Status::Sending)
    }

    /// What became of it: derived from the evidence, never assigned.
    pub fn status(&self) -> Status {
        if self.attempts.iter().any(Attempt::is_alive) {
            return Status::Sent;
        }
        match self.intent {
            Intent::Waiting(_) => Status::Queued,
            Intent::Sending => Status::Sending,
            Intent::Skipped(_) => Status::Skipped,
            Intent::Resting if self.attempts.iter().any(Attempt::is_unknown) => Status::Unconfirmed,
            Intent::Resting => Status::Failed,
        }
    }

    /// The best that any attempt's phone confirmed.
    pub fn receipt(&self) -> Option<Receipt> {
        self.attempts.iter().filter_map(Attempt::receipt).max()
    }

    /// The attempt that the log speaks of: the one that lives, else the newest.
    pub fn telling(&self) -> Option<&Attempt> {
        let best = self.attempts.iter().filter(|attempt| attempt.is_alive());
        best.max_by_key(|attempt| attempt.receipt()).or(self.attempts.last())
    }

    /// Two attempts live: the person may have two messages.
    pub fn is_doubled(&self) -> bool {
        self.attempts.iter().filter(|attempt| attempt.is_alive()).count() > 1
    }

    fn count(&self) -> u32 {
        u32::try_from(self.attempts.len()).expect("nobody tries four billion times")
    }

    fn attempt(&mut self, number: u32) -> Result<&mut Attempt, NoSuchAttempt> {
        let index = (number as usize).checked_sub(1).ok_or(NoSuchAttempt(number))?;
        self.attempts.get_mut(index).ok_or(NoSuchAttempt(number))
    }

    /// Draws the conclusion from what is known: a living attempt ends all waiting, a failed newest
    /// one is tried again while attempts last. Where the newest failure now asks for the template
    /// and did not before, or the other way round, the wait is reckoned anew, so that the order in
    /// which we heard of two failures makes no difference.
    fn settle(&mut self, at: Moment, retry_after: Option<TimeDelta>, changed_form: bool) {
        if self.attempts.iter().any(Attempt::is_alive) {
            if matches!(self.intent, Intent::Waiting(_)) {
                self.intent = Intent::Resting;
            }
            return;
        }
        let Some(failure) = self.attempts.last().and_then(Attempt::failure) else { return };
        let may = self.may_try_again(failure);
        let changes_form = self.is_to_change_form();
        let until = match changes_form {
            true => at.now,
            false => {
                let wait = self.wait(at.chance).max(retry_after.unwrap_or_default());
                at.now + wait.min(LONGEST_WAIT)
            }
        };
        match (self.intent, self.withdrawn) {
            (Intent::Resting, Some(reason)) if may => self.intent = Intent::Skipped(reason),
            (Intent::Resting, None) if may => self.intent = Intent::Waiting(until),
            (Intent::Waiting(_), None)
                if may && changes_form != changed_form && self.forgiven < self.count() =>
            {
                self.intent = Intent::Waiting(until);
            }
            // Word came that trying again is of no use, and no admin has asked for it.
            (Intent::Waiting(_), _) if !may && self.forgiven < self.count() => {
                self.intent = Intent::Resting;
            }
            (Intent::Skipped(reason), Some(withdrawn))
                if reason == withdrawn && !may && self.forgiven < self.count() =>
            {
                self.intent = Intent::Resting;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
