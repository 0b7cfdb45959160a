//! What somebody filed lately, for as long as it counts.
use chrono::{DateTime, Utc};
use entity::{ticket, ticket_event};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Store;
use super::error::StoreError;
use crate::domain::event::Event;
use crate::domain::user::UserId;

impl Store {
    /// When this client filed their ticket before the last `skipped`, unless that was before
    /// `since`. Tickets that others filed for them do not count.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn filed_before_last(
        &self,
        client: UserId,
        skipped: u64,
        since: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let theirs = ticket::Entity::find()
            .select_only()
            .column(ticket::Column::CreatedAt)
            .filter(ticket::Column::ClientId.eq(client.0))
            .order_by_desc(ticket::Column::Id)
            .offset(skipped);
        let lately = |at: &DateTime<Utc>| *at > since;
        // Who filed each is looked up only where there are so many.
        let any: Option<DateTime<Utc>> = theirs.clone().into_tuple().one(&self.read).await?;
        if any.filter(lately).is_none() {
            return Ok(None);
        }
        use ticket_event::Column as Entry;
        let by_themselves = Query::select()
            .column(Entry::TicketId)
            .from(ticket_event::Entity)
            .and_where(
                Expr::col((ticket_event::Entity, Entry::TicketId))
                    .equals((ticket::Entity, ticket::Column::Id)),
            )
            .and_where(Entry::Event.eq(Event::TicketCreated.as_str()))
            .and_where(Entry::ActorId.eq(client.0))
            .to_owned();
        let own: Option<DateTime<Utc>> =
            theirs.filter(Expr::exists(by_themselves)).into_tuple().one(&self.read).await?;
        Ok(own.filter(lately))
    }
}
