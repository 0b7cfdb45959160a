//! The list of webhooks, and reading one again.
use serde_json::{Value, json};

use super::world::{Status, World, batch, id, stories};

stories![
    the_list_is_for_admins_and_shows_what_came_the_newest_first,
    reading_one_again_does_no_harm,
];

async fn items(world: &World, query: &str) -> Vec<Value> {
    let page = world.admin().sees(&format!("/api/webhooks{query}")).await;
    page["items"].as_array().expect("a list").clone()
}

async fn the_list_is_for_admins_and_shows_what_came_the_newest_first(world: &mut World) {
    let bodies =
        [batch([]), "this is signed and is not JSON".to_owned(), batch([]) + &" ".repeat(5000)];
    for body in &bodies {
        world.webhook(body.clone()).await.taken();
    }
    world.settle().await;
    let all = items(world, "").await;
    let states: Vec<&str> = all.iter().filter_map(|it| it["state"].as_str()).collect();
    assert_eq!(states, ["PROCESSED", "FAILED", "PROCESSED"]);
    assert_eq!((&all[2]["raw"], &all[2]["provider"]), (&json!(bodies[0]), &json!("meta")));
    assert_eq!(all[1]["note"], "1 parts could not be read");
    assert_eq!((&all[0]["size"], &all[0]["tries"]), (&json!(bodies[2].len()), &json!(1)));
    assert_eq!(all[0]["raw"].as_str().map(str::len), Some(4096), "the beginning of a long one");
    let full = world.admin().sees(&format!("/api/webhooks/{}", id(&all[0]))).await;
    assert_eq!(full["raw"], json!(bodies[2]));

    for (query, found) in [
        ("?state=FAILED", 1),
        ("?state=PROCESSED,FAILED", 3),
        ("?state=RECEIVED", 0),
        ("?provider=meta", 3),
        ("?provider=twilio", 0),
        ("?provider=meta,twilio&state=FAILED&limit=1", 1),
    ] {
        assert_eq!(items(world, query).await.len(), found, "{query}");
    }
    let admin = world.admin();
    let first = admin.sees("/api/webhooks?limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let rest = items(world, &format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(rest.iter().map(id).collect::<Vec<_>>(), [id(&all[2])]);

    admin.get("/api/webhooks?state=LOST").await.refused(400, "bad_query");
    admin.get("/api/webhooks?order=up").await.refused(400, "bad_query");
    let one = format!("/api/webhooks/{}", id(&all[0]));
    for path in ["/api/webhooks", "/api/webhooks?state=LOST", &one] {
        world.client().get(path).await.refused(403, "forbidden");
        world.stranger().get(path).await.refused(401, "unauthenticated");
    }
    let replay = format!("{one}/replay");
    world.client().post(&replay, &json!({})).await.refused(403, "forbidden");
    for path in ["/api/webhooks/999999", "/api/webhooks/x"] {
        admin.get(path).await.refused(404, "not_found");
        admin.post(&format!("{path}/replay"), &json!({})).await.refused(404, "not_found");
    }
    admin.post(&replay, &json!({ "now": true })).await.refused(422, "invalid");
}

async fn reading_one_again_does_no_harm(world: &mut World) {
    let admin = world.admin();
    world.fault_once(&admin, "NO_STATUS").await;
    let ticket = world.client().files("Read again").await;
    world.settle().await;
    let message = world.ledger_of(&admin).await.pop().expect("a message");
    let word = |name: &str| message[name].as_str().expect("a word").to_owned();
    let status = Status::new(&word("id"), "delivered", world).of_attempt(&word("callback_data"));
    world.webhook(batch([status.value()])).await.taken();
    world.settle().await;
    let before = world.notification(&admin, &ticket).await;
    assert_eq!(before["receipt"], "DELIVERED");
    let event = items(world, "?limit=1").await.remove(0);
    let replay = format!("/api/webhooks/{}/replay", id(&event));
    let answer = admin.posts_once("once", &replay, &json!({})).await;
    assert_eq!(answer.ok(202)["state"], "RECEIVED");
    let again = admin.posts_once("once", &replay, &json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    world.settle().await;
    let after = items(world, "?limit=1").await.remove(0);
    assert_eq!((&after["state"], &after["tries"]), (&json!("PROCESSED"), &json!(2)));
    assert_eq!(world.notification(&admin, &ticket).await, before);
}
