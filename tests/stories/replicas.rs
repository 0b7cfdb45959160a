//! Several processes on one database, which is PostgreSQL: two that answer, two that work.
use std::collections::HashSet;
use std::time::Duration;

use deskbell::config::Role;
use deskbell::store::calls::CALLS;
use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Database, Door, OutsideSimulator, Person, Status, World, batch, draft, tell};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tickets_over_two_apis_reach_the_phone_once_each_by_two_workers() {
    tell(Database::Postgres, a_hundred_tickets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bodies_over_two_apis_and_two_workers_have_one_effect() {
    tell(Database::Postgres, the_same_bodies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_while_it_begins_undoes_nothing_of_others() {
    tell(Database::Postgres, given_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_used_once_over_two_apis() {
    tell(Database::Postgres, one_key).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_hand_for_a_task_calls_those_who_may() {
    tell(Database::Postgres, calls).await;
}

async fn a_hundred_tickets(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.sets("WHATSAPP_PAIR_LIMIT", "off");
    world.shares_with_others(Role::Api, &provider).await;
    let second = world.another(Role::Api).await;
    let workers = [world.another(Role::Worker).await, world.another(Role::Worker).await];
    let here = world.client();
    here.token().await;
    let there = here.at(Door::at(second.address));
    let titles: Vec<String> = (0..100).map(|number| format!("No. {number}")).collect();
    for some in titles.chunks(20) {
        let filed = some.iter().enumerate().map(|(at, title)| {
            let by = if at % 2 == 0 { &here } else { &there };
            by.files(title)
        });
        join_all(filed).await;
    }
    world.settle().await;
    let rows = world.log("status=SENT&receipt=DELIVERED").await;
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|row| row["attempts"] == 1));
    let ledger = world.ledger().await;
    let named = ledger.iter().map(|it| it["callback_data"].as_str().expect("callback data"));
    assert_eq!((ledger.len(), named.collect::<HashSet<_>>().len()), (100, 100));
    for program in workers.into_iter().chain([second]) {
        program.stop().await.expect("it stops in order");
    }
    provider.stop().await;
}

async fn calls(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::Api, &provider).await;
    let mut ear = world.hears(CALLS).await;
    world.client().files("Who sends this?").await;
    let called = ear.recv().await.expect("a call");
    assert_eq!(called.payload(), "deskbell.deliver");
    provider.stop().await;
}

async fn the_same_bodies(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.sets("WHATSAPP_PAIR_LIMIT", "off");
    world.shares_with_others(Role::Api, &provider).await;
    let second = world.another(Role::Api).await;
    let workers = [world.another(Role::Worker).await, world.another(Role::Worker).await];
    world.fault(&world.admin(), "NO_STATUS").await;
    let client = world.client();
    let titles: Vec<String> = (0..100).map(|number| format!("No. {number}")).collect();
    join_all(titles.iter().map(|title| client.files(title))).await;
    world.settle().await;
    let messages = world.ledger().await;
    assert_eq!(messages.len(), 100);
    // Each status three times, those of a message nobody knows, and one that cannot be read.
    let kinds = ["read", "sent", "delivered"];
    let told = messages.iter().flat_map(|it| kinds.map(|kind| (it, kind)));
    let told = told.map(|(it, kind)| Status::about(it, kind, world).value());
    let told: Vec<Value> = told.collect();
    let mut statuses = [&told[..]; 3].concat();
    statuses.resize_with(999, || Status::new("wamid.strange", "read", world).value());
    statuses.push(json!({ "id": 5, "status": ["sent"], "timestamp": {} }));
    let mixed: Vec<Value> = (0..1_000).map(|at| statuses[at * 387 % 1_000].clone()).collect();
    let mut bodies = vec![with_words(batch(statuses), &client, "It burns", world)];
    bodies.extend(mixed.chunks(50).map(|some| batch(some.to_vec())));
    bodies.push(batch(mixed));

    let known = world.count("SELECT count(*) FROM webhook_events").await;
    let there = Door::at(second.address);
    let here = bodies.iter().map(|body| world.webhook_at(world.stranger(), body));
    let there = bodies.iter().rev().map(|body| world.webhook_at(&there, body));
    for answer in join_all(here.chain(there)).await {
        answer.taken();
    }
    world.settle().await;
    let kept = world.count("SELECT count(*) FROM webhook_events").await - known;
    assert_eq!(usize::try_from(kept).expect("a count"), bodies.len(), "each once");
    let failed = "SELECT count(*) FROM webhook_events WHERE state = 'FAILED'";
    assert_eq!(world.count(failed).await, 3, "what cannot be read stands in three of them");
    let merged = "SELECT count(*) FROM delivery_attempts WHERE sent_at IS NOT NULL \
                  AND delivered_at IS NOT NULL AND read_at IS NOT NULL";
    assert_eq!(world.count(merged).await, 100);
    let rows = world.log("status=SENT&receipt=READ").await;
    assert!(rows.len() == 100 && rows.iter().all(|row| row["attempts"] == 1), "{}", rows.len());
    assert_eq!(world.count("SELECT count(*) FROM unplaced_reports").await, 1);
    let heard = format!(
        "SELECT count(*) FROM users WHERE id = {} AND whatsapp_heard_at IS NOT NULL",
        client.id
    );
    assert_eq!(world.count(&heard).await, 1, "what was written besides opened a window");
    for program in workers.into_iter().chain([second]) {
        program.stop().await.expect("it stops in order");
    }
    provider.stop().await;
}

/// The same body, in which this person writes something besides.
fn with_words(body: String, who: &Person, words: &str, world: &World) -> String {
    let mut root: Value = serde_json::from_str(&body).expect("JSON");
    let from = who.number().trim_start_matches('+');
    let message = json!({ "from": from, "id": "wamid.words", "type": "text",
        "timestamp": world.now().timestamp().to_string(), "text": { "body": words } });
    let value = &mut root["entry"][0]["changes"][0]["value"];
    value["metadata"]["phone_number_id"] = json!("106540352242922");
    value["messages"] = json!([message]);
    root.to_string()
}

async fn given_up(world: &mut World) {
    let store = world.desk().store();
    for _ in 0..40 {
        // Hardly ever has the server answered by then.
        drop(store.begin().now_or_never());
        store.postgres_pool().begin().now_or_never();
    }
    let time = Duration::from_secs(60);
    for at in 0..40 {
        let taken = store.take_lease(&format!("ours {at}"), "story", time).await;
        assert!(taken.expect("the database"));
        let theirs = format!("INSERT INTO leases VALUES ('theirs {at}', 'story', now())");
        let added = sqlx::query(sqlx::AssertSqlSafe(theirs)).execute(store.postgres_pool()).await;
        assert_eq!(added.expect("the database").rows_affected(), 1);
    }
    let seen = "SELECT count(*) FROM leases WHERE holder = 'story'";
    assert_eq!(world.count(seen).await, 80, "what was done is there for everybody");
}

async fn one_key(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::Api, &provider).await;
    let second = world.another(Role::Api).await;
    let here = world.client();
    here.token().await;
    let there = here.at(Door::at(second.address));
    for round in 0..10 {
        let (key, body) = (format!("key {round}").replace(' ', "-"), draft("Once", json!({})));
        let asked = (0..10).map(|at| {
            let by = if at % 2 == 0 { &here } else { &there };
            by.posts_once(&key, "/api/tickets", &body)
        });
        let answers = join_all(asked).await;
        let (filed, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
        assert!(!filed.is_empty());
        assert!(filed.iter().all(|it| it.body == filed[0].body), "{filed:?}");
        busy.iter().for_each(|it| _ = it.refused(409, "request_running"));
    }
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 10);
    assert_eq!(world.count("SELECT count(*) FROM notification_log").await, 10);
    second.stop().await.expect("it stops in order");
    provider.stop().await;
}
