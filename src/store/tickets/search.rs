//! Searching tickets. An index of words knows all tickets with a word, but not which are the
//! first of a list; a list knows its order, but not the words. A word that many tickets have is
//! found soon along the list; of a rare one all tickets are gathered and put in order. Which of
//! the two it is shows at a glance at the head of the list.
use entity::ticket::Model;
use entity::ticket_words::{ActiveModel, Column as Indexed, Entity as Index};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{
    Asterisk, CommonTableExpression, Expr, JoinType, Query, SelectStatement, WithClause,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

use super::list::{listed, ordered, whatever_order};
use crate::domain::search::{Sought, words_of};
use crate::domain::ticket_list::TicketPage;
use crate::store::bulk::Known;
use crate::store::error::StoreError;
use crate::store::{Store, Tx};

/// The head of a list, to see how common the words are.
const GLANCE: u64 = 200;
/// Words that were seen at a glance are found within this many tickets as a rule.
const STROLL: u64 = 20_000;
/// As many tickets are gathered without a second thought.
const FEW: u64 = 4_000;

impl Tx {
    /// Makes tickets found by their words, or by their new ones.
    pub(in crate::store) async fn index_tickets<'a>(
        &self,
        tickets: impl IntoIterator<Item = (i64, &'a str, &'a str)>,
    ) -> Result<(), StoreError> {
        let rows = tickets.into_iter().map(|(id, title, description)| ActiveModel {
            ticket_id: Set(id),
            words: Set(words_of([title, description])),
        });
        self.upsert_all::<Index>(rows.collect(), &KNOWN).await
    }
}

const KNOWN: Known<Indexed> = Known { by: &[Indexed::TicketId], update: &[Indexed::Words] };

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
        if glance.is_whole || self.is_short(&search).await? {
            return Ok(glance.found);
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
        let stroll = self.walked(&search, STROLL).await?;
        if stroll.is_whole {
            return Ok(stroll.found);
        }
        Ok(self.gathered(&search, None).await?.found)
    }

    /// Looks at the first `far` tickets of the list, until a page is found.
    async fn walked(&self, search: &Search<'_>, far: u64) -> Result<Looked, StoreError> {
        let asked = search.backend.build(&search.walk(far));
        let found = Model::find_by_statement(asked).all(&self.read).await?;
        let is_whole = found.len() as u64 == search.page.most;
        Ok(Looked { found, is_whole })
    }

    /// Whether a glance has seen all of the list: that of somebody with few tickets.
    async fn is_short(&self, search: &Search<'_>) -> Result<bool, StoreError> {
        let filter = &search.page.filter;
        if filter.client_id.is_any() && filter.developer_id.is_any() {
            return Ok(false);
        }
        let mut ids = Query::select();
        ids.expr(Expr::cust("count(*) AS walked"));
        ids.from_subquery(listed(search.backend, search.page, GLANCE), "tickets");
        let row = self.read.query_one_raw(search.backend.build(&ids)).await?;
        let walked: i64 = row.map(|row| row.try_get("", "walked")).transpose()?.unwrap_or(0);
        Ok(walked.unsigned_abs() < GLANCE)
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

struct Search<'a> {
    backend: DbBackend,
    page: &'a TicketPage,
    sought: &'a Sought,
    internal: bool,
}

impl Search<'_> {
    fn walk(&self, far: u64) -> SelectStatement {
        let mut walk = Query::select();
        walk.column(Asterisk).from_subquery(listed(self.backend, self.page, far), "tickets");
        walk.and_where(self.has_words()).limit(self.page.most);
        if self.backend == DbBackend::Postgres {
            // The list has this order already; SQLite would sort it again all the same.
            ordered(&mut walk, self.page);
        }
        walk.take()
    }

    /// Whether a ticket of the list has the words, by looking at it.
    fn has_words(&self) -> Expr {
        let (find, place) = match self.backend {
            DbBackend::Postgres => ("strpos", "$"),
            _ => ("instr", "?"),
        };
        let full = self.sought.words().iter().map(|word| format!(" {word} "));
        let parts: Vec<String> = full.chain([format!(" {}", self.sought.beginning())]).collect();
        let number = |at: usize| if place == "$" { (at + 1).to_string() } else { String::new() };
        let each: Vec<String> = (0..parts.len())
            .map(|at| format!("{find}(words, {place}{}) > 0", number(at)))
            .collect();
        let sql = format!(
            "(SELECT {} FROM ticket_words WHERE ticket_id = tickets.id)",
            each.join(" AND ")
        );
        Expr::cust_with_values(sql, parts)
    }

    fn gather(&self, most: Option<u64>) -> sea_orm::sea_query::WithQuery {
        let named = |name: &'static str, query: SelectStatement| {
            CommonTableExpression::new().query(query).table_name(name).materialized(true).to_owned()
        };
        let mut few = Query::select();
        few.column("id").from("found");
        if let Some(most) = most {
            few.limit(most + 1);
        }
        let mut page = Query::select();
        page.expr(Expr::cust("tickets.*"));
        match self.backend {
            DbBackend::Postgres => {
                page.from("tickets");
                page.and_where(Expr::cust("tickets.id = ANY (ARRAY(SELECT id FROM few))"));
            }
            // SQLite reads a cross join in the order of its writing.
            _ => {
                let same = Expr::cust("tickets.id = few.id");
                page.from("few").join(JoinType::CrossJoin, "tickets", same);
            }
        }
        for condition in whatever_order(self.backend, self.page) {
            page.and_where(condition);
        }
        ordered(&mut page, self.page);
        page.limit(self.page.most);
        let mut counted = Query::select();
        counted.expr(Expr::cust("count(*) AS gathered")).from("few");
        let mut all = Query::select();
        all.column(Asterisk).from_subquery(counted, "counted");
        all.join_subquery(JoinType::LeftJoin, page, "tickets", Expr::cust("1 = 1"));
        ordered(&mut all, self.page);
        let with = WithClause::new()
            .cte(named("found", self.with_words()))
            .cte(named("few", few))
            .to_owned();
        with.query(all)
    }

    /// The ids of all tickets that have the words, by the index.
    fn with_words(&self) -> SelectStatement {
        let mut find = Query::select();
        let said = |word: &String, mark: char| format!("{mark}{word}{mark}");
        match self.backend {
            DbBackend::Postgres => {
                let words = self.sought.words().iter().map(|word| said(word, '\'') + " & ");
                let query: String = words.collect();
                let query = format!("{query}'{}':*", self.sought.beginning());
                find.expr(Expr::cust("ticket_id AS id")).from("ticket_words");
                find.and_where(Expr::cust_with_values(
                    "array_to_tsvector(string_to_array(btrim(words), ' ')) @@ $1::tsquery",
                    [query],
                ));
            }
            _ => {
                let words = self.sought.words().iter().map(|word| said(word, '"') + " ");
                let query: String = words.collect();
                let query = format!("{query}\"{}\"*", self.sought.beginning());
                find.expr(Expr::cust("rowid AS id")).from("ticket_words_index");
                find.and_where(Expr::cust_with_values("ticket_words_index MATCH ?", [query]));
            }
        }
        find.take()
    }
}
