//! Searching tickets. An index of words knows all tickets with a word, but not which are the
//! first of a list; a list knows its order, but not the words. A word that many tickets have is
//! found soon along the list; of a rare one all tickets are gathered and put in order. Which of
//! the two it is shows at a glance at the head of the list.
use entity::ticket::Entity;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, DbBackend};

use super::gather::whole;
use super::list::{ordered, places};
use crate::domain::comment::Visibility;
use crate::domain::search::Sought;
use crate::domain::ticket_list::TicketPage;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::named::Named;

/// The head of a list, to see how common the words are.
const GLANCE: u64 = 200;
/// Words that were seen at a glance are found within this many tickets as a rule.
const STROLL: u64 = 20_000;
/// Somebody who has fewer tickets than this has them looked at one by one: an index of words would
/// first gather what everybody else wrote.
const OWN: u64 = 2_000;
/// As many tickets are gathered without a second thought.
const FEW: u64 = 4_000;

/// The tickets that were looked at, and whether these are all that the page can have.
struct Looked {
    found: Named<Entity>,
    is_whole: bool,
}

impl Store {
    pub(super) async fn searched(
        &self,
        page: &TicketPage,
        sought: &Sought,
        internal: bool,
    ) -> Result<Named<Entity>, StoreError> {
        if sought.is_nothing() {
            return Ok(Named::default());
        }
        let search = Search { backend: self.read.get_database_backend(), page, sought, internal };
        let glance = self.walked(&search, GLANCE).await?;
        if glance.is_whole {
            return Ok(glance.found);
        }
        if search.is_among_somebodys() {
            let theirs = self.listed_at_all(&search, OWN).await?;
            if theirs < GLANCE {
                return Ok(glance.found);
            }
            if theirs < OWN {
                return Ok(self.walked(&search, OWN).await?.found);
            }
        }
        if glance.found.rows.len() > 1 {
            let stroll = self.walked(&search, STROLL).await?;
            if stroll.is_whole {
                return Ok(stroll.found);
            }
        }
        let gathered = self.gathered(&search, Some(FEW)).await?;
        if gathered.is_whole {
            return Ok(gathered.found);
        }
        if glance.found.rows.len() < 2 {
            let stroll = self.walked(&search, STROLL).await?;
            if stroll.is_whole {
                return Ok(stroll.found);
            }
        }
        Ok(self.gathered(&search, None).await?.found)
    }

    /// Looks at the first `far` tickets of the list, until a page is found. At a glance nobody asks
    /// whether there are more.
    async fn walked(&self, search: &Search<'_>, far: u64) -> Result<Looked, StoreError> {
        let found = Named::all(&self.read, search.walk(far)).await?;
        let is_page = found.rows.len() as u64 == search.page.most;
        let is_whole = is_page || (far == STROLL && self.listed_at_all(search, far).await? < far);
        Ok(Looked { found, is_whole })
    }

    /// How many tickets are on the list at all, as far as `far`.
    async fn listed_at_all(&self, search: &Search<'_>, far: u64) -> Result<u64, StoreError> {
        let mut all = Query::select();
        all.expr(Expr::cust("count(*) AS counted"));
        all.from_subquery(places(search.backend, search.page, far), "tickets");
        let row = self.read.query_one_raw(search.backend.build(&all)).await?;
        let counted: i64 = row.map(|row| row.try_get("", "counted")).transpose()?.unwrap_or(0);
        Ok(counted.unsigned_abs())
    }

    /// Gathers every ticket with the words, unless there are more than `most`.
    async fn gathered(&self, search: &Search<'_>, most: Option<u64>) -> Result<Looked, StoreError> {
        let asked = search.backend.build(&search.gather(most));
        let mut looked = Looked { found: Named::default(), is_whole: true };
        for row in self.read.query_all_raw(asked).await? {
            let all: i64 = row.try_get("", "gathered")?;
            looked.is_whole = most.is_none_or(|most| all.unsigned_abs() <= most);
            if search.backend == DbBackend::Sqlite {
                looked.found.read_value(&row)?;
            } else if row.try_get::<Option<i64>>("", "id")?.is_some() {
                looked.found.read_row(&row)?;
            }
        }
        Ok(looked)
    }
}

pub(super) struct Search<'a> {
    pub(super) backend: DbBackend,
    pub(super) page: &'a TicketPage,
    pub(super) sought: &'a Sought,
    /// Whether the reader may know internal comments.
    pub(super) internal: bool,
}

impl Search<'_> {
    /// Whether these are somebody's own tickets, which are few as a rule.
    fn is_among_somebodys(&self) -> bool {
        let filter = &self.page.filter;
        !(filter.client_id.is_any() && filter.developer_id.is_any())
    }

    /// The tickets with the words among the first of the list. A ticket is read whole once it is
    /// known to have them.
    pub(super) fn walk(&self, far: u64) -> SelectStatement {
        let mut found = Query::select();
        found.column("id").from_subquery(places(self.backend, self.page, far), "tickets");
        found.and_where(self.has_words()).limit(self.page.most);
        if self.backend == DbBackend::Postgres {
            // The list has this order already; SQLite would sort it again all the same.
            ordered(&mut found, self.page);
        }
        let mut walk = whole(found);
        ordered(&mut walk, self.page);
        walk
    }

    /// Whether a ticket of the list has the words, by looking at it and its comments.
    fn has_words(&self) -> Expr {
        let (find, place) = match self.backend {
            DbBackend::Postgres => ("strpos", "$1"),
            _ => ("instr", "?"),
        };
        let full = self.sought.words().iter().map(|word| format!(" {word} "));
        let parts = full.chain([format!(" {}", self.sought.beginning())]);
        let has = |part| Expr::cust_with_values(format!("{find}(words, {place}) > 0"), [part]);
        let has = parts.map(has).fold(None, |all: Option<Expr>, one| match all {
            Some(all) => Some(all.and(one)),
            None => Some(one),
        });
        let has = has.unwrap_or_else(|| Expr::val(false));
        let of_it = Expr::cust("ticket_id = tickets.id");
        let mut filed = Query::select();
        filed.expr(has.clone()).from("ticket_words").and_where(of_it.clone());
        let mut said = Query::select();
        said.expr(Expr::cust("1")).from("comment_words").and_where(of_it).and_where(has);
        self.readable(&mut said);
        if self.backend == DbBackend::Postgres {
            // Or it reads every comment there is, to know about many tickets at once.
            said.offset(0);
        }
        SimpleExpr::from(filed.take()).or(Expr::exists(said.take()))
    }

    /// Leaves out comments that are not for the reader.
    pub(super) fn readable(&self, comments: &mut SelectStatement) {
        if !self.internal {
            comments.and_where(Expr::col("visibility").eq(Visibility::Public.as_str()));
        }
    }
}
