//! What a person can do about a notification that did not simply arrive.
use super::Desk;
use super::follow::RECEIPT_DUE;
use crate::domain::notification::{SkipReason, Status};
use crate::store::notifications::Logged;
use crate::store::{holds, waiting};

impl Desk {
    /// Whether a receipt should have come by now.
    pub fn receipt_overdue(&self, logged: &Logged) -> bool {
        let due = |sent_at| sent_at + RECEIPT_DUE < self.store().now();
        let silent = logged.status == Status::Sent && logged.receipt.is_none();
        self.is_told_about(logged) && silent && logged.sent_at.is_some_and(due)
    }

    /// Mail servers tell nothing of what they took.
    fn is_told_about(&self, logged: &Logged) -> bool {
        self.channels.of(&logged.provider).is_none_or(|it| it.webhooks().is_some())
    }

    /// One sentence: what to do, and who can do it.
    pub fn hint(&self, logged: &Logged) -> Option<String> {
        match (logged.status, logged.skip_reason, logged.error_code) {
            (Status::Skipped, Some(reason), _) => Some(skipped(reason).to_owned()),
            (Status::Unconfirmed, _, _) => Some(match self.is_told_about(logged) {
                true => UNCONFIRMED.to_owned(),
                false => UNCONFIRMED_FOR_EVER.to_owned(),
            }),
            (Status::Sent, _, _) if self.receipt_overdue(logged) => Some(OVERDUE.to_owned()),
            (Status::Queued, _, _) if held(logged).is_some() => held(logged).map(str::to_owned),
            (Status::Failed | Status::Queued, _, Some(code)) => {
                Some(self.channels.hint(&logged.provider, code))
            }
            (Status::Failed | Status::Queued, _, None) if logged.error_message.is_some() => {
                self.channels.of(&logged.provider).map(|channel| channel.unreached().to_owned())
            }
            _ => None,
        }
    }
}

const UNCONFIRMED: &str = "The answer to the send was lost: a status webhook settles it; an admin can \
    send it anew with `accept_duplicate` if a second message does no harm.";
const UNCONFIRMED_FOR_EVER: &str = "The answer to the send was lost, and no provider tells of mails \
    later: look into the folder of sent mails; an admin can send it anew with `accept_duplicate` if a \
    second message does no harm.";
const OVERDUE: &str = "No receipt came in 15 minutes: the phone may be off; if no message gets a \
    receipt, check that the app's webhook is subscribed to `messages`.";

/// Why a message waits that nothing is wrong with.
fn held(logged: &Logged) -> Option<&'static str> {
    match logged.held_by.as_deref()? {
        holds::CHANNEL if logged.error_code.is_none() => Some(PAUSED),
        holds::PAIR => Some(PACED),
        holds::LIMIT => Some(AT_THE_LIMIT),
        holds::TEMPLATE if logged.error_code.is_none() => Some(NO_TEMPLATE),
        waiting::QUIET => Some(QUIET),
        _ => None,
    }
}

const PAUSED: &str = "The channel is paused and nothing is lost: it goes on by itself once the cause \
    is mended; `GET /api/channels` tells an admin what it is and what to do.";
const PACED: &str = "The person was sent many messages in a short time: WhatsApp takes one in 6 \
    seconds now, so this one waits a little; nobody has to do anything.";
const QUIET: &str = "It waits for the end of the person's quiet hours, at `next_attempt_at`; what is \
    about CRITICAL tickets goes at once. They or an admin can change these hours.";

const NO_TEMPLATE: &str = "Meta does not take its template now: it goes by itself once the template is \
    approved or the person writes; `deskbell templates status` says what is wrong with it.";
const AT_THE_LIMIT: &str = "As many new people were written to within a day as Meta allows: this one \
    goes as the hours move on, or once the person writes; whoever administers the business verifies it to \
    raise the limit.";

fn skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoNumber => "The person has no WhatsApp number: add one to their account.",
        SkipReason::NumberUnverified => {
            "The number was never confirmed, or its client was silent for 90 days or left it since: its \
             owner confirms it by a code, or an admin does."
        }
        SkipReason::NoConsent => {
            "The person has not agreed to messages: they confirm their number or write to us first."
        }
        SkipReason::OptedOut => {
            "The person said STOP, or left every channel out of their preferences: only they can undo \
             it, by writing START to the business number or by choosing a channel."
        }
        SkipReason::Undeliverable => {
            "WhatsApp had nobody at the number three times within 30 days: its owner writes to us or \
             confirms it anew, or an admin asks them for the number that they use there."
        }
        SkipReason::EmailUnverified => {
            "The person chose e-mail alone and never confirmed the address: they confirm it, or \
             choose another channel."
        }
        SkipReason::NoChannel => {
            "No provider is set up for the channels that the person chose: whoever runs Deskbell sets \
             one up, or the person chooses another channel."
        }
        SkipReason::Muted => {
            "The person does not want to hear of this event: only they or an admin can change that."
        }
        SkipReason::ReachedOtherwise => {
            "The message before it arrived after all: nothing is to be done."
        }
        SkipReason::Inactive => "The account is switched off: an admin can switch it on.",
        SkipReason::Expired => {
            "It waited longer than it is worth: an admin can send it anew once the cause is mended."
        }
        SkipReason::Superseded => {
            "A newer state of the ticket took its place while it waited: nothing is to be done; an \
             admin can send it anew all the same."
        }
        SkipReason::TicketDeleted => "An admin deleted the ticket: nobody is to be told any more.",
        SkipReason::PersonErased => "An admin erased the person: nobody is left to be told.",
    }
}
