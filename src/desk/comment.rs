//! Commenting on a ticket, in whichever state it is: the comment, its line of history and its
//! notifications in one story. The ticket itself does not change.
use super::Desk;
use super::announce::{News, announce};
use super::change_ticket::not_stale;
use super::channels::Channels;
use super::error::DeskError;
use super::once::{Done, Once};
use super::unread::{Unread, asked};
use crate::domain::comment::{Comment, CommentId, NewComment, Remark};
use crate::domain::event::Event;
use crate::domain::history::Deed;
use crate::domain::policy::{is_staff, may_see};
use crate::domain::text::Flaws;
use crate::domain::ticket::{Person, Ticket, TicketId};
use crate::domain::user::Actor;
use crate::store::Tx;
use crate::store::error::StoreError;
use crate::store::history::NewEntry;
use crate::store::kept_tickets::Against;

impl Desk {
    /// Adds a comment and tells those concerned.
    ///
    /// # Errors
    /// In this order: the ticket is not there or not theirs to see, an internal comment by a
    /// client, not the version they saw, flaws of the request.
    pub async fn comment(
        &self,
        id: TicketId,
        remark: Result<Remark, Unread<Remark>>,
        if_version: Option<Vec<i64>>,
        by: Actor,
        once: Option<Once<Comment>>,
    ) -> Result<Done<Comment>, DeskError> {
        self.once(once.as_ref(), async || {
            let _writing = self.rush.enter();
            let mut tx = self.store.begin().await?;
            match commented(&mut tx, &self.channels, id, remark, if_version.as_deref(), by).await {
                Ok(comment) => {
                    tx.keep_answers(once.iter().map(|once| once.kept(&comment)).collect()).await?;
                    tx.commit().await?;
                    Ok(comment)
                }
                Err(error) => {
                    tx.rollback().await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// The comments on a ticket as far as the caller may read them, the newest first, older than
    /// `before`.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where the ticket is not theirs to see.
    pub async fn comments(
        &self,
        id: TicketId,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<Comment>, DeskError> {
        self.ticket(id, by).await?;
        Ok(self.store.comments(id, is_staff(by.role), before, most).await?)
    }

    /// One comment.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where it, or its ticket, is not there or not theirs to see.
    pub async fn one_comment(
        &self,
        ticket: TicketId,
        id: CommentId,
        by: Actor,
    ) -> Result<Comment, DeskError> {
        self.ticket(ticket, by).await?;
        let found = self.store.comment(ticket, is_staff(by.role), id).await?;
        found.ok_or(DeskError::NotFound("comment"))
    }
}

async fn commented(
    tx: &mut Tx,
    channels: &Channels,
    id: TicketId,
    remark: Result<Remark, Unread<Remark>>,
    if_version: Option<&[i64]>,
    by: Actor,
) -> Result<Comment, DeskError> {
    let ticket = tx.hold_ticket(id, Against::Deletion).await?.filter(|it| may_see(by, it));
    let ticket = ticket.ok_or(DeskError::NotFound("ticket"))?;
    // What a role may not is refused for that, whatever else is wrong with it.
    if asked(&remark).is_internal() && !is_staff(by.role) {
        return Err(DeskError::Forbidden);
    }
    not_stale(&ticket, if_version)?;
    let mut flaws = Flaws::default();
    let new = remark.map_err(|unread| DeskError::Invalid(unread.flaws))?.read(&mut flaws);
    flaws.check().map_err(DeskError::Invalid)?;
    let new = new.ok_or_else(|| DeskError::Defect("a comment was not read".to_owned()))?;
    Ok(add(tx, channels, &ticket, new, by).await?)
}

/// Writes a comment down and tells those concerned; the caller holds the ticket.
pub(super) async fn add(
    tx: &mut Tx,
    channels: &Channels,
    ticket: &Ticket,
    new: NewComment,
    by: Actor,
) -> Result<Comment, StoreError> {
    let developer = ticket.developer.as_ref().map(|developer| developer.id);
    let asked = [Some(by.id), Some(ticket.client.id), developer];
    let people = tx.people_around(&asked.into_iter().flatten().collect::<Vec<_>>()).await?;
    let full_name = people.get(by.id).map(|user| user.full_name.clone()).unwrap_or_default();
    let author = Person { id: by.id, full_name };
    let comment = tx.add_comment(ticket.id, new, author).await?;
    tx.add_history(vec![entry(ticket, &comment)])?;
    let news = News {
        event: Event::CommentAdded,
        ticket,
        by: by.id,
        developer,
        former_developer: None,
        note: Some(&comment.body),
        visibility: comment.visibility,
    };
    announce(tx, &news, &people, channels).await?;
    Ok(comment)
}

fn entry(ticket: &Ticket, comment: &Comment) -> NewEntry {
    NewEntry {
        ticket: ticket.id,
        deed: Deed::Commented(comment.id, comment.visibility),
        actor: comment.author.id,
        from: Some(ticket.status),
        to: ticket.status,
        developer: None,
        note: None,
    }
}
