//! Editing what was filed: a client while nobody has looked at it yet, an admin at any time.
use super::Desk;
use super::change_ticket::not_stale;
use super::error::{Conflict, DeskError};
use crate::domain::edit::{Edit, changes};
use crate::domain::history::Deed;
use crate::domain::policy::{may_edit, may_see, state_leaves_editing};
use crate::domain::text::{FieldError, Flaws};
use crate::domain::ticket::{Ticket, TicketId};
use crate::domain::user::Actor;
use crate::store::Tx;
use crate::store::history::NewEntry;
use crate::store::kept_tickets::Against;

impl Desk {
    /// Changes the fields that are given; where nothing differs, nothing happens.
    ///
    /// # Errors
    /// In this order: not there or not theirs to see, not theirs to do, not the version they saw,
    /// flaws of the request, no longer the client's to edit.
    pub async fn edit_ticket(
        &self,
        id: TicketId,
        edit: Result<Edit, Vec<FieldError>>,
        if_version: Option<Vec<i64>>,
        by: Actor,
    ) -> Result<Ticket, DeskError> {
        let _writing = self.rush.enter();
        let mut tx = self.store.begin().await?;
        match edited(&mut tx, id, edit, if_version.as_deref(), by).await {
            Ok(ticket) => {
                tx.commit().await?;
                Ok(ticket)
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }
}

async fn edited(
    tx: &mut Tx,
    id: TicketId,
    edit: Result<Edit, Vec<FieldError>>,
    if_version: Option<&[i64]>,
    by: Actor,
) -> Result<Ticket, DeskError> {
    let before = tx.hold_ticket(id, Against::Change).await?.filter(|ticket| may_see(by, ticket));
    let before = before.ok_or(DeskError::NotFound("ticket"))?;
    if !may_edit(by, &before) {
        return Err(DeskError::Forbidden);
    }
    not_stale(&before, if_version)?;
    let mut flaws = Flaws::default();
    let filed = edit.map_err(DeskError::Invalid)?.read(&before.filed, &mut flaws);
    flaws.check().map_err(DeskError::Invalid)?;
    if !state_leaves_editing(by, before.status) {
        return Err(DeskError::Conflict(Conflict::NoLongerNew));
    }
    let changes = changes(&before.filed, &filed);
    if changes.is_empty() {
        return Ok(before);
    }
    let after = Ticket { filed, version: before.version + 1, updated_at: tx.now, ..before };
    tx.edit_ticket(&after).await?;
    let entry = NewEntry {
        ticket: id,
        deed: Deed::Edited(changes),
        actor: by.id,
        from: Some(after.status),
        to: after.status,
        developer: None,
        note: None,
    };
    tx.add_history(vec![entry])?;
    Ok(after)
}
