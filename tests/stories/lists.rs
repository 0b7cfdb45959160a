//! Lists: pages, cursors, limits and filters.
use chrono::{SecondsFormat, TimeDelta};
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::world::{World, id, stories};

stories![
    pages_show_every_ticket_once_while_new_ones_are_filed,
    a_cursor_that_was_tampered_with_is_refused,
    a_limit_is_one_to_two_hundred,
    filters_narrow_the_list,
    filters_that_cannot_be_meant_are_named_at_once,
];

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().expect("a list").iter().map(id).collect()
}

async fn pages_show_every_ticket_once_while_new_ones_are_filed(world: &mut World) {
    let client = world.client();
    let mut known = vec![];
    for number in 0..20 {
        known.push(id(&client.files(&format!("No. {number}")).await));
    }
    known.reverse();
    let (mut seen, mut cursor, mut pages) = (vec![], String::new(), 0);
    loop {
        let page = client.sees(&format!("/api/tickets?limit=6{cursor}")).await;
        let found = ids(&page);
        assert!(found.len() <= 6 && !found.is_empty());
        seen.extend(found);
        pages += 1;
        client.files("Filed meanwhile").await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (known, 4));
    let all = client.sees("/api/tickets?limit=24").await;
    assert_eq!((ids(&all).len(), &all["next_cursor"]), (24, &json!(null)));
}

async fn a_cursor_that_was_tampered_with_is_refused(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    for number in 0..3 {
        client.files(&format!("No. {number}")).await;
    }
    let page = admin.sees("/api/tickets?limit=1").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
    for at in 0..cursor.len() {
        let mut tampered = cursor.clone().into_bytes();
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).expect("ASCII");
        let answer = admin.get(&format!("/api/tickets?limit=1&cursor={tampered}")).await;
        answer.refused(422, "bad_cursor");
    }
    for bad in ["", "1", "MQ", "%00", &cursor[1..], &format!("{cursor}A")] {
        let answer = admin.get(&format!("/api/tickets?cursor={bad}")).await;
        answer.refused(422, "bad_cursor");
    }
    let elsewhere = admin.get(&format!("/api/notifications?cursor={cursor}")).await;
    elsewhere.refused(422, "bad_cursor");
}

async fn a_limit_is_one_to_two_hundred(world: &mut World) {
    let client = world.client();
    client.files("One").await;
    client.files("Two").await;
    for list in ["/api/tickets", "/api/tickets/1/events"] {
        for bad in ["0", "201", "-1", "9999999999"] {
            let flaws = client.get(&format!("{list}?limit={bad}")).await.flaws();
            assert_eq!(flaws[0].0, "limit", "{bad}");
        }
        for unreadable in ["ten", "1e2", "", "1.5", "99999999999999999999"] {
            let answer = client.get(&format!("{list}?limit={unreadable}")).await;
            answer.refused(400, "bad_query");
        }
        client.sees(&format!("{list}?limit=200")).await;
    }
    assert_eq!(ids(&client.sees("/api/tickets?limit=1").await).len(), 1);
}

async fn filters_narrow_the_list(world: &mut World) {
    let (admin, dev, john) = (world.admin(), world.dev(), world.client());
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    let start = world.now();
    let low = json!({ "priority": "LOW", "category": "FEATURE", "project_name": "Mobile App" });
    let a = john.files_with("a", low).await;
    world.passes(TimeDelta::hours(1));
    let b = jane.files_with("b", json!({ "priority": "CRITICAL" })).await;
    world.passes(TimeDelta::hours(1));
    let c = john.files_with("c", json!({ "category": "SUPPORT" })).await;
    admin.does("open", &b, json!({})).await;
    admin.does("assign", &c, json!({ "developer_id": dev.id })).await;
    let at = |hours| {
        let instant = start + TimeDelta::hours(hours);
        instant.to_rfc3339_opts(SecondsFormat::Millis, true)
    };
    let (a, b, c) = (id(&a), id(&b), id(&c));
    for (query, expected) in [
        ("".to_owned(), vec![c, b, a]),
        ("status=NEW".to_owned(), vec![a]),
        ("status=NEW,OPENED".to_owned(), vec![b, a]),
        ("status=CLOSED".to_owned(), vec![]),
        ("q=&sort=".to_owned(), vec![c, b, a]),
        ("priority=LOW,CRITICAL".to_owned(), vec![b, a]),
        ("category=BUG,SUPPORT".to_owned(), vec![c, b]),
        ("project_name=Mobile%20App".to_owned(), vec![a]),
        ("project_name=mobile".to_owned(), vec![]),
        (format!("client_id={}", john.id), vec![c, a]),
        (format!("client_id={},{}", john.id, jane.id), vec![c, b, a]),
        (format!("developer_id={}", dev.id), vec![c]),
        (format!("created_from={}", at(1)), vec![c, b]),
        (format!("created_to={}", at(1)), vec![a]),
        (format!("created_from={}&created_to={}", at(1), at(2)), vec![b]),
        (format!("priority=MEDIUM&client_id={}&status=ASSIGNED", john.id), vec![c]),
    ] {
        assert_eq!(ids(&admin.sees(&format!("/api/tickets?{query}")).await), expected, "{query}");
    }
}

async fn filters_that_cannot_be_meant_are_named_at_once(world: &mut World) {
    let query = "status=DONE,NEW&priority=urgent&category=bug&client_id=x&developer_id=0\
                 &created_from=yesterday&created_to=2026-01-31";
    let flaws = world.admin().get(&format!("/api/tickets?{query}")).await.flaws();
    let fields: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    let all = [
        "category",
        "client_id",
        "created_from",
        "created_to",
        "developer_id",
        "priority",
        "status",
    ];
    assert_eq!(fields, all);
    let query = "status=LOST&receipt=SEEN&channel=PIGEON&event=RAIN&ticket_id=x&recipient_id=-1\
                 &created_from=x";
    let flaws = world.admin().get(&format!("/api/notifications?{query}")).await.flaws();
    assert_eq!(flaws.len(), 7, "{flaws:?}");
}
