//! The plans by which the databases read lists: along an index, without sorting, and a search by
//! the index of words.
use entity::ticket::Entity;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::SelectStatement;

use super::list::listed;
use super::search::Search;
use crate::domain::filter::AnyOf;
use crate::domain::search::Sought;
use crate::domain::text::{Flaws, line};
use crate::domain::ticket::{Priority, TicketId, word};
use crate::domain::ticket_list::{Place, SortBy, TicketFilter, TicketPage, TicketSort};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;
use crate::ports::clock::{Clock, SystemClock};
use crate::store::named::asked;
use crate::store::{Store, scratch};

const SORTS: [&str; 6] =
    ["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"];

/// A few thousand tickets of eight people, so that a planner has something to go by.
const TICKETS: &str = "
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)
    INSERT INTO tickets (title, description, priority, category, project_name, status, client_id,
        developer_id, version, created_at, updated_at)
    SELECT 'a ticket', 'with words',
        CASE n % 4 WHEN 0 THEN 'LOW' WHEN 1 THEN 'HIGH' ELSE 'MEDIUM' END, 'BUG',
        CASE n % 5 WHEN 0 THEN 'App' ELSE 'Portal' END,
        CASE n % 9 WHEN 0 THEN 'NEW' WHEN 1 THEN 'OPENED' ELSE 'CLOSED' END,
        n % 8 + 1, n % 3 + 1, 1, AT, AT FROM n";
const PEOPLE: &str = "
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 8)
    INSERT INTO users (username, email, password_hash, full_name, role, locale, is_active,
        created_at, updated_at)
    SELECT CAST(n AS TEXT), CAST(n AS TEXT), '', 'Somebody', 'CLIENT', 'en', TRUE, NOW, NOW FROM n";
const WORDS: &str = "
    INSERT INTO ticket_words (ticket_id, words)
    SELECT id, CASE id % 3 WHEN 0 THEN ' with words ' ELSE ' a ticket ' END FROM tickets";

async fn fill(store: &Store) {
    let (at, now) = match store.is_shared() {
        true => ("to_timestamp(1700000000 + n)", "now()"),
        false => (
            "strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + n, 'unixepoch') || '+00:00'",
            "'2026-01-31T09:30:00+00:00'",
        ),
    };
    for sql in [PEOPLE, TICKETS, WORDS, "ANALYZE"] {
        let sql = sql.replace("AT, AT", &format!("{at}, {at}")).replace("NOW", now);
        store.write.execute_unprepared(&sql).await.unwrap();
    }
}

/// The statement that is asked for, and how the database means to answer it.
async fn plan(store: &Store, sql: String) -> String {
    let explain = if store.is_shared() { "EXPLAIN (COSTS OFF)" } else { "EXPLAIN QUERY PLAN" };
    let asked = sea_orm::Statement::from_string(
        store.read.get_database_backend(),
        format!("{explain} {sql}"),
    );
    let column = if store.is_shared() { "QUERY PLAN" } else { "detail" };
    let rows = store.read.query_all_raw(asked).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn said(store: &Store, select: &SelectStatement) -> String {
    match store.is_shared() {
        true => select.to_string(sea_orm::sea_query::PostgresQueryBuilder),
        false => select.to_string(sea_orm::sea_query::SqliteQueryBuilder),
    }
}

fn pages() -> Vec<(String, TicketPage)> {
    let mut flaws = Flaws::default();
    let mut status = |raw| {
        AnyOf::read(&mut flaws, "status", Some(raw), |raw| {
            word("status", raw, &Status::ALL.map(Status::as_str))
        })
    };
    let (one, two) = (status("OPENED"), status("NEW,OPENED"));
    let mut urgent = AnyOf::default();
    urgent.only(Priority::High);
    let mut flaws = Flaws::default();
    let project = AnyOf::read(&mut flaws, "p", Some("App"), |raw| line("p", raw, 100));
    let mut client = AnyOf::default();
    client.only(UserId(3));
    let filters = [
        ("everything", TicketFilter::default()),
        ("one status", TicketFilter { status: one.clone(), ..TicketFilter::default() }),
        (
            "one status and priority",
            TicketFilter { status: one.clone(), priority: urgent, ..TicketFilter::default() },
        ),
        ("two", TicketFilter { status: two, ..TicketFilter::default() }),
        ("a client's", TicketFilter { client_id: client.clone(), ..TicketFilter::default() }),
        ("a developer's", TicketFilter { developer_id: client.clone(), ..TicketFilter::default() }),
        (
            "a client's open",
            TicketFilter { client_id: client, status: one, ..TicketFilter::default() },
        ),
        ("a project's", TicketFilter { project_name: project, ..TicketFilter::default() }),
    ];
    let mut pages = vec![];
    for (name, filter) in filters {
        for sort in SORTS {
            let sort = TicketSort::parse(sort).unwrap();
            let priority = (sort.by == SortBy::Priority).then_some(Priority::Medium);
            let at = SystemClock.now();
            let deep = Some(Place { priority, at, id: TicketId(3000) });
            for after in [None, deep] {
                let said = format!("{name}, {sort:?}, {}", after.map_or("first", |_| "deep"));
                let page = TicketPage { filter: filter.clone(), sort, after, most: 51 };
                pages.push((said, page));
            }
        }
    }
    pages
}

/// Every stretch along an index. What is merged or in order of priority may be sorted once more,
/// a page or some at most.
async fn lists_are_read_along_an_index(store: &Store) {
    let backend = store.read.get_database_backend();
    for (name, page) in pages() {
        let sql = said(store, &asked::<Entity>(backend, listed(backend, &page, page.most)));
        let plan = plan(store, sql).await;
        let stretches = plan.matches("Index Scan").count() + plan.matches("USING INDEX").count();
        assert!(stretches > 0 && !plan.contains("Seq Scan on tickets"), "{name}:\n{plan}");
        let first = name.ends_with("first") && page.sort.by != SortBy::UpdatedAt;
        if store.is_shared() && first && name.contains("and priority") {
            // What has another status or priority is not read to be left out.
            let knows = |line: &str| line.contains("status =") && line.contains("priority =");
            let known = plan.lines().any(|line| line.contains("Index Cond") && knows(line));
            assert!(known, "{name}:\n{plan}");
        }
        let merged = page.sort.by == SortBy::Priority || page.filter.status.values().len() > 1;
        if store.is_shared() {
            // Of two filters it may gather what few tickets there are by the better one.
            let gathers = name.starts_with("a client's open");
            let sorts = plan.matches("Sort Key").count();
            assert!(gathers || sorts <= usize::from(merged), "{name}:\n{plan}");
        } else {
            // Pages are merged in order; what an index gives is never sorted.
            let lines: Vec<&str> = plan.lines().collect();
            let sorted = |pair: &&[&str]| {
                pair[0].starts_with("SEARCH") && pair[1].starts_with("USE TEMP B-TREE")
            };
            assert!(!lines.windows(2).any(|pair| sorted(&pair)), "{name}:\n{plan}");
            assert!(merged || !plan.contains("USE TEMP B-TREE"), "{name}:\n{plan}");
            // What was read already is scanned under the name of the table.
            let scans = plan.lines().filter(|line| *line == "SCAN tickets").count();
            let read = plan.matches("CO-ROUTINE").count() + plan.matches("COMPOUND").count();
            assert!(scans <= read, "{name}:\n{plan}");
        }
    }
}

async fn searches_read_the_index_of_words(store: &Store) {
    let backend = store.read.get_database_backend();
    let sought = Sought::parse("q", "some wor").unwrap().unwrap();
    for (name, page) in pages() {
        let search = Search { backend, page: &page, sought: &sought, internal: false };
        let gather = match store.is_shared() {
            true => search.gather(Some(10)).to_string(sea_orm::sea_query::PostgresQueryBuilder),
            false => search.gather(Some(10)).to_string(sea_orm::sea_query::SqliteQueryBuilder),
        };
        let plan = plan(store, gather).await;
        if store.is_shared() {
            assert!(plan.contains("Bitmap Index Scan on ticket_words_index"), "{name}:\n{plan}");
            assert!(plan.contains("CTE found"), "{name}:\n{plan}");
            assert!(!plan.contains("Seq Scan on tickets"), "{name}:\n{plan}");
            // What stands beside the words is enough to put tickets in order by when they were filed.
            assert_eq!(plan.contains("ANY"), !page.is_by_filing_alone(), "{name}:\n{plan}");
        } else {
            assert!(plan.contains("VIRTUAL TABLE"), "{name}:\n{plan}");
            assert!(plan.contains("SEARCH tickets USING INTEGER PRIMARY KEY"), "{name}:\n{plan}");
        }
        let walk = plan_of_walk(store, &search).await;
        assert!(!walk.contains("Seq Scan on ticket_words"), "{name}:\n{walk}");
        assert!(!walk.contains("SCAN ticket_words"), "{name}:\n{walk}");
        assert!(!walk.contains("hashed"), "{name}:\n{walk}");
        if !store.is_shared() && name.starts_with("a client's,") && page.sort.by != SortBy::Priority
        {
            // Their tickets are not read to be looked at, only the words.
            assert!(walk.contains("COVERING INDEX tickets_client"), "{name}:\n{walk}");
        }
    }
}

async fn plan_of_walk(store: &Store, search: &Search<'_>) -> String {
    let walk = asked::<Entity>(search.backend, search.walk(200));
    plan(store, said(store, &walk)).await
}

async fn all_is_read_by_its_index(store: &Store) {
    fill(store).await;
    lists_are_read_along_an_index(store).await;
    searches_read_the_index_of_words(store).await;
}

#[tokio::test]
async fn sqlite_reads_lists_and_searches_by_their_indexes() {
    scratch::sqlite(all_is_read_by_its_index).await;
}

#[tokio::test]
async fn postgres_reads_lists_and_searches_by_their_indexes() {
    scratch::postgres(all_is_read_by_its_index).await;
}
