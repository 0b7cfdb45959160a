//! What a person can do about a notification that did not simply arrive.
use chrono::TimeDelta;

use super::Desk;
use crate::domain::notification::{SkipReason, Status};
use crate::store::notifications::Logged;

/// A message that the provider took and that no phone confirmed in this time wants a look.
const RECEIPT_DUE: TimeDelta = TimeDelta::minutes(15);

impl Desk {
    /// Whether a receipt should have come by now.
    pub fn receipt_overdue(&self, logged: &Logged) -> bool {
        let due = |sent_at| sent_at + RECEIPT_DUE < self.store().now();
        logged.status == Status::Sent && logged.receipt.is_none() && logged.sent_at.is_some_and(due)
    }

    /// One sentence: what to do, and who can do it.
    pub fn hint(&self, logged: &Logged) -> Option<String> {
        match (logged.status, logged.skip_reason, logged.error_code) {
            (Status::Skipped, Some(reason), _) => Some(skipped(reason).to_owned()),
            (Status::Unconfirmed, _, _) => Some(UNCONFIRMED.to_owned()),
            (Status::Sent, _, _) if self.receipt_overdue(logged) => Some(OVERDUE.to_owned()),
            (Status::Failed | Status::Queued, _, Some(code)) => Some(self.channel.hint(code)),
            (Status::Failed | Status::Queued, _, None) if logged.error_message.is_some() => {
                Some(UNREACHED.to_owned())
            }
            _ => None,
        }
    }
}

const UNCONFIRMED: &str = "The answer to the send was lost: a status webhook settles it; an admin can \
    send it anew with `accept_duplicate` if a second message does no harm.";
const OVERDUE: &str = "No receipt came in 15 minutes: the phone may be off; if no message gets a \
    receipt, check that the app's webhook is subscribed to `messages`.";
const UNREACHED: &str = "WhatsApp could not be reached: whoever runs Deskbell checks the network and \
    WHATSAPP_API_URL; it is tried again by itself while attempts last.";

fn skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoNumber => "The person has no WhatsApp number: add one to their account.",
        SkipReason::NumberUnverified => {
            "The number was never confirmed: its owner confirms it by a code, or an admin does."
        }
        SkipReason::NoConsent => {
            "The person has not agreed to messages: they confirm their number or write to us first."
        }
        SkipReason::OptedOut => {
            "The person said STOP: only they can undo it, by writing START to the business number."
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
