//! Comments on tickets.
use std::collections::HashMap;

use entity::comment::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::error::StoreError;
use super::named::{Named, Peopled};
use super::{Store, Tx, rows};
use crate::domain::comment::{Comment, CommentId, NewComment, Visibility};
use crate::domain::ticket::{Person, TicketId};

impl Tx {
    /// Writes a comment down.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn add_comment(
        &self,
        ticket: TicketId,
        new: NewComment,
        author: Person,
    ) -> Result<Comment, StoreError> {
        let row = ActiveModel {
            id: NotSet,
            ticket_id: Set(ticket.0),
            author_id: Set(author.id.0),
            visibility: Set(new.visibility.as_str().to_owned()),
            body: Set(new.body),
            created_at: Set(self.now),
        };
        let row = Entity::insert(row).exec_with_returning(&self.conn).await?;
        let comment = comment(row, &HashMap::from([(author.id.0, author.full_name)]))?;
        self.index_comment(&comment).await?;
        Ok(comment)
    }
}

impl Store {
    /// The newest `most` comments on a ticket, older than `before`; without the internal ones where
    /// `internal` is not to be seen.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn comments(
        &self,
        ticket: TicketId,
        internal: bool,
        before: Option<i64>,
        most: u64,
    ) -> Result<Vec<Comment>, StoreError> {
        let mut find = seen(ticket, internal);
        if let Some(id) = before {
            find = find.filter(Column::Id.lt(id));
        }
        let find = find.order_by_desc(Column::Id).limit(most);
        let Named { rows, names } = Named::<Entity>::all(&self.read, find.into_query()).await?;
        rows.into_iter().map(|row| comment(row, &names)).collect()
    }

    /// One comment on a ticket, if it is to be seen.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn comment(
        &self,
        ticket: TicketId,
        internal: bool,
        id: CommentId,
    ) -> Result<Option<Comment>, StoreError> {
        let find = seen(ticket, internal).filter(Column::Id.eq(id.0));
        let found = Named::one(&self.read, find).await?;
        found.map(|(row, names)| comment(row, &names)).transpose()
    }
}

impl Peopled for Entity {
    const PEOPLE: &'static [Column] = &[Column::AuthorId];

    fn people(row: &Model) -> impl Iterator<Item = Option<i64>> {
        std::iter::once(Some(row.author_id))
    }
}

fn seen(ticket: TicketId, internal: bool) -> sea_orm::Select<Entity> {
    let all = Entity::find().filter(Column::TicketId.eq(ticket.0));
    match internal {
        true => all,
        false => all.filter(Column::Visibility.eq(Visibility::Public.as_str())),
    }
}

fn comment(row: Model, names: &HashMap<i64, String>) -> Result<Comment, StoreError> {
    Ok(Comment {
        id: CommentId(row.id),
        ticket: TicketId(row.ticket_id),
        author: rows::person(row.author_id, names),
        visibility: rows::word("comments", "visibility", &row.visibility)?,
        body: row.body,
        created_at: row.created_at,
    })
}
