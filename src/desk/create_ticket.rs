//! Filing a ticket: who may file what, and what they typed, read before it is written with what others
//! file at the same time.
use chrono::{DateTime, Utc};

use super::Desk;
use super::announce::News;
use super::error::DeskError;
use super::once::{Done, Once};
use super::unread::{Unread, asked};
use crate::domain::comment::Visibility;
use crate::domain::event::Event;
use crate::domain::search::words_of;
use crate::domain::text::{FieldError, Flaws};
use crate::domain::ticket::{Draft, NewTicket, Person, Ticket, TicketId};
use crate::domain::user::{Actor, Role, UserId};
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::users::People;

/// A ticket as somebody files it.
#[derive(Clone, Debug, Default)]
pub struct Filing {
    /// What they typed.
    pub draft: Draft,
    /// For whom an admin files it.
    pub client_id: Option<i64>,
}

/// A filing that was read: one ticket of a group.
pub(super) struct Part {
    new: NewTicket,
    /// Those by which it is found: read before it waits for the others of its group.
    pub(super) words: String,
    /// Whose it is.
    pub(super) client: UserId,
    /// Who files it.
    pub(super) by: UserId,
    /// The request, where it may be repeated.
    pub(super) once: Option<Once<Ticket>>,
}

impl Desk {
    /// Files a ticket and tells the admins. A filing that could not be read is refused for that
    /// only where the caller may file at all.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for developers, and for a client who files for another;
    /// [`DeskError::Invalid`] with every flaw.
    pub async fn create_ticket(
        &self,
        filing: Result<Filing, Unread<Filing>>,
        by: Actor,
        once: Option<Once<Ticket>>,
    ) -> Result<Done<Ticket>, DeskError> {
        may_file(&filing, by)?;
        self.once(once.as_ref(), async || {
            let part = self.read_filing(filing, by, once.clone()).await?;
            let _turn = self.may_file_one_more(by).await?;
            let _writing = self.rush.enter();
            self.filings.file(part).await
        })
        .await
    }

    /// Every refusal, in the contract's order; nothing is written yet.
    pub(super) async fn read_filing(
        &self,
        filing: Result<Filing, Unread<Filing>>,
        by: Actor,
        once: Option<Once<Ticket>>,
    ) -> Result<Part, DeskError> {
        may_file(&filing, by)?;
        let filing = filing.map_err(|unread| DeskError::Invalid(unread.flaws))?;
        let mut flaws = Flaws::default();
        let new = filing.draft.read(&mut flaws);
        let client = UserId(filing.client_id.unwrap_or(by.id.0));
        if filing.client_id.is_some() && by.role == Role::Admin {
            let found = self.store.user(client).await?;
            if !found.is_some_and(|user| user.is_active && user.role == Role::Client) {
                flaws.keep::<()>(Err(FieldError::new(
                    "client_id",
                    "not_a_client",
                    "`client_id` must be an active client",
                )));
            }
        }
        flaws.check().map_err(DeskError::Invalid)?;
        let new = new.ok_or_else(|| DeskError::Defect("a draft was not read".to_owned()))?;
        let words = words_of([&*new.title, &*new.description]);
        Ok(Part { new, words, client, by: by.id, once })
    }
}

fn may_file(filing: &Result<Filing, Unread<Filing>>, by: Actor) -> Result<(), DeskError> {
    let client_id = asked(filing).client_id;
    let may = match by.role {
        Role::Admin => true,
        Role::Client => client_id.is_none_or(|id| id == by.id.0),
        Role::Developer => false,
    };
    if may { Ok(()) } else { Err(DeskError::Forbidden) }
}

impl Part {
    /// Everybody whom it may concern.
    pub(super) async fn people(&self, tx: &Tx) -> Result<People, StoreError> {
        tx.people_around(&[self.client]).await
    }

    /// The ticket as it stands once it is filed.
    pub(super) fn ticket(&self, id: TicketId, people: &People, now: DateTime<Utc>) -> Ticket {
        Ticket::filed(id, self.new.clone(), client(self, people), now)
    }
}

fn client(part: &Part, people: &People) -> Person {
    let name = people.get(part.client).map(|user| user.full_name.clone());
    Person { id: part.client, full_name: name.unwrap_or_default() }
}

/// What there is to tell of it.
pub(super) fn news<'a>(ticket: &'a Ticket, part: &Part) -> News<'a> {
    News {
        event: Event::TicketCreated,
        ticket,
        by: part.by,
        developer: None,
        former_developer: None,
        note: None,
        visibility: Visibility::Public,
    }
}
