//! Lists in every order: each ticket once, in its place, and a cursor that fits one list only.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::world::{Person, World, id, stories};

stories![
    every_order_shows_every_ticket_once_in_its_place,
    an_order_holds_for_several_values_and_every_role,
    a_cursor_fits_the_list_it_came_from_and_no_other,
    an_order_that_does_not_exist_is_refused,
    a_thousand_values_are_one_or_too_many,
    what_is_no_parameter_is_refused,
];

const PRIORITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

/// Every ticket of a list, page by page.
async fn walked(by: &Person, query: &str, limit: usize) -> Vec<Value> {
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("/api/tickets?limit={limit}&{query}{cursor}");
        let page = by.sees(&path).await;
        let items = page["items"].as_array().expect("a list").clone();
        assert!(items.len() <= limit, "{path}");
        seen.extend(items);
        assert!(seen.len() <= 200, "{path}: no end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

/// What an order goes by, the tie-break last, as something that ascends.
fn key(sort: &str, ticket: &Value) -> (i64, String, i64) {
    let text = |name: &str| ticket[name].as_str().expect("text").to_owned();
    let rank = PRIORITIES.iter().position(|it| ticket["priority"] == *it).expect("a priority");
    let rank = i64::try_from(rank).expect("few");
    match sort {
        "updated_at" | "-updated_at" => (0, text("updated_at"), id(ticket)),
        "priority" => (-rank, text("created_at"), id(ticket)),
        "-priority" => (rank, text("created_at"), id(ticket)),
        _ => (0, text("created_at"), id(ticket)),
    }
}

fn in_order(sort: &str, mut tickets: Vec<Value>) -> Vec<i64> {
    tickets.sort_by_key(|ticket| key(sort, ticket));
    if sort.starts_with('-') || sort == "priority" || sort.is_empty() {
        tickets.reverse();
    }
    tickets.iter().map(id).collect()
}

async fn a_full_house(world: &World) -> Person {
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    for number in 0..24 {
        let by = if number % 3 == 0 { jane.clone() } else { world.client() };
        let priority = PRIORITIES[number * 5 / 3 % 4];
        let project = ["Portal", "App", "Shop"][number % 3];
        let fields = json!({ "priority": priority, "project_name": project });
        let ticket = by.files_with(&format!("No. {number}"), fields).await;
        if number % 4 == 1 {
            world.admin().does("open", &ticket, json!({})).await;
        }
        if number % 4 > 1 {
            let body = json!({ "developer_id": world.dev().id });
            world.admin().does("assign", &ticket, body).await;
        }
        // Some are filed at the same instant.
        if number % 2 == 0 {
            world.passes(TimeDelta::milliseconds(7));
        }
    }
    let all = walked(&world.admin(), "", 200).await;
    for ticket in all.iter().filter(|ticket| ticket["status"] == "OPENED") {
        world.passes(TimeDelta::milliseconds(7));
        world.admin().does("close", ticket, json!({})).await;
    }
    // Somebody's clock went wrong once: filed later, and dated earlier.
    let at = all[3]["created_at"].as_str().expect("an instant").replace('Z', "+00:00");
    world.changes_rows(&format!("UPDATE tickets SET created_at = '{at}' WHERE id % 11 = 0")).await;
    jane
}

const SORTS: [&str; 7] =
    ["", "created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"];

async fn every_order_shows_every_ticket_once_in_its_place(world: &mut World) {
    a_full_house(world).await;
    let admin = world.admin();
    let all = walked(&admin, "", 200).await;
    assert_eq!(all.len(), 24);
    for sort in SORTS {
        for limit in [1, 5, 23, 24, 25] {
            let seen = walked(&admin, &format!("sort={sort}"), limit).await;
            let ids: Vec<i64> = seen.iter().map(id).collect();
            assert_eq!(ids, in_order(sort, all.clone()), "sort={sort} limit={limit}");
        }
    }
}

async fn an_order_holds_for_several_values_and_every_role(world: &mut World) {
    let jane = a_full_house(world).await;
    let all = walked(&world.admin(), "", 200).await;
    let dev = world.dev();
    let john = world.client().id;
    let is = |field: &'static str, values: &'static [&'static str]| {
        move |ticket: &Value| values.iter().any(|value| ticket[field] == *value)
    };
    let theirs = |person: &'static str, id: i64| move |ticket: &Value| ticket[person]["id"] == id;
    type Only<'a> = &'a dyn Fn(&Value) -> bool;
    let cases: [(&Person, String, Only<'_>); 9] = [
        (&world.admin(), "status=NEW,CLOSED".into(), &is("status", &["NEW", "CLOSED"])),
        (&world.admin(), "priority=LOW,HIGH".into(), &is("priority", &["LOW", "HIGH"])),
        (&world.admin(), "project_name=App,Shop".into(), &is("project_name", &["App", "Shop"])),
        (&world.admin(), format!("client_id={john}"), &theirs("client", john)),
        (&world.admin(), format!("client_id={},{john}", jane.id), &|_| true),
        (&world.admin(), "category=BUG&status=ASSIGNED".into(), &is("status", &["ASSIGNED"])),
        (&jane, String::new(), &theirs("client", jane.id)),
        (&jane, "status=NEW,ASSIGNED".into(), &|ticket| {
            ticket["client"]["id"] == jane.id && ticket["status"] != "CLOSED"
        }),
        (&dev, "priority=CRITICAL,LOW".into(), &|ticket| {
            ticket["developer"]["id"] == dev.id && is("priority", &["CRITICAL", "LOW"])(ticket)
        }),
    ];
    for (by, query, only) in cases {
        let expected: Vec<Value> = all.iter().filter(|ticket| only(ticket)).cloned().collect();
        assert!(!expected.is_empty(), "{query} means nothing");
        for sort in SORTS {
            let seen = walked(by, &format!("{query}&sort={sort}"), 3).await;
            let ids: Vec<i64> = seen.iter().map(id).collect();
            assert_eq!(ids, in_order(sort, expected.clone()), "{}: {query} {sort}", by.username);
        }
    }
}

async fn a_cursor_fits_the_list_it_came_from_and_no_other(world: &mut World) {
    let admin = world.admin();
    for number in 0..3 {
        world.client().files(&format!("No. {number}")).await;
    }
    let queries = [
        "",
        "sort=created_at",
        "sort=-updated_at",
        "sort=priority",
        "status=NEW",
        "status=NEW,OPENED",
        "priority=MEDIUM",
        "project_name=Web%20Portal",
        "created_from=2020-01-01T00:00:00Z",
        "q=no",
        "q=n",
    ];
    for from in queries {
        let page = admin.sees(&format!("/api/tickets?limit=1&{from}")).await;
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        admin.sees(&format!("/api/tickets?limit=2&{from}&cursor={cursor}")).await;
        for to in queries.into_iter().filter(|to| *to != from) {
            let answer = admin.get(&format!("/api/tickets?{to}&cursor={cursor}")).await;
            answer.refused(422, "bad_cursor");
        }
    }
    // The same question in other words is the same question.
    let page = admin.sees("/api/tickets?limit=1&status=NEW,NEW").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    admin.sees(&format!("/api/tickets?sort=-created_at&status=,NEW&cursor={cursor}")).await;
}

async fn an_order_that_does_not_exist_is_refused(world: &mut World) {
    for sort in [
        "id",
        "title",
        "--priority",
        "priority%20desc",
        "-",
        "PRIORITY",
        "created_at,id",
        "%27;DROP%20TABLE%20tickets;--",
        "(SELECT%201)",
        "%00",
        "+priority",
    ] {
        let answer = world.client().get(&format!("/api/tickets?sort={sort}")).await;
        assert_eq!(answer.flaws(), [("sort".to_owned(), "unknown_value".to_owned())], "{sort}");
    }
}

async fn a_thousand_values_are_one_or_too_many(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("One").await;
    for (many, found) in [
        (format!("status={}", "NEW,".repeat(1000)), 1),
        (format!("client_id={}", "7,".repeat(1000)), 0),
    ] {
        let page = admin.sees(&format!("/api/tickets?{many}")).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(found));
    }
    let numbers = |count: i64| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for sort in SORTS {
        let some = format!("client_id={}&project_name={}", numbers(200), "Web%20Portal,x,y,z");
        let page = admin.sees(&format!("/api/tickets?{some}&sort={sort}")).await;
        assert_eq!(
            page["items"].as_array().map(|items| items.iter().map(id).collect()),
            Some(vec![id(&ticket)])
        );
    }
    for field in ["client_id", "developer_id", "project_name"] {
        let answer = admin.get(&format!("/api/tickets?{field}={}", numbers(1000))).await;
        assert_eq!(answer.flaws(), [(field.to_owned(), "too_many".to_owned())]);
    }
}

async fn what_is_no_parameter_is_refused(world: &mut World) {
    for query in ["offset=5", "page=2", "order=id", "Status=NEW", "status[]=NEW", "q=a&q=b", "a"] {
        let answer = world.admin().get(&format!("/api/tickets?{query}")).await;
        answer.refused(400, "bad_query");
    }
    for limit in ["1000000000", "0", "-1", "201"] {
        let answer = world.admin().get(&format!("/api/tickets?limit={limit}")).await;
        assert_eq!(answer.flaws(), [("limit".to_owned(), "out_of_range".to_owned())]);
    }
    for limit in ["1e9", "ten", "", "0x10", "%00"] {
        let answer = world.admin().get(&format!("/api/tickets?limit={limit}")).await;
        answer.refused(400, "bad_query");
    }
}
