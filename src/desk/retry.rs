//! Sending notifications anew because an admin says so: the same rows, new attempts.
use super::deliver::next;
use super::error::DeskError;
use super::find::only_admins;
use super::once::{Done, Once};
use super::{Desk, moment};
use crate::domain::delivery::{Intent, NotNow};
use crate::domain::log::NotificationFilter;
use crate::domain::notification::{NotificationId, Status};
use crate::domain::text::FieldError;
use crate::domain::user::{Actor, User, UserId};
use crate::domain::ways::{Reach, closed, reach};
use crate::ports::channel::Senders;
use crate::store::Tx;
use crate::store::held::Held;
use crate::store::jobs::Job;
use crate::store::notifications::Logged;

/// Rows that one transaction of a retry of many takes up.
const PART: u64 = 500;

/// Which notifications an admin wants to have sent anew.
#[derive(Clone, Debug, Default)]
pub struct RetryMany {
    /// These.
    pub filter: NotificationFilter,
    /// Those that may have arrived, too.
    pub accept_duplicate: bool,
}

impl Desk {
    /// Queues a failed or skipped notification again, and one whose answer was lost where the
    /// admin accepts that it may arrive twice.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`], and
    /// [`DeskError::NotNow`] where it stands elsewhere.
    pub async fn retry_notification(
        &self,
        id: NotificationId,
        accept_duplicate: Result<bool, Vec<FieldError>>,
        by: Actor,
        once: Option<Once<Logged>>,
    ) -> Result<Done<Logged>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            let mut tx = self.store.begin().await?;
            match requeue(&mut tx, id, accept_duplicate.clone(), self.channels.senders()).await {
                Ok(row) => {
                    tx.keep_answers(once.iter().map(|once| once.kept(&row)).collect()).await?;
                    tx.commit().await?;
                    Ok(row)
                }
                Err(error) => {
                    tx.rollback().await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Queues again whatever can be sent anew of what the filter asks for, and says how many those
    /// were. It is done part by part, so that nobody waits for it; whoever asks again after a
    /// crash gets the rest.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::Invalid`] with every flaw.
    pub async fn retry_notifications(
        &self,
        asked: Result<RetryMany, Vec<FieldError>>,
        by: Actor,
        once: Option<Once<u64>>,
    ) -> Result<Done<u64>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            let RetryMany { filter, accept_duplicate } =
                asked.clone().map_err(DeskError::Invalid)?;
            let mut count = 0;
            for status in retryable(&filter, accept_duplicate) {
                count += self.requeue_all(&filter, status).await?;
            }
            let tx = self.store.begin().await?;
            tx.keep_answers(once.iter().map(|once| once.kept(&count)).collect()).await?;
            tx.commit().await?;
            Ok(count)
        })
        .await
    }

    async fn requeue_all(
        &self,
        filter: &NotificationFilter,
        status: Status,
    ) -> Result<u64, DeskError> {
        let (mut count, mut after) = (0, Some(0));
        while let Some(id) = after {
            self.rush.give_way().await;
            let mut tx = self.store.begin().await?;
            let part = tx.requeue(filter, status, id, PART).await?;
            let queued: Vec<NotificationId> = part.queued.iter().map(|(id, _)| *id).collect();
            tx.look_for_ways_again(&queued).await?;
            tx.enqueue(Job::deliver(&part.queued));
            tx.commit().await?;
            count += part.queued.len() as u64;
            after = part.last;
        }
        Ok(count)
    }
}

/// Which of the statuses that were asked for lead anywhere.
fn retryable(filter: &NotificationFilter, accept_duplicate: bool) -> Vec<Status> {
    let may = [Status::Failed, Status::Skipped, Status::Unconfirmed].into_iter();
    may.filter(|status| accept_duplicate || *status != Status::Unconfirmed)
        .filter(|status| filter.status.allows(status))
        .collect()
}

async fn requeue(
    tx: &mut Tx,
    id: NotificationId,
    accept_duplicate: Result<bool, Vec<FieldError>>,
    senders: &Senders,
) -> Result<Logged, DeskError> {
    let mut held = tx.hold([id]).await?;
    let row = held.get_mut(&id).ok_or(DeskError::NotFound("notification"))?;
    let accept_duplicate = accept_duplicate.map_err(DeskError::Invalid)?;
    // What is not about a ticket is a code, or as short-lived as one.
    if row.ticket.is_none() {
        return Err(NotNow::Code.into());
    }
    if row.is_gone() {
        return Err(NotNow::Gone.into());
    }
    row.delivery.retry(accept_duplicate, moment(tx.now))?;
    tx.look_for_ways_again(&[id]).await?;
    row.renew(tx.now);
    // The number may have been confirmed, or changed, since.
    let recipient = match row.recipient {
        Some(recipient) => tx.user(UserId(recipient)).await?,
        None => None,
    };
    match recipient.as_ref().map(|user| way(user, row)) {
        Some(Ok(address)) => row.to = address.as_str().to_owned(),
        Some(Err((_, reason))) => row.delivery.intent = Intent::Skipped(reason),
        None => {}
    }
    tx.write(held.values(), senders).await?;
    tx.enqueue_at(held.values().filter_map(next).collect());
    tx.logged(id).await?.ok_or(DeskError::NotFound("notification"))
}

/// Where the message goes by its own medium, or why nowhere.
fn way(user: &User, row: &Held) -> Reach {
    match closed(user, row.event) {
        Some(reason) => Err((None, reason)),
        None => reach(user, row.medium),
    }
}
