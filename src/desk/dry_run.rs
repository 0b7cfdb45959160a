//! Saying whom a change would tell, by the very code that tells them, and changing nothing.
use chrono::{DateTime, Utc};

use super::announce::notifications;
use super::change_ticket::{Change, plan};
use super::channels::Channels;
use super::create_ticket::{Filing, news};
use super::error::DeskError;
use super::unread::Unread;
use super::{Desk, announce::News};
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::SkipReason;
use crate::domain::ticket::{Person, TicketId};
use crate::domain::user::{Actor, Role};
use crate::domain::window;
use crate::store::Tx;
use crate::store::users::People;

/// A notification that would be written down, as far as the caller may read it.
#[derive(Clone, Debug)]
pub struct WouldNotify {
    /// Who would be told.
    pub recipient: Person,
    /// Over which channel.
    pub channel: Medium,
    /// At which address.
    pub to: Option<Address>,
    /// By which template; by free text where there is none.
    pub template: Option<String>,
    /// What it would say.
    pub body: Option<String>,
    /// Why it would not be sent.
    pub skipped_because: Option<SkipReason>,
}

impl Desk {
    /// Whom filing this ticket would tell.
    ///
    /// # Errors
    /// As [`Desk::create_ticket`].
    pub async fn would_create_ticket(
        &self,
        filing: Result<Filing, Unread<Filing>>,
        by: Actor,
    ) -> Result<Vec<WouldNotify>, DeskError> {
        let part = self.read_filing(filing, by, None).await?;
        self.looking(async |tx| {
            let people = part.people(tx).await?;
            let ticket = part.ticket(TicketId(0), &people, tx.now);
            Ok(would(&news(&ticket, &part), &people, &self.channels, by, tx.now))
        })
        .await
    }

    /// Whom this change of a ticket would tell.
    ///
    /// # Errors
    /// As [`Desk::change_ticket`].
    pub async fn would_change_ticket(
        &self,
        id: TicketId,
        change: Change,
        by: Actor,
    ) -> Result<Vec<WouldNotify>, DeskError> {
        self.looking(async |tx| {
            let planned = plan(tx, id, &change, by).await?;
            let people = planned.people(tx).await?;
            Ok(would(&planned.news(), &people, &self.channels, by, tx.now))
        })
        .await
    }

    /// A story that is forgotten whatever it told.
    async fn looking<T>(
        &self,
        look: impl AsyncFnOnce(&Tx) -> Result<T, DeskError>,
    ) -> Result<T, DeskError> {
        let tx = self.store.begin().await?;
        let seen = look(&tx).await;
        tx.rollback().await?;
        seen
    }
}

/// Numbers and words are for admins, and for whom they concern.
fn would(
    news: &News<'_>,
    people: &People,
    channels: &Channels,
    by: Actor,
    now: DateTime<Utc>,
) -> Vec<WouldNotify> {
    let told = notifications(news, people, channels, now).into_iter();
    told.map(|new| {
        let person = people.get(new.recipient);
        let full_name = person.map(|user| user.full_name.clone());
        let heard_at = person.and_then(|user| user.whatsapp_heard_at);
        // As the claim decides it.
        let as_template = new.via.medium == Medium::WhatsApp && !window::is_open(now, heard_at);
        let (to, skipped_because) = match new.to {
            Ok(address) => (Some(address), None),
            Err((address, reason)) => (address, Some(reason)),
        };
        let open = by.role == Role::Admin || by.id == new.recipient;
        WouldNotify {
            recipient: Person { id: new.recipient, full_name: full_name.unwrap_or_default() },
            channel: new.via.medium,
            to: to.filter(|_| open),
            template: (as_template && skipped_because.is_none()).then_some(new.form.name),
            body: open.then_some(new.body),
            skipped_because,
        }
    })
    .collect()
}
