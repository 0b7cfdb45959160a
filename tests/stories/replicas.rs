//! Several processes on one database, which is PostgreSQL: two that answer, two that work.
use std::collections::HashSet;

use deskbell::config::Role;
use futures::future::join_all;

use super::world::{Database, Door, OutsideSimulator, World, draft, tell};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tickets_over_two_apis_reach_the_phone_once_each_by_two_workers() {
    tell(Database::Postgres, a_hundred_tickets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_used_once_over_two_apis() {
    tell(Database::Postgres, one_key).await;
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

async fn one_key(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::Api, &provider).await;
    let second = world.another(Role::Api).await;
    let here = world.client();
    here.token().await;
    let there = here.at(Door::at(second.address));
    for round in 0..10 {
        let (key, body) =
            (format!("key {round}").replace(' ', "-"), draft("Once", serde_json::json!({})));
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
