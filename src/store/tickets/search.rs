//! Searching tickets. An index of words knows all tickets with a word, but not which are the
//! first of a list; a list knows its order, but not the words. A word that many tickets have is
//! found soon along the list; of a rare one all tickets are gathered and put in order. Which of
//! the two it is shows at a glance at the head of the list.
use entity::ticket::Model;
use sea_orm::sea_query::{
    Asterisk, CommonTableExpression, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr,
    UnionType, WithClause, WithQuery,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

use super::list::{ordered, places, whatever_order};
use crate::domain::comment::Visibility;
use crate::domain::search::Sought;
use crate::domain::ticket_list::TicketPage;
use crate::store::Store;
use crate::store::error::StoreError;

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
    found: Vec<Model>,
    is_whole: bool,
}

impl Store {
    pub(super) async fn searched(
        &self,
        page: &TicketPage,
        sought: &Sought,
        internal: bool,
    ) -> Result<Vec<Model>, StoreError> {
        if sought.is_nothing() {
            return Ok(vec![]);
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
        if glance.found.len() > 1 {
            let stroll = self.walked(&search, STROLL).await?;
            if stroll.is_whole {
                return Ok(stroll.found);
            }
        }
        let gathered = self.gathered(&search, Some(FEW)).await?;
        if gathered.is_whole {
            return Ok(gathered.found);
        }
        if glance.found.len() < 2 {
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
        let asked = search.backend.build(&search.walk(far));
        let found = Model::find_by_statement(asked).all(&self.read).await?;
        let is_page = found.len() as u64 == search.page.most;
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
        let rows = self.read.query_all_raw(asked).await?;
        let mut looked = Looked { found: vec![], is_whole: true };
        for row in rows {
            let all: i64 = row.try_get("", "gathered")?;
            looked.is_whole = most.is_none_or(|most| all.unsigned_abs() <= most);
            if row.try_get::<Option<i64>>("", "id")?.is_some() {
                looked.found.push(Model::from_query_result(&row, "")?);
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
    fn readable(&self, comments: &mut SelectStatement) {
        if !self.internal {
            comments.and_where(Expr::col("visibility").eq(Visibility::Public.as_str()));
        }
    }

    /// Everything that has the words, and of it the tickets of the page, in order. PostgreSQL takes
    /// from what is found no more than is asked of it; its planner must not know that, or it reads
    /// the table until it has seen enough.
    pub(super) fn gather(&self, most: Option<u64>) -> WithQuery {
        let named = |name: &'static str, query: SelectStatement| {
            let mut named = CommonTableExpression::new();
            named.query(query).table_name(name).column("id").materialized(true).to_owned()
        };
        let mut found = self.with_words();
        let mut few = Query::select();
        few.column("id").from("found");
        if let Some(most) = most {
            few.limit(most + 1);
            if self.backend == DbBackend::Sqlite {
                found.limit(most + 1);
            }
        }
        let mut firsts = Query::select();
        firsts.column(("tickets", "id"));
        match self.backend {
            DbBackend::Postgres => {
                firsts.from("tickets");
                firsts.and_where(Expr::cust("tickets.id = ANY (ARRAY(SELECT id FROM few))"));
            }
            _ => {
                let each = Query::select().distinct().column("id").from("few").take();
                firsts.from_subquery(each, "each_of_few");
                // SQLite reads a cross join in the order of its writing.
                firsts.cross_join("tickets");
                firsts.and_where(Expr::cust("tickets.id = each_of_few.id"));
            }
        }
        for condition in whatever_order(self.backend, self.page) {
            firsts.and_where(condition);
        }
        ordered(&mut firsts, self.page);
        firsts.limit(self.page.most);
        let page = whole(firsts);
        let mut counted = Query::select();
        counted.expr(Expr::cust("count(*) AS gathered")).from("few");
        let mut all = Query::select();
        all.column(Asterisk).from_subquery(counted, "counted");
        all.join_subquery(JoinType::LeftJoin, page, "tickets", Expr::cust("1 = 1"));
        ordered(&mut all, self.page);
        let with = WithClause::new().cte(named("found", found)).cte(named("few", few)).to_owned();
        with.query(all)
    }

    /// The ids of all tickets that have the words, or have a comment with them, by the indexes.
    fn with_words(&self) -> SelectStatement {
        let mut filed = Query::select();
        let mut said = Query::select();
        match self.backend {
            DbBackend::Postgres => {
                let has = Expr::cust_with_values(
                    "array_to_tsvector(string_to_array(btrim(words), ' ')) @@ $1::tsquery",
                    [self.query('\'', " & ", ":*")],
                );
                filed.column("ticket_id").from("ticket_words").and_where(has.clone());
                said.column("ticket_id").from("comment_words").and_where(has);
            }
            _ => {
                let has = |index: &str| {
                    let query = self.query('"', " ", "*");
                    Expr::cust_with_values(format!("{index} MATCH ?"), [query])
                };
                filed.column("rowid").from("ticket_words_index");
                filed.and_where(has("ticket_words_index"));
                let mut comments = Query::select();
                comments.column("rowid").from("comment_words_index");
                comments.and_where(has("comment_words_index"));
                said.column("ticket_id").from("comment_words");
                said.and_where(Expr::col("comment_id").in_subquery(comments.take()));
            }
        }
        self.readable(&mut said);
        filed.union(UnionType::All, said.take()).take()
    }

    /// The words as the index is asked for them. A word has letters and digits only, so nothing
    /// that somebody typed is ever a part of this language.
    fn query(&self, quote: char, and: &str, beginning: &str) -> String {
        let words = self.sought.words().iter().map(|word| format!("{quote}{word}{quote}{and}"));
        words.collect::<String>() + &format!("{quote}{}{quote}{beginning}", self.sought.beginning())
    }
}

/// These tickets with all that they say: what is put in order should be light until then.
fn whole(ids: SelectStatement) -> SelectStatement {
    let mut whole = Query::select();
    whole.expr(Expr::cust("tickets.*")).from_subquery(ids, "those");
    // SQLite reads a cross join in the order of its writing.
    whole.cross_join("tickets").and_where(Expr::cust("tickets.id = those.id"));
    whole.take()
}
