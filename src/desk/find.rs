//! Finding tickets and notifications, each as far as the caller may see.
use super::Desk;
use super::error::DeskError;
use crate::domain::attempt::Attempt;
use crate::domain::filter::Period;
use crate::domain::log::NotificationFilter;
use crate::domain::notification::NotificationId;
use crate::domain::policy::{allowed_transitions, is_staff, may_see};
use crate::domain::ticket::{Ticket, TicketId};
use crate::domain::ticket_list::TicketPage;
use crate::domain::user::{Actor, Role};
use crate::domain::workflow::Verb;
use crate::store::history::Entry;
use crate::store::notifications::Logged;
use crate::store::summary::Share;

/// A ticket as one caller sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The ticket.
    pub ticket: Ticket,
    /// What the caller can do to it now.
    pub allowed_transitions: Vec<Verb>,
}

impl Shown {
    /// As `by` sees it.
    pub fn to(by: Actor, ticket: Ticket) -> Self {
        Self { allowed_transitions: allowed_transitions(by, &ticket), ticket }
    }
}

impl Desk {
    /// One ticket.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where it is not there or not theirs to see.
    pub async fn ticket(&self, id: TicketId, by: Actor) -> Result<Shown, DeskError> {
        let found = self.store.ticket(id).await?.filter(|ticket| may_see(by, ticket));
        Ok(Shown::to(by, found.ok_or(DeskError::NotFound("ticket"))?))
    }

    /// A page of the caller's own view of the tickets. A client finds nothing by what staff said
    /// among themselves.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn tickets(&self, mut page: TicketPage, by: Actor) -> Result<Vec<Shown>, DeskError> {
        let theirs = match by.role {
            Role::Admin => true,
            Role::Client => page.filter.client_id.only(by.id),
            Role::Developer => page.filter.developer_id.only(by.id),
        };
        if !theirs {
            return Ok(vec![]);
        }
        let found = self.store.tickets(&page, by.role != Role::Client).await?;
        Ok(found.into_iter().map(|ticket| Shown::to(by, ticket)).collect())
    }

    /// The history of a ticket as far as the caller may read it, the newest first, older than
    /// `before`.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where the ticket is not theirs to see.
    pub async fn history(
        &self,
        id: TicketId,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<Entry>, DeskError> {
        self.ticket(id, by).await?;
        Ok(self.store.history(id, is_staff(by.role), before, most).await?)
    }

    /// Whether the caller may look into the log at all, before anybody looks at what they ask for.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub fn may_read_log(&self, by: Actor) -> Result<(), DeskError> {
        only_admins(by)
    }

    /// What the notifications of a stretch of time came to.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub async fn summary(&self, of: Period, by: Actor) -> Result<Vec<Share>, DeskError> {
        only_admins(by)?;
        Ok(self.store.summary(of).await?)
    }

    /// The notification log, the newest first, older than `before`.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub async fn notifications(
        &self,
        filter: &NotificationFilter,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<Logged>, DeskError> {
        only_admins(by)?;
        Ok(self.store.notifications(filter, before, most).await?)
    }

    /// What people were told about one ticket.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where there is no such ticket for the caller, [`DeskError::Forbidden`]
    /// for all but admins.
    pub async fn notifications_of(
        &self,
        id: TicketId,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<Logged>, DeskError> {
        self.ticket(id, by).await?;
        let filter = NotificationFilter { ticket_id: id.into(), ..Default::default() };
        self.notifications(&filter, before, most, by).await
    }

    /// One notification, with its attempts.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`] where there is none.
    pub async fn notification(
        &self,
        id: NotificationId,
        by: Actor,
    ) -> Result<(Logged, Vec<Attempt>), DeskError> {
        only_admins(by)?;
        self.store.notification(id).await?.ok_or(DeskError::NotFound("notification"))
    }
}

pub(super) fn only_admins(by: Actor) -> Result<(), DeskError> {
    if by.role == Role::Admin { Ok(()) } else { Err(DeskError::Forbidden) }
}
