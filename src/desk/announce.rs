//! Telling people: one row a person, and the tasks that ring for those that can be sent.
use chrono::{DateTime, Utc};

use super::channels::Channels;
use super::ways::first;
use crate::domain::comment::Visibility;
use crate::domain::event::{Audience, Circle, Event, hearers};
use crate::domain::notification::Lane;
use crate::domain::policy::is_staff;
use crate::domain::ticket::{Priority, Ticket};
use crate::domain::user::{User, UserId};
use crate::messages::language::Language;
use crate::messages::{Told, write};
use crate::store::Tx;
use crate::store::deliveries::FormTemplate;
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
    news: &News<'_>,
    people: &People,
    channels: &Channels,
) -> Result<(), StoreError> {
    let told = notifications(news, people, channels, tx.now);
    tell(tx, told).await
}

/// Writes these notifications down, and enqueues those that can be sent.
pub(super) async fn tell(tx: &mut Tx, told: Vec<NewNotification>) -> Result<(), StoreError> {
    let sendable = tx.add_notifications(told).await?;
    tx.enqueue(Job::deliver(&sendable));
    Ok(())
}

/// What these people are to be told of the news; nothing is written down yet.
pub(super) fn notifications(
    news: &News<'_>,
    people: &People,
    channels: &Channels,
    now: DateTime<Utc>,
) -> Vec<NewNotification> {
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
            let usual = channels.templates().usual();
            let language = Language::choose(&reader.locale, usual);
            let written = write(told, audience, &reader.full_name, language);
            let lane = lane(news.ticket.filed.priority);
            let (via, to) = first(reader, news.event, channels);
            Some(NewNotification {
                event: news.event,
                ticket: news.ticket.id,
                lane,
                recipient: id,
                via,
                to,
                quiet_until: quiet_until(reader, lane, now),
                body: written.body,
                form: FormTemplate {
                    name: written.letter.template_name(),
                    locale: language.code().to_owned(),
                    values: written.values,
                },
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

/// Until when somebody is not to be disturbed by what is not urgent.
pub(super) fn quiet_until(reader: &User, lane: Lane, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    reader.preferences.quiet.filter(|_| lane.keeps_quiet()).and_then(|quiet| quiet.until(now))
}
