//! After a message that will not arrive, or of which nothing was heard for too long, the next way to
//! its person is tried.
use chrono::TimeDelta;

use super::announce::quiet_until;
use super::channels::Channels;
use super::ways::next;
use crate::domain::medium::Medium;
use crate::domain::notification::NotificationId;
use crate::domain::user::UserId;
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::follow::Follower;
use crate::store::held::Held;
use crate::store::jobs::Job;

/// A message that the provider took and that no phone confirmed in this time wants a look; one about
/// a CRITICAL ticket is followed by another.
pub(super) const RECEIPT_DUE: TimeDelta = TimeDelta::minutes(15);

/// What follows from messages that have failed for good: their people may have said that they want no
/// more, their numbers may be somebody else's, and the next way is tried.
pub(super) async fn after_failures<'a>(
    tx: &mut Tx,
    held: impl Iterator<Item = &'a Held>,
    channels: &Channels,
) -> Result<(), StoreError> {
    let failed: Vec<&Held> = held.filter(|row| row.has_failed()).collect();
    for row in failed.iter().filter(|row| row.medium == Medium::Sms) {
        let Some(attempt) = row.delivery.telling() else { continue };
        let code = attempt.failure().and_then(|failure| failure.code);
        let says_stop = |code| channels.of(&row.provider).is_some_and(|it| it.says_stop(code));
        if let (Some(user), true) = (row.recipient, code.is_some_and(says_stop)) {
            tx.no_more_texts(UserId(user), &row.to, attempt.started_at).await?;
        }
    }
    let nobody: Vec<i64> =
        channels.by(Medium::WhatsApp).flat_map(|it| it.says_nobody()).copied().collect();
    for row in failed.iter().filter(|row| row.medium == Medium::WhatsApp) {
        let attempt = row.delivery.telling();
        let code = attempt.and_then(|attempt| attempt.failure()?.code);
        let (Some(user), Some(attempt), Some(code)) = (row.recipient, attempt, code) else {
            continue;
        };
        let says_another = channels.of(&row.provider).is_some_and(|it| it.says_another(code));
        if nobody.contains(&code) && tx.nobody_at(UserId(user), &row.to, &nobody).await? {
            tracing::info!(user.id = user, "WhatsApp has nobody at the number of account {user}");
        } else if says_another {
            tx.number_left_by(UserId(user), &row.to, attempt.started_at).await?;
        }
    }
    follow(tx, &failed.iter().map(|row| row.id).collect::<Vec<_>>(), channels).await
}

/// Has these messages, which this story holds, followed by others over the next way, and writes down
/// that it looked.
async fn follow(
    tx: &mut Tx,
    ids: &[NotificationId],
    channels: &Channels,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let unfollowed = tx.unfollowed(ids).await?;
    let people = tx.users_of(unfollowed.iter().map(|it| it.recipient)).await?;
    let followers = unfollowed.into_iter().filter_map(|of| {
        let user = people.get(&of.recipient)?;
        let (via, to) = next(user, of.event, channels, |medium| of.has_tried(medium))?;
        let quiet_until = quiet_until(user, of.lane, tx.now);
        Some(Follower { of, via, to, quiet_until })
    });
    let mut sendable = tx.follow_after_all(ids).await?;
    sendable.extend(tx.follow(ids, followers.collect()).await?);
    tx.enqueue(Job::deliver(&sendable));
    Ok(())
}

/// Follows what the sweep finds: CRITICAL messages without a receipt, or held up by a pause, and
/// messages whose way was shut while they waited.
pub(super) async fn follow_silent(
    tx: &mut Tx,
    channels: &Channels,
    most: u64,
) -> Result<(), StoreError> {
    let silent = tx.silent(RECEIPT_DUE, most).await?;
    follow(tx, &silent, channels).await?;
    let stuck = tx.stuck(RECEIPT_DUE, most).await?;
    follow(tx, &stuck, channels).await?;
    let shut_out = tx.shut_out(most).await?;
    follow(tx, &shut_out, channels).await
}
