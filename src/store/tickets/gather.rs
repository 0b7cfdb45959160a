//! Gathering every ticket that has certain words by the index of words, and the first of them in the
//! order of a page.
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    Asterisk, CommonTableExpression, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType,
    WithClause, WithQuery,
};

use entity::ticket::Entity;

use super::list::{ordered, whatever_order};
use super::search::Search;
use crate::store::named::{as_one_value, with_names};

impl Search<'_> {
    /// Everything that has the words, and of it the tickets of the page, in order. PostgreSQL takes
    /// from what is found no more than is asked of it; its planner must not know that, or it reads
    /// the table until it has seen enough.
    pub(super) fn gather(&self, most: Option<u64>) -> WithQuery {
        let known = || self.known().iter().copied();
        let named = |name: &'static str, query: SelectStatement| {
            let mut named = CommonTableExpression::new();
            named.query(query).table_name(name).columns(known()).materialized(true).to_owned()
        };
        let mut found = self.with_words();
        let mut few = Query::select();
        few.columns(known()).from("found");
        if let Some(most) = most {
            few.limit(most + 1);
            if self.backend == DbBackend::Sqlite {
                found.limit(most + 1);
            }
        }
        let mut firsts = self.of_few();
        for condition in whatever_order(self.backend, self.page) {
            firsts.and_where(condition);
        }
        ordered(&mut firsts, self.page);
        firsts.limit(self.page.most);
        let mut counted = Query::select();
        counted.expr(Expr::cust("count(*) AS gathered")).from("few");
        let mut all = Query::select();
        all.column(Asterisk).from_subquery(counted, "counted");
        if self.backend == DbBackend::Sqlite {
            let mut firsts = whole(firsts);
            ordered(&mut firsts, self.page);
            let value = as_one_value::<Entity>(firsts.limit(self.page.most).take());
            all.join_subquery(JoinType::CrossJoin, value, "page", Expr::cust("1 = 1"));
        } else {
            let rows = with_names::<Entity>(whole(firsts));
            all.join_subquery(JoinType::LeftJoin, rows, "tickets", Expr::cust("1 = 1"));
            ordered(&mut all, self.page);
        }
        let with = WithClause::new().cte(named("found", found)).cte(named("few", few)).to_owned();
        with.query(all)
    }

    /// What is known of a ticket as soon as its words are.
    fn known(&self) -> &'static [&'static str] {
        if self.is_by_filing_alone() { &["id", "created_at"] } else { &["id"] }
    }

    /// Whether PostgreSQL can order the tickets by what stands beside their words. For each that it
    /// has to look up, it reads four pages from anywhere; SQLite finds one as soon as the other.
    fn is_by_filing_alone(&self) -> bool {
        self.backend == DbBackend::Postgres && self.page.is_by_filing_alone()
    }

    /// Each of the few, with what puts it in order.
    fn of_few(&self) -> SelectStatement {
        let mut each = Query::select();
        each.column(("tickets", "id"));
        if self.is_by_filing_alone() {
            // A version from before did not write it down, and no comment has it.
            let filed = "(SELECT created_at FROM tickets WHERE tickets.id = few.id)";
            let mut few = Query::select();
            few.distinct().column("id").from("few");
            few.expr(Expr::cust(format!("coalesce(created_at, {filed}) AS created_at")));
            return each.from_subquery(few, "tickets").take();
        }
        if self.backend == DbBackend::Postgres {
            each.from("tickets");
            return each
                .and_where(Expr::cust("tickets.id = ANY (ARRAY(SELECT id FROM few))"))
                .take();
        }
        let few = Query::select().distinct().column("id").from("few").take();
        each.from_subquery(few, "each_of_few");
        // SQLite reads a cross join in the order of its writing.
        each.cross_join("tickets").and_where(Expr::cust("tickets.id = each_of_few.id")).take()
    }

    /// All tickets that have the words, or have a comment with them, by the indexes.
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
                if self.is_by_filing_alone() {
                    filed.column("created_at");
                    said.expr(Expr::cust("NULL::timestamptz"));
                }
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
pub(super) fn whole(ids: SelectStatement) -> SelectStatement {
    let mut whole = Query::select();
    whole.expr(Expr::cust("tickets.*")).from_subquery(ids, "those");
    // SQLite reads a cross join in the order of its writing.
    whole.cross_join("tickets").and_where(Expr::cust("tickets.id = those.id"));
    whole.take()
}
