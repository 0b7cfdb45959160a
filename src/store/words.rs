//! The words by which tickets are found: written in the story that writes the text.
use entity::{comment_words, ticket, ticket_words};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{DbBackend, EntityTrait, QueryFilter, QuerySelect};

use super::bulk::Known;
use super::error::StoreError;
use super::{Store, Tx};
use crate::domain::comment::Comment;
use crate::domain::search::words_of;
use crate::domain::ticket::Ticket;

/// As many tickets are made up for in one story.
const BATCH: u64 = 500;

impl Tx {
    /// Makes tickets that are filed now found by their words.
    ///
    /// # Errors
    /// Where a row cannot be written.
    pub fn index_new_tickets<'a>(
        &mut self,
        tickets: impl IntoIterator<Item = (&'a Ticket, String)>,
    ) -> Result<(), StoreError> {
        // SQLite finds the ticket itself as soon.
        let is_postgres = self.backend() == DbBackend::Postgres;
        let rows = tickets.into_iter().map(|(ticket, words)| ticket_words::ActiveModel {
            ticket_id: Set(ticket.id.0),
            words: Set(words),
            created_at: if is_postgres { Set(Some(ticket.created_at)) } else { NotSet },
        });
        self.insert_unasked::<ticket_words::Entity>(rows.collect())
    }

    /// Makes tickets found by their words, or by their new ones: each with its title and its
    /// description.
    pub(super) async fn index_tickets<'a>(
        &self,
        tickets: impl IntoIterator<Item = (i64, &'a str, &'a str)>,
    ) -> Result<(), StoreError> {
        use ticket_words::{Column, Entity};
        const KNOWN: Known<Column> = Known { by: &[Column::TicketId], update: &[Column::Words] };
        self.upsert_all::<Entity>(word_rows(tickets), &KNOWN).await
    }

    /// Makes a ticket found by the words of a comment.
    pub(super) async fn index_comment(&self, comment: &Comment) -> Result<(), StoreError> {
        use comment_words::{ActiveModel, Column, Entity};
        const KNOWN: Known<Column> = Known { by: &[Column::CommentId], update: &[Column::Words] };
        let row = ActiveModel {
            comment_id: Set(comment.id.0),
            ticket_id: Set(comment.ticket.0),
            visibility: Set(comment.visibility.as_str().to_owned()),
            words: Set(words_of([&*comment.body])),
        };
        self.upsert_all::<Entity>(vec![row], &KNOWN).await
    }
}

fn word_rows<'a>(
    tickets: impl IntoIterator<Item = (i64, &'a str, &'a str)>,
) -> Vec<ticket_words::ActiveModel> {
    let rows = tickets.into_iter().map(|(id, title, description)| ticket_words::ActiveModel {
        ticket_id: Set(id),
        words: Set(words_of([title, description])),
        created_at: NotSet,
    });
    rows.collect()
}

impl Store {
    /// Makes tickets found that were written down by a version which knew no words.
    pub(super) async fn index_the_rest(&self) -> Result<(), StoreError> {
        use ticket::{Column, Entity};
        let mut made_up_for = 0;
        loop {
            let known = Query::select()
                .expr(Expr::val(1))
                .from(ticket_words::Entity)
                .and_where(
                    Expr::col((ticket_words::Entity, ticket_words::Column::TicketId))
                        .equals((Entity, Column::Id)),
                )
                .take();
            let tx = self.begin().await?;
            let rest: Vec<(i64, String, String)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::Title, Column::Description])
                .filter(Expr::exists(known).not())
                .limit(BATCH)
                .lock_exclusive()
                .into_tuple()
                .all(&tx.conn)
                .await?;
            if rest.is_empty() {
                tx.rollback().await?;
                break;
            }
            made_up_for += rest.len();
            tx.index_tickets(rest.iter().map(|(id, title, text)| (*id, &**title, &**text))).await?;
            tx.commit().await?;
        }
        if made_up_for > 0 {
            tracing::info!("{made_up_for} tickets can be searched now");
        }
        Ok(())
    }
}
