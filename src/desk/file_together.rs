//! Filing many tickets as one. On SQLite in two steps: while one group is written, what the next ones say
//! is prepared, so that nobody who works holds up the one writer. PostgreSQL has a transaction for each
//! group, and in smaller groups it would be asked more.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use tokio::sync::OwnedRwLockReadGuard;

use super::announce::{notifications, tell};
use super::channels::Channels;
use super::create_ticket::{Part, news};
use super::erase_user::Erasing;
use super::error::DeskError;
use crate::domain::event::Event;
use crate::domain::history::Deed;
use crate::domain::ticket::{Ticket, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;
use crate::store::error::StoreError;
use crate::store::group::{Group, Shape};
use crate::store::history::NewEntry;
use crate::store::notifications::NewNotification;
use crate::store::users::People;
use crate::store::{Store, Tx};

/// Where filings come together.
#[derive(Clone)]
pub(super) enum Filings {
    /// Each group is prepared and written.
    InOneStep(Group<Arc<Part>, Result<Ticket, StoreError>>),
    /// What one group prepares is written with what others have prepared.
    InTwo {
        /// The first step.
        prepare: Group<Arc<Part>, Result<Ready, StoreError>>,
        /// The second.
        write: Group<Ready, Result<Ticket, StoreError>>,
    },
}

/// A filing with all that is to be written of it.
pub(super) struct Ready {
    part: Arc<Part>,
    ticket: Ticket,
    told: Vec<NewNotification>,
    /// Whose names it tells.
    nobody_is_erased: Guard,
}

type Guard = Arc<OwnedRwLockReadGuard<()>>;

/// What filing takes.
#[derive(Clone)]
struct Hands {
    store: Store,
    channels: Channels,
    erasing: Erasing,
}

impl Filings {
    /// `shape` is how groups are formed.
    pub(super) fn new(store: Store, channels: Channels, erasing: Erasing, shape: Shape) -> Self {
        let is_shared = store.is_shared();
        let hands = Hands { store, channels, erasing };
        if is_shared {
            return Self::InOneStep(Group::new(shape, move |parts| {
                let hands = hands.clone();
                async move { hands.file_all(parts).await }.boxed()
            }));
        }
        let preparing = hands.clone();
        Self::InTwo {
            prepare: Group::new(shape, move |parts| {
                let hands = preparing.clone();
                async move { hands.prepare_all(parts).await }.boxed()
            }),
            write: Group::new(shape, move |ready| {
                let hands = hands.clone();
                async move { hands.write_all(ready).await }.boxed()
            }),
        }
    }

    /// Files a ticket, and waits until that is durable.
    ///
    /// # Errors
    /// Where the database is away, or refuses.
    pub(super) async fn file(&self, part: Part) -> Result<Ticket, DeskError> {
        let part = Arc::new(part);
        match self {
            Self::InOneStep(group) => Ok(group.join(part).await??),
            Self::InTwo { prepare, write } => {
                let ready = prepare.join(part).await??;
                Ok(write.join(ready).await??)
            }
        }
    }
}

impl Hands {
    async fn prepare_all(&self, parts: Vec<Arc<Part>>) -> Vec<Result<Ready, StoreError>> {
        let many = parts.len();
        match self.prepare(parts, self.guard().await).await {
            Ok(ready) => ready.into_iter().map(Ok).collect(),
            Err(error) => (0..many).map(|_| Err(error.clone())).collect(),
        }
    }

    async fn write_all(&self, ready: Vec<Ready>) -> Vec<Result<Ticket, StoreError>> {
        let parts: Vec<Arc<Part>> = ready.iter().map(|it| it.part.clone()).collect();
        let guards: Vec<Guard> = ready.iter().map(|it| it.nobody_is_erased.clone()).collect();
        match self.write_numbered(ready).await {
            Ok(tickets) => tickets.into_iter().map(Ok).collect(),
            Err(error) => self.not_together(parts, guards, error).await,
        }
    }

    async fn file_all(&self, parts: Vec<Arc<Part>>) -> Vec<Result<Ticket, StoreError>> {
        let guard = self.guard().await;
        match self.file(parts.clone(), guard.clone()).await {
            Ok(tickets) => tickets.into_iter().map(Ok).collect(),
            Err(error) => {
                let guards = vec![guard; parts.len()];
                self.not_together(parts, guards, error).await
            }
        }
    }

    /// Where one is refused none is filed: then each stands for itself. They keep their guards: whoever
    /// waits to erase somebody lets nobody have a new one.
    async fn not_together(
        &self,
        parts: Vec<Arc<Part>>,
        guards: Vec<Guard>,
        error: StoreError,
    ) -> Vec<Result<Ticket, StoreError>> {
        if matches!(error, StoreError::Away(_)) || parts.len() == 1 {
            return vec![Err(error); parts.len()];
        }
        let mut filed = Vec::with_capacity(parts.len());
        for (part, guard) in parts.into_iter().zip(guards) {
            let alone = self.file(vec![part], guard).await;
            filed.push(alone.and_then(|mut tickets| {
                tickets.pop().ok_or_else(|| StoreError::Refused("no ticket came back".to_owned()))
            }));
        }
        filed
    }

    async fn guard(&self) -> Guard {
        Arc::new(self.erasing.clone().read_owned().await)
    }

    async fn file(&self, parts: Vec<Arc<Part>>, guard: Guard) -> Result<Vec<Ticket>, StoreError> {
        if !self.store.is_shared() {
            return self.write_numbered(self.prepare(parts, guard).await?).await;
        }
        let asked = clients(&parts);
        let (people, tx) = tokio::try_join!(self.store.people_around(&asked), self.store.begin())?;
        let unnumbered = parts.iter().map(|part| part.ticket(TicketId(0), &people, tx.now));
        let ids = tx.number_and_add_tickets(&unnumbered.collect::<Vec<_>>()).await?;
        let ready = self.ready(parts, ids, &people, tx.now, &guard);
        self.write(ready, tx).await
    }

    /// What each of these filings comes to; nothing is written yet.
    async fn prepare(&self, parts: Vec<Arc<Part>>, guard: Guard) -> Result<Vec<Ready>, StoreError> {
        let asked = clients(&parts);
        let (people, ids) = tokio::try_join!(
            self.store.people_around(&asked),
            self.store.number_tickets(parts.len())
        )?;
        Ok(self.ready(parts, ids, &people, self.store.now(), &guard))
    }

    fn ready(
        &self,
        parts: Vec<Arc<Part>>,
        ids: Vec<TicketId>,
        people: &People,
        now: DateTime<Utc>,
        guard: &Guard,
    ) -> Vec<Ready> {
        let ready = parts.into_iter().zip(ids).map(|(part, id)| {
            let ticket = part.ticket(id, people, now);
            let told = notifications(&news(&ticket, &part), people, &self.channels, now);
            Ready { part, ticket, told, nobody_is_erased: guard.clone() }
        });
        ready.collect()
    }

    async fn write_numbered(&self, ready: Vec<Ready>) -> Result<Vec<Ticket>, StoreError> {
        let mut tx = self.store.begin_when_needed().await?;
        tx.add_tickets(ready.iter().map(|it| &it.ticket))?;
        self.write(ready, tx).await
    }

    /// All that is to be written besides the tickets themselves.
    async fn write(&self, ready: Vec<Ready>, mut tx: Tx) -> Result<Vec<Ticket>, StoreError> {
        let kept = ready.iter().filter_map(|it| Some(it.part.once.as_ref()?.kept(&it.ticket)));
        tx.keep_answers(kept.collect()).await?;
        tx.index_new_tickets(ready.iter().map(|it| (&it.ticket, it.part.words.clone())))?;
        tx.add_history(ready.iter().map(entry).collect())?;
        // Until it is committed.
        let _nobody_is_erased: Vec<Guard> =
            ready.iter().map(|it| it.nobody_is_erased.clone()).collect();
        let (tickets, told): (Vec<_>, Vec<_>) =
            ready.into_iter().map(|it| (it.ticket, it.told)).unzip();
        tell(&mut tx, told.into_iter().flatten().collect()).await?;
        tx.commit().await?;
        Ok(tickets)
    }
}

fn clients(parts: &[Arc<Part>]) -> Vec<UserId> {
    parts.iter().map(|part| part.client).collect()
}

fn entry(ready: &Ready) -> NewEntry {
    NewEntry {
        ticket: ready.ticket.id,
        deed: Deed::Moved(Event::TicketCreated),
        actor: ready.part.by,
        from: None,
        to: Status::New,
        developer: None,
        note: None,
    }
}
