//! Searching tickets: by their words and those of their comments, as far as the reader may read.
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::world::{Person, World, id, stories};

stories![
    a_ticket_is_found_by_its_words_however_they_are_typed,
    a_ticket_is_found_by_what_was_said_as_far_as_one_may_read,
    everybody_finds_their_own,
    an_edit_and_a_deletion_change_what_is_found,
    a_common_word_is_found_in_every_order_page_by_page,
    whatever_somebody_types_is_words_and_no_language,
    tickets_from_before_the_search_are_found,
];

async fn found(by: &Person, query: &str) -> Vec<i64> {
    let url = reqwest::Url::parse_with_params("http://x/api/tickets", query_pairs(query));
    let url = url.expect("an address");
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    let page = by.sees(&path).await;
    page["items"].as_array().expect("a list").iter().map(id).collect()
}

/// `q` to the end, and before it `name=value&`.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    let (others, q) = query.split_once("q=").expect("a search");
    let others = others.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = others.chain([("q", q)]);
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn a_ticket_is_found_by_its_words_however_they_are_typed(world: &mut World) {
    let john = world.client();
    let described = |text: &str| json!({ "description": text });
    let cafe =
        john.files_with("Café printer BROKEN", described("It burns: 🔥, error 0x80-A")).await;
    let street = john.files_with("Straße überflutet", described("l'eau monte à l’étage")).await;
    let chinese = john.files_with("打印机坏了", described("请帮忙 v2.0.1")).await;
    let (cafe, street, chinese) = (id(&cafe), id(&street), id(&chinese));
    for (q, expected) in [
        ("printer", vec![cafe]),
        ("PRINTER", vec![cafe]),
        ("cafe", vec![cafe]),
        ("CAFE\u{301}", vec![cafe]),
        ("prin", vec![cafe]),
        ("broken prin", vec![cafe]),
        ("print broken", vec![]),
        ("rinter", vec![]),
        ("printer street", vec![]),
        ("burns printer", vec![cafe]),
        ("0x80-a", vec![cafe]),
        ("🔥", vec![cafe]),
        ("strasse", vec![street]),
        ("STRASSE UBER", vec![street]),
        ("eau l'etage", vec![street]),
        ("坏了", vec![chinese]),
        ("印机", vec![chinese]),
        ("v2.0", vec![chinese]),
        ("", vec![chinese, street, cafe]),
        ("   ", vec![chinese, street, cafe]),
        ("nowhere", vec![]),
        ("...", vec![]),
    ] {
        assert_eq!(found(&john, &format!("q={q}")).await, expected, "{q}");
    }
}

async fn says(by: &Person, ticket: &Value, body: &str, visibility: &str) {
    let comment = json!({ "body": body, "visibility": visibility });
    by.post(&format!("/api/tickets/{}/comments", id(ticket)), &comment).await.ok(201);
}

async fn a_ticket_is_found_by_what_was_said_as_far_as_one_may_read(world: &mut World) {
    let (admin, dev, john) = (world.admin(), world.dev(), world.client());
    let ticket = john.files("Login page").await;
    john.files("Another").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    says(&john, &ticket, "It says Zürich timeout", "PUBLIC").await;
    says(&admin, &ticket, "The client is a nuisance", "INTERNAL").await;
    says(&dev, &ticket, "Zürich again, zurich twice", "PUBLIC").await;
    let it = vec![id(&ticket)];
    for (by, q, expected) in [
        (&john, "zurich", it.clone()),
        (&john, "timeo", it.clone()),
        (&john, "nuisance", vec![]),
        (&john, "nui", vec![]),
        (&john, "client", vec![]),
        (&admin, "nuisance", it.clone()),
        (&dev, "nuisance", it.clone()),
        (&dev, "zurich", it.clone()),
        (&admin, "page", it.clone()),
        (&admin, "another", vec![id(&ticket) + 1]),
    ] {
        assert_eq!(found(by, &format!("q={q}")).await, expected, "{}: {q}", by.username);
    }
    assert_eq!(found(&admin, "status=ASSIGNED&q=zurich").await, it);
    assert!(found(&admin, "status=NEW&q=zurich").await.is_empty());
}

async fn everybody_finds_their_own(world: &mut World) {
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    let (admin, dev, john) = (world.admin(), world.dev(), world.client());
    let johns = john.files("Printer on fire").await;
    let janes = jane.files("Printer on fire").await;
    admin.does("assign", &janes, json!({ "developer_id": dev.id })).await;
    let (johns, janes) = (id(&johns), id(&janes));
    for sort in ["", "created_at", "-updated_at", "priority"] {
        assert_eq!(found(&john, &format!("sort={sort}&q=fire")).await, [johns]);
        assert_eq!(found(&jane, &format!("sort={sort}&q=fire")).await, [janes]);
        assert_eq!(found(&dev, &format!("sort={sort}&q=fire")).await, [janes]);
        assert_eq!(found(&admin, &format!("sort={sort}&q=fire")).await.len(), 2);
        assert!(found(&jane, &format!("client_id={}&q=fire", john.id)).await.is_empty());
    }
}

async fn an_edit_and_a_deletion_change_what_is_found(world: &mut World) {
    let (admin, john) = (world.admin(), world.client());
    let ticket = john.files("Windows are dirty").await;
    let path = format!("/api/tickets/{}", id(&ticket));
    let edit = json!({ "title": "Doors are dirty" });
    let edited = john.ask(reqwest::Method::PATCH, &path).await.json(&edit).send().await;
    edited.ok(200);
    assert!(found(&john, "q=windows").await.is_empty());
    assert_eq!(found(&john, "q=doors").await, [id(&ticket)]);
    says(&admin, &ticket, "Soap is on its way", "PUBLIC").await;
    assert_eq!(found(&john, "q=soap").await, [id(&ticket)]);
    let gone = admin.ask(reqwest::Method::DELETE, &path).await.send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    for q in ["doors", "soap"] {
        assert!(found(&admin, &format!("q={q}")).await.is_empty(), "{q}");
    }
    for table in ["ticket_words", "comment_words"] {
        assert_eq!(world.count(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

/// More than are gathered without a second thought, so that every way of searching is gone.
async fn a_common_word_is_found_in_every_order_page_by_page(world: &mut World) {
    let (admin, john) = (world.admin(), world.client());
    let first = john.files_with("needle in a barn", json!({ "priority": "HIGH" })).await;
    let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)";
    world
        .changes_rows(&format!(
            "{numbers} INSERT INTO tickets (title, description, priority, category, project_name, \
             status, client_id, version, created_at, updated_at) \
             SELECT 'hay', 'straw', CASE n % 3 WHEN 0 THEN 'LOW' ELSE 'HIGH' END, 'BUG', 'Farm', \
             'NEW', client_id, 1, created_at, updated_at FROM n, tickets WHERE id = {}",
            id(&first)
        ))
        .await;
    // Common, but nowhere near the head of a list; and one word that few have.
    let words = |words: &str, which: &str| {
        format!(
            "INSERT INTO ticket_words (ticket_id, words) \
             SELECT id, ' {words} ' FROM tickets WHERE title = 'hay' AND {which}"
        )
    };
    let head = format!("id > {}", id(&first) + 4500);
    world.changes_rows(&words("hay straw", &format!("NOT ({head})"))).await;
    world.changes_rows(&words("stubble", &head)).await;
    // Of the oldest one developer has few enough to be looked at one by one, another has more.
    let ann = world.person("ann", Role::Developer, "+15550100043").await;
    let (few, many) = (world.dev().id, ann.id);
    for (developer, from, to) in [(few, 0, 999), (many, 1000, 3499)] {
        let (from, to) = (id(&first) + from, id(&first) + to);
        world
            .changes_rows(&format!(
                "UPDATE tickets SET developer_id = {developer} WHERE id BETWEEN {from} AND {to}"
            ))
            .await;
    }
    let of_few = |query: &str| format!("developer_id={few}&{query}");
    let of_many = |query: &str| format!("developer_id={many}&{query}");
    for (query, expected) in [
        ("sort=&q=hay", 4500),
        ("sort=created_at&q=hay", 4500),
        ("sort=-updated_at&q=straw ha", 4500),
        ("sort=priority&q=hay", 4500),
        ("sort=-priority&q=hay", 4500),
        ("priority=LOW&sort=-updated_at&q=hay", 1500),
        ("q=stubble", 500),
        ("sort=created_at&q=stub", 500),
        ("sort=priority&q=needle", 1),
        (&of_few("q=hay"), 999),
        (&of_few("sort=-priority&q=hay"), 999),
        (&of_few("q=needle"), 1),
        (&of_few("sort=-updated_at&q=stubble"), 0),
        (&of_many("sort=created_at&q=hay"), 2500),
        (&of_many("sort=-priority&q=straw"), 2500),
        (&of_many("q=needle"), 0),
    ] {
        let pairs = query_pairs(query);
        let (mut seen, mut cursor) = (vec![], None::<String>);
        loop {
            let mut pairs = pairs.clone();
            pairs.push(("limit".to_owned(), "200".to_owned()));
            pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
            let url = reqwest::Url::parse_with_params("http://x/api/tickets", pairs);
            let url = url.expect("an address");
            let page = admin.sees(&format!("{}?{}", url.path(), url.query().unwrap_or(""))).await;
            seen.extend(page["items"].as_array().expect("a list").iter().map(id));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(seen.len(), expected, "{query}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), expected, "{query}: each once");
    }
}

async fn whatever_somebody_types_is_words_and_no_language(world: &mut World) {
    let john = world.client();
    let ticket = john.files("quick AND brown fox near me, don't panic: a\"b").await;
    let it = vec![id(&ticket)];
    for (q, expected) in [
        ("\"", vec![]),
        ("\"quick", it.clone()),
        ("'quick'", it.clone()),
        ("quick*", it.clone()),
        ("quick AND brown", it.clone()),
        ("quick OR nothing", vec![]),
        ("NOT quick", vec![]),
        ("-quick", it.clone()),
        ("quick & brown", it.clone()),
        ("quick | brown", it.clone()),
        ("!quick", it.clone()),
        ("quick:*", it.clone()),
        ("words:quick", vec![]),
        ("{words}:quick", vec![]),
        ("NEAR(quick brown)", it.clone()),
        ("^quick", it.clone()),
        ("quick <-> brown", it.clone()),
        ("(((((", vec![]),
        ("a\"b", it.clone()),
        ("don't", it.clone()),
        ("quick\0brown", it.clone()),
        ("\0", vec![]),
        ("\\", vec![]),
        ("%", vec![]),
        ("_", vec![]),
        ("q%", it.clone()),
        ("'); DROP TABLE tickets; --", vec![]),
        ("$1 ?1 :q @q", vec![]),
        ("\u{feff}\u{200b}quick\u{202e}", it.clone()),
        ("ﷺ", vec![]),
        ("👩‍👩‍👧", vec![]),
        ("\u{10ffff}", vec![]),
    ] {
        assert_eq!(found(&john, &format!("q={q}")).await, expected, "{q:?}");
    }
    for (long, code) in [("x".repeat(10_000), "too_long"), ("🔥+".repeat(1_000), "too_long")] {
        let answer = john.get(&format!("/api/tickets?q={long}")).await;
        assert_eq!(answer.flaws(), [("q".to_owned(), code.to_owned())]);
    }
    let many: String = (0..100).map(|n| format!("w{n}+")).collect();
    let answer = john.get(&format!("/api/tickets?q={many}")).await;
    assert_eq!(answer.flaws(), [("q".to_owned(), "too_many".to_owned())]);
    assert!(found(&john, &format!("q={}", "x".repeat(500))).await.is_empty());
    for unreadable in ["%ff", "%c3%28", "%"] {
        let answer = john.get(&format!("/api/tickets?q={unreadable}")).await;
        assert!([200, 400].contains(&answer.status), "{unreadable}: {}", answer.text());
    }
}

async fn tickets_from_before_the_search_are_found(world: &mut World) {
    let john = world.client();
    let old = john.files("An old one").await;
    john.files("A new one").await;
    let forgotten = format!("DELETE FROM ticket_words WHERE ticket_id = {}", id(&old));
    assert_eq!(world.changes_rows(&forgotten).await, 1);
    assert!(found(&john, "q=old").await.is_empty());
    // A version that knew no words left no mark either.
    world.changes_rows("DELETE FROM schema_marks").await;
    world.restarts_with(vec![]).await;
    assert_eq!(found(&john, "q=old").await, [id(&old)]);
}
