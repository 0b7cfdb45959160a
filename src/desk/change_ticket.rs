//! Moving a ticket through the workflow: one verb, one row that wins, everybody told.
use chrono::{DateTime, Utc};

use super::Desk;
use super::announce::{News, announce};
use super::error::{Conflict, DeskError};
use super::once::{Done, Once};
use crate::domain::event::Event;
use crate::domain::policy::{allowed_transitions, has_verb, may_see, state_leaves};
use crate::domain::text::{FieldError, Flaws, prose};
use crate::domain::ticket::{Person, Ticket, TicketId};
use crate::domain::user::{Actor, Role, User, UserId};
use crate::domain::workflow::{Status, Verb};
use crate::store::Tx;
use crate::store::history::NewEntry;

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
            match changed(&mut tx, id, &change, by).await {
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

async fn changed(
    tx: &mut Tx,
    id: TicketId,
    change: &Change,
    by: Actor,
) -> Result<Ticket, DeskError> {
    let before = tx.ticket(id).await?.filter(|ticket| may_see(by, ticket));
    let before = before.ok_or(DeskError::NotFound("ticket"))?;
    if !has_verb(by, &before, change.verb) {
        return Err(DeskError::Forbidden);
    }
    if change.if_version.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
        return Err(DeskError::Stale(before.version));
    }
    let (note, developer) = read(tx, change).await?;
    let to = destination(&before, change.verb, by)?;
    if developer.is_some()
        && developer.as_ref().map(|d| d.id) == before.developer.as_ref().map(|d| d.id)
    {
        return Err(DeskError::Conflict(Conflict::AlreadyAssigned));
    }
    let after = moved(&before, change.verb, to, note.clone(), developer, tx.now);
    if !tx.change_ticket(&after, before.version).await? {
        return Err(DeskError::Conflict(Conflict::ChangedMeanwhile));
    }
    tell(tx, &before, &after, change.verb, note, by).await?;
    Ok(after)
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
        Ok(to) if state_leaves(by, before.status, verb) => Ok(to),
        _ => Err(DeskError::IllegalTransition {
            from: before.status,
            verb,
            allowed: allowed_transitions(by, before),
        }),
    }
}

fn moved(
    before: &Ticket,
    verb: Verb,
    to: Status,
    note: Option<String>,
    developer: Option<Person>,
    now: DateTime<Utc>,
) -> Ticket {
    let mut after = before.clone();
    after.status = to;
    after.version += 1;
    after.updated_at = now;
    match verb {
        Verb::Open => after.reached.opened_at = Some(now),
        Verb::Assign => {
            after.developer = developer;
            after.reached.assigned_at = Some(now);
            after.reached.started_at = None;
        }
        Verb::Start => after.reached.started_at = Some(now),
        Verb::Finish => {
            after.resolution = note;
            after.reached.finished_at = Some(now);
        }
        Verb::Close => after.reached.closed_at = Some(now),
        Verb::Reject => {
            after.rejection_reason = note;
            after.reached.rejected_at = Some(now);
        }
        Verb::Reopen => {
            after.developer = None;
            after.resolution = None;
            after.rejection_reason = None;
            // The history keeps the instants of the life that it had.
            after.reached =
                crate::domain::ticket::Reached { opened_at: Some(now), ..Default::default() };
        }
    }
    after
}

async fn tell(
    tx: &mut Tx,
    before: &Ticket,
    after: &Ticket,
    verb: Verb,
    note: Option<String>,
    by: Actor,
) -> Result<(), DeskError> {
    let former = before.developer.as_ref().map(|developer| developer.id);
    // Whoever it was taken from is the last developer of a ticket that comes back.
    let developer = after.developer.as_ref().map(|developer| developer.id).or(former);
    let former_developer = former.filter(|_| verb == Verb::Assign);
    let event = Event::of(verb);
    let asked: Vec<UserId> =
        [Some(after.client.id), developer, former_developer].into_iter().flatten().collect();
    let people = tx.people_around(&asked).await?;
    let entry = NewEntry {
        ticket: after.id,
        event,
        actor: by.id,
        from: Some(before.status),
        to: after.status,
        developer,
        note: note.clone(),
    };
    tx.add_history(vec![entry]).await?;
    let note = note.as_deref();
    let news = News { event, ticket: after, by: by.id, developer, former_developer, note };
    announce(tx, &[news], &people).await?;
    Ok(())
}
