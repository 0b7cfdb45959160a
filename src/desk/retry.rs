//! Sending a notification anew because an admin says so: the same row, a new attempt.
use super::announce::reach;
use super::deliver::next;
use super::error::DeskError;
use super::find::only_admins;
use super::once::{Done, Once};
use super::{Desk, moment};
use crate::domain::delivery::Intent;
use crate::domain::notification::NotificationId;
use crate::domain::text::FieldError;
use crate::domain::user::{Actor, UserId};
use crate::store::Tx;

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
        once: Option<Once<()>>,
    ) -> Result<Done<()>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            let mut tx = self.store.begin().await?;
            match requeue(&mut tx, id, accept_duplicate.clone(), self.channel.sender()).await {
                Ok(()) => {
                    tx.keep_answers(once.iter().map(|once| once.kept(&())).collect()).await?;
                    Ok(tx.commit().await?)
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

async fn requeue(
    tx: &mut Tx,
    id: NotificationId,
    accept_duplicate: Result<bool, Vec<FieldError>>,
    sender: &str,
) -> Result<(), DeskError> {
    let mut held = tx.hold([id]).await?;
    let row = held.get_mut(&id).ok_or(DeskError::NotFound("notification"))?;
    let accept_duplicate = accept_duplicate.map_err(DeskError::Invalid)?;
    row.delivery.retry(accept_duplicate, moment(tx.now))?;
    row.renew(tx.now);
    // The number may have been confirmed, or changed, since.
    let recipient = match row.recipient {
        Some(recipient) => tx.user(UserId(recipient)).await?,
        None => None,
    };
    match recipient.as_ref().map(reach) {
        Some(Ok(number)) => row.to = number.as_str().to_owned(),
        Some(Err((_, reason))) => row.delivery.intent = Intent::Skipped(reason),
        None => {}
    }
    tx.write(held.values(), sender).await?;
    Ok(tx.enqueue_at(held.values().filter_map(next).collect()).await?)
}
