//! Which notifications somebody asks the log for.
use super::event::Event;
use super::filter::{AnyOf, Period};
use super::notification::{Receipt, Status};
use super::ticket::TicketId;
use super::user::UserId;

/// What the log is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct NotificationFilter {
    /// Standing there.
    pub status: AnyOf<Status>,
    /// With this receipt.
    pub receipt: AnyOf<Receipt>,
    /// Over this channel.
    pub channel: AnyOf<String>,
    /// About this.
    pub event: AnyOf<Event>,
    /// About this ticket.
    pub ticket_id: AnyOf<TicketId>,
    /// To this person.
    pub recipient_id: AnyOf<UserId>,
    /// Made then.
    pub created: Period,
}
