//! Deleting a ticket: it goes with its history and its comments; of what people were told, that
//! they were told stays.
use super::Desk;
use super::change_ticket::not_stale;
use super::error::DeskError;
use super::find::only_admins;
use crate::domain::policy::may_see;
use crate::domain::ticket::TicketId;
use crate::domain::user::Actor;
use crate::store::Tx;
use crate::store::kept_tickets::Against;

impl Desk {
    /// Deletes it for good; what is still queued about it is not sent any more.
    ///
    /// # Errors
    /// In this order: not there or not theirs to see, not theirs to do, not the version they saw.
    pub async fn delete_ticket(
        &self,
        id: TicketId,
        if_version: Option<Vec<i64>>,
        by: Actor,
    ) -> Result<(), DeskError> {
        let _writing = self.rush.enter();
        let tx = self.store.begin().await?;
        match deleted(&tx, id, if_version.as_deref(), by).await {
            Ok(()) => tx.commit().await?,
            Err(error) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
        let (ticket, by) = (id.0, by.id.0);
        tracing::info!(ticket.id = ticket, user.id = by, "ticket {ticket} deleted by user {by}");
        Ok(())
    }
}

async fn deleted(
    tx: &Tx,
    id: TicketId,
    if_version: Option<&[i64]>,
    by: Actor,
) -> Result<(), DeskError> {
    // Whoever changes or comments on it now waits, and then finds it gone.
    let ticket = tx.hold_ticket(id, Against::Change).await?.filter(|ticket| may_see(by, ticket));
    let ticket = ticket.ok_or(DeskError::NotFound("ticket"))?;
    only_admins(by)?;
    not_stale(&ticket, if_version)?;
    tx.withdraw_notifications(id).await?;
    Ok(tx.delete_ticket(id).await?)
}
