//! Moving a ticket through the workflow: one verb, one row that wins, everybody told.
use super::Desk;
use super::announce::{News, announce};
use super::channels::Channels;
use super::error::{Conflict, DeskError};
use super::once::{Done, Once};
use crate::domain::comment::Visibility;
use crate::domain::event::Event;
use crate::domain::history::Deed;
use crate::domain::policy::{allowed_transitions, has_verb, may_see, state_leaves};
use crate::domain::text::{FieldError, Flaws, prose};
use crate::domain::ticket::{Person, Ticket, TicketId};
use crate::domain::transition::Move;
use crate::domain::user::{Actor, Role, User, UserId};
use crate::domain::workflow::{Status, Verb};
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::history::NewEntry;
use crate::store::users::People;

/// What somebody wants done to a ticket.
#[derive(Clone, Debug)]
pub struct Change {
    /// The verb.
    pub verb: Verb,
    /// What it needs besides, or why that could not be read.
    pub with: Result<With, Vec<FieldError>>,
    /// The versions that the caller would change, where they said.
    pub if_version: Option<Vec<i64>>,
}

/// What a verb needs besides itself.
#[derive(Clone, Debug, Default)]
pub struct With {
    /// To whom it is assigned.
    pub developer_id: Option<i64>,
    /// The resolution of `finish`, the reason of `reject` and `reopen`.
    pub note: Option<String>,
}

impl Desk {
    /// Does it, and tells everybody concerned.
    ///
    /// # Errors
    /// In this order: not there or not theirs to see, not theirs to do, not the version they saw,
    /// flaws of the request, a move that does not exist, somebody else was faster.
    pub async fn change_ticket(
        &self,
        id: TicketId,
        change: Change,
        by: Actor,
        once: Option<Once<Ticket>>,
    ) -> Result<Done<Ticket>, DeskError> {
        self.once(once.as_ref(), async || {
            let _writing = self.rush.enter();
            let mut tx = self.store.begin().await?;
            match changed(&mut tx, &self.channels, id, &change, by).await {
                Ok(ticket) => {
                    tx.keep_answers(once.iter().map(|once| once.kept(&ticket)).collect()).await?;
                    tx.commit().await?;
                    Ok(ticket)
                }
                Err(error) => {
                    tx.rollback().await?;
                    Err(error)
                }
            }
        })
        .await
    }
}

/// A move that is allowed, with the ticket before and after it.
pub(super) struct Planned {
    before: Ticket,
    after: Ticket,
    asked: Move,
    by: UserId,
    last_developer: Option<UserId>,
}

async fn changed(
    tx: &mut Tx,
    channels: &Channels,
    id: TicketId,
    change: &Change,
    by: Actor,
) -> Result<Ticket, DeskError> {
    let planned = plan(tx, id, change, by).await?;
    if !tx.change_ticket(&planned.after, planned.before.version).await? {
        return Err(DeskError::Conflict(Conflict::ChangedMeanwhile));
    }
    tx.add_history(vec![planned.entry()])?;
    let people = planned.people(tx).await?;
    announce(tx, &planned.news(), &people, channels).await?;
    Ok(planned.after)
}

/// Every refusal, in the contract's order; nothing is written yet.
pub(super) async fn plan(
    tx: &Tx,
    id: TicketId,
    change: &Change,
    by: Actor,
) -> Result<Planned, DeskError> {
    let before = tx.ticket(id).await?.filter(|ticket| may_see(by, ticket));
    let before = before.ok_or(DeskError::NotFound("ticket"))?;
    if !has_verb(by, &before, change.verb) {
        return Err(DeskError::Forbidden);
    }
    not_stale(&before, change.if_version.as_deref())?;
    let (note, developer) = read(tx, change).await?;
    let to = destination(&before, change.verb, by)?;
    if developer.is_some()
        && developer.as_ref().map(|d| d.id) == before.developer.as_ref().map(|d| d.id)
    {
        return Err(DeskError::Conflict(Conflict::AlreadyAssigned));
    }
    let last_developer = match (&before.developer, change.verb) {
        (Some(developer), _) => Some(developer.id),
        (None, Verb::Reopen) => tx.last_developer(id).await?,
        (None, _) => None,
    };
    let asked = Move { verb: change.verb, to, note, developer };
    Ok(Planned { after: asked.of(&before, tx.now), before, asked, by: by.id, last_developer })
}

/// Refuses a change of another version than the caller saw.
pub(super) fn not_stale(ticket: &Ticket, seen: Option<&[i64]>) -> Result<(), DeskError> {
    match seen {
        Some(seen) if !seen.contains(&ticket.version) => Err(DeskError::Stale(ticket.version)),
        _ => Ok(()),
    }
}

impl Planned {
    /// Everybody whom it may concern.
    pub(super) async fn people(&self, tx: &Tx) -> Result<People, StoreError> {
        let asked = [Some(self.after.client.id), self.developer(), self.last_developer];
        tx.people_around(&asked.into_iter().flatten().collect::<Vec<_>>()).await
    }

    /// What there is to tell.
    pub(super) fn news(&self) -> News<'_> {
        News {
            event: Event::of(self.asked.verb),
            ticket: &self.after,
            by: self.by,
            developer: self.developer(),
            former_developer: self.last_developer.filter(|_| self.asked.verb == Verb::Assign),
            note: self.asked.note.as_deref(),
            visibility: Visibility::Public,
        }
    }

    /// Who works it since, or worked it last where nobody does.
    fn developer(&self) -> Option<UserId> {
        self.after.developer.as_ref().map(|developer| developer.id).or(self.last_developer)
    }

    fn entry(&self) -> NewEntry {
        let former = self.before.developer.as_ref().map(|developer| developer.id);
        NewEntry {
            ticket: self.after.id,
            deed: Deed::Moved(Event::of(self.asked.verb)),
            actor: self.by,
            from: Some(self.before.status),
            to: self.after.status,
            // Whoever it was taken from, where nobody works it since.
            developer: self.after.developer.as_ref().map(|developer| developer.id).or(former),
            note: self.asked.note.clone(),
        }
    }
}

/// What the verb needs besides itself, every flaw at once.
async fn read(tx: &Tx, change: &Change) -> Result<(Option<String>, Option<Person>), DeskError> {
    let with = change.with.as_ref().map_err(|flaws| DeskError::Invalid(flaws.clone()))?;
    let mut flaws = Flaws::default();
    let note = match change.verb {
        Verb::Reject | Verb::Reopen => {
            flaws.need("reason", with.note.as_deref(), |raw| prose("reason", raw, 4_000))
        }
        Verb::Finish => {
            let given = with.note.as_deref().filter(|raw| !raw.trim().is_empty());
            flaws.may(given, |raw| prose("resolution", raw, 4_000))
        }
        Verb::Open | Verb::Assign | Verb::Start | Verb::Close => None,
    };
    let developer = match (change.verb, with.developer_id) {
        (Verb::Assign, Some(id)) => {
            let found = tx.user(UserId(id)).await?;
            flaws.keep(found.and_then(as_developer).ok_or_else(|| {
                let say = "`developer_id` must be an active developer or admin";
                FieldError::new("developer_id", "not_a_developer", say)
            }))
        }
        (Verb::Assign, None) => flaws.keep(Err(FieldError::required("developer_id"))),
        _ => None,
    };
    flaws.check().map_err(DeskError::Invalid)?;
    Ok((note, developer))
}

fn as_developer(user: User) -> Option<Person> {
    let may = user.is_active && matches!(user.role, Role::Developer | Role::Admin);
    may.then_some(Person { id: user.id, full_name: user.full_name })
}

fn destination(before: &Ticket, verb: Verb, by: Actor) -> Result<Status, DeskError> {
    match before.status.after(verb) {
        Ok(to) if state_leaves(by, before, verb) => Ok(to),
        _ => Err(DeskError::IllegalTransition {
            from: before.status,
            verb,
            allowed: allowed_transitions(by, before),
        }),
    }
}
