//! Filing many tickets as one, in two steps: while one group is written, what the next ones say is
//! prepared. Nobody who waits for the database works meanwhile, and nobody who works holds it up.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use tokio::sync::OwnedRwLockReadGuard;

use super::announce::{News, notifications};
use super::channels::Channels;
use super::create_ticket::{Part, news};
use super::erase_user::Erasing;
use super::error::DeskError;
use crate::domain::event::Event;
use crate::domain::history::Deed;
use crate::domain::ticket::{Ticket, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::group::{Group, Shape};
use crate::store::history::NewEntry;
use crate::store::jobs::Job;
use crate::store::notifications::NewNotification;
use crate::store::tickets::Filed;
use crate::store::users::People;

/// Where filings come together.
#[derive(Clone)]
pub(super) struct Filings {
    prepare: Group<Arc<Part>, Result<Ready, StoreError>>,
    write: Group<Ready, Result<Ticket, StoreError>>,
}

/// A filing with all that is to be written of it.
struct Ready {
    part: Arc<Part>,
    ticket: Ticket,
    told: Vec<NewNotification>,
    /// Whose names it tells.
    nobody_is_erased: Arc<OwnedRwLockReadGuard<()>>,
}

/// What filing takes.
#[derive(Clone)]
struct Hands {
    store: Store,
    channels: Channels,
    erasing: Erasing,
}

impl Filings {
    /// `prepare` and `write` are how the groups of the two steps are formed.
    pub(super) fn new(
        store: Store,
        channels: Channels,
        erasing: Erasing,
        prepare: Shape,
        write: Shape,
    ) -> Self {
        let hands = Hands { store, channels, erasing };
        let preparing = hands.clone();
        Self {
            prepare: Group::new(prepare, move |parts: Vec<Arc<Part>>| {
                let hands = preparing.clone();
                async move {
                    let many = parts.len();
                    match hands.prepare(parts).await {
                        Ok(ready) => ready.into_iter().map(Ok).collect(),
                        Err(error) => (0..many).map(|_| Err(error.clone())).collect(),
                    }
                }
                .boxed()
            }),
            write: Group::new(write, move |ready: Vec<Ready>| {
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
        let ready = self.prepare.join(Arc::new(part)).await??;
        Ok(self.write.join(ready).await??)
    }
}

impl Hands {
    /// What each of these filings comes to; nothing is written yet.
    async fn prepare(&self, parts: Vec<Arc<Part>>) -> Result<Vec<Ready>, StoreError> {
        let guard = Arc::new(self.erasing.clone().read_owned().await);
        let asked: Vec<UserId> = parts.iter().map(|part| part.client).collect();
        let (people, ids) = tokio::try_join!(
            self.store.people_around(&asked),
            self.store.number_tickets(parts.len())
        )?;
        let now = self.store.now();
        let ready = parts.into_iter().zip(ids).map(|(part, id)| {
            let (ticket, told) = self.told(&part, id, &people, now);
            Ready { part, ticket, told, nobody_is_erased: guard.clone() }
        });
        Ok(ready.collect())
    }

    fn told(
        &self,
        part: &Part,
        id: TicketId,
        people: &People,
        now: DateTime<Utc>,
    ) -> (Ticket, Vec<NewNotification>) {
        let ticket = part.ticket(id, people, now);
        let news: News<'_> = news(&ticket, part);
        let told = notifications(&news, people, &self.channels, now);
        (ticket, told)
    }

    async fn write_all(&self, ready: Vec<Ready>) -> Vec<Result<Ticket, StoreError>> {
        let parts: Vec<Arc<Part>> = ready.iter().map(|it| it.part.clone()).collect();
        match self.write(ready).await {
            Ok(tickets) => tickets.into_iter().map(Ok).collect(),
            Err(error @ StoreError::Away(_)) => vec![Err(error); parts.len()],
            // One of them was refused, so none was filed: now each stands for itself.
            Err(_) if parts.len() > 1 => self.write_each(parts).await,
            Err(error) => vec![Err(error)],
        }
    }

    async fn write_each(&self, parts: Vec<Arc<Part>>) -> Vec<Result<Ticket, StoreError>> {
        let mut filed = Vec::with_capacity(parts.len());
        for part in parts {
            filed.push(self.write_one(part).await);
        }
        filed
    }

    async fn write_one(&self, part: Arc<Part>) -> Result<Ticket, StoreError> {
        let ready = self.prepare(vec![part]).await?;
        let filed = self.write(ready).await?.pop();
        filed.ok_or_else(|| StoreError::Refused("no ticket came back".to_owned()))
    }

    /// All of them in one transaction.
    async fn write(&self, ready: Vec<Ready>) -> Result<Vec<Ticket>, StoreError> {
        let mut tx = self.store.begin_when_needed().await?;
        let kept = ready.iter().filter_map(|it| Some(it.part.once.as_ref()?.kept(&it.ticket)));
        tx.keep_answers(kept.collect()).await?;
        let entries = ready.iter().map(entry).collect();
        let _nobody_is_erased: Vec<_> =
            ready.iter().map(|it| it.nobody_is_erased.clone()).collect();
        let (mut filed, mut told) = (vec![], vec![]);
        for it in ready {
            filed.push(Filed { ticket: it.ticket, words: it.part.words.clone() });
            told.extend(it.told);
        }
        tx.add_tickets(&filed)?;
        tx.add_history(entries)?;
        let sendable = tx.add_notifications(told).await?;
        tx.enqueue(Job::deliver(&sendable));
        tx.commit().await?;
        Ok(filed.into_iter().map(|it| it.ticket).collect())
    }
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
