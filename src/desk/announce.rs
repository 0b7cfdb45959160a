//! Telling people: one row a person, and the tasks that ring for those that can be sent.
use crate::domain::comment::Visibility;
use crate::domain::event::{Audience, Circle, Event, hearers};
use crate::domain::notification::{Lane, SkipReason};
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::is_staff;
use crate::domain::ticket::{Priority, Ticket};
use crate::domain::user::{User, UserId};
use crate::messages::{Told, write};
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::jobs::Job;
use crate::store::notifications::NewNotification;
use crate::store::users::People;

/// Something that people should hear of.
pub(super) struct News<'a> {
    /// What happened.
    pub(super) event: Event,
    /// The ticket after it.
    pub(super) ticket: &'a Ticket,
    /// Who did it.
    pub(super) by: UserId,
    /// Who works the ticket, or worked it last.
    pub(super) developer: Option<UserId>,
    /// Who worked it before.
    pub(super) former_developer: Option<UserId>,
    /// The reason or the resolution, or what a comment says.
    pub(super) note: Option<&'a str>,
    /// For whom a comment is; all else is for everybody.
    pub(super) visibility: Visibility,
}

/// Writes down who hears of these news, and enqueues what can be sent.
pub(super) async fn announce(
    tx: &mut Tx,
    news: &[News<'_>],
    people: &People,
) -> Result<(), StoreError> {
    let rows = news.iter().flat_map(|news| notifications(news, people)).collect();
    let sendable = tx.add_notifications(rows).await?;
    tx.enqueue(Job::deliver(&sendable)).await
}

/// What these people are to be told of the news; nothing is written down yet.
pub(super) fn notifications(news: &News<'_>, people: &People) -> Vec<NewNotification> {
    let circle = Circle {
        admins: people.admins(),
        client: Some(news.ticket.client.id),
        developer: news.developer,
        former_developer: news.former_developer,
        visibility: news.visibility,
    };
    let name = |id: UserId| people.get(id).map(|user| user.full_name.as_str());
    let told = Told {
        event: news.event,
        ticket: news.ticket,
        developer: news.developer.and_then(name),
        note: news.note,
        author: name(news.by),
        visibility: news.visibility,
    };
    let heard = hearers(news.event, &circle, news.by).into_iter();
    heard
        .filter_map(|(id, audience)| {
            let reader = people.get(id)?;
            // Whoever works here no longer is not told what only those who do may read.
            if audience != Audience::Client && !is_staff(reader.role) {
                return None;
            }
            Some(NewNotification {
                event: news.event,
                ticket: news.ticket.id,
                lane: lane(news.ticket.filed.priority),
                recipient: id,
                to: reach(reader),
                body: write(told, audience, &reader.full_name),
            })
        })
        .collect()
}

fn lane(priority: Priority) -> Lane {
    match priority {
        Priority::Critical => Lane::Critical,
        Priority::High | Priority::Medium | Priority::Low => Lane::Normal,
    }
}

/// Where a person can be reached, or why nowhere.
pub(super) fn reach(user: &User) -> Result<PhoneNumber, (Option<PhoneNumber>, SkipReason)> {
    let number = user.whatsapp_number.clone();
    let skip = match &number {
        _ if user.erased_at.is_some() => SkipReason::PersonErased,
        _ if !user.is_active => SkipReason::Inactive,
        None => SkipReason::NoNumber,
        Some(_) if user.whatsapp_verified.is_none() => SkipReason::NumberUnverified,
        Some(_) if user.whatsapp_opt_in_at.is_none() => SkipReason::NoConsent,
        Some(reachable) => return Ok(reachable.clone()),
    };
    Err((number, skip))
}
