//! Each sees their own: foreign tickets do not exist, and a role may what it may.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Person, World, draft, id, stories};

stories![
    a_foreign_ticket_is_not_there,
    everybody_lists_their_own,
    an_admin_files_for_an_active_client_only,
    a_developer_files_nothing,
];

async fn a_foreign_ticket_is_not_there(world: &mut World) {
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    let ticket = world.client().files("John's").await;
    let path = format!("/api/tickets/{}", id(&ticket));
    for stranger in [&jane, &world.dev()] {
        for path in [path.clone(), format!("{path}/events"), format!("{path}/notifications")] {
            stranger.get(&path).await.refused(404, "not_found");
        }
    }
    for none in [
        "/api/tickets/999999",
        "/api/tickets/0",
        "/api/tickets/-1",
        "/api/tickets/x",
        "/api/tickets/99999999999999999999",
        "/api/tickets/%00",
    ] {
        world.admin().get(none).await.refused(404, "not_found");
    }
    world.client().get(&format!("{path}/notifications")).await.refused(403, "forbidden");
    let told = world.admin().sees(&format!("{path}/notifications")).await;
    assert_eq!(told["items"].as_array().map(Vec::len), Some(1));
}

async fn titles(of: &Person, query: &str) -> Vec<String> {
    let page = of.sees(&format!("/api/tickets{query}")).await;
    let items = page["items"].as_array().expect("a list of tickets");
    items.iter().map(|it| it["title"].as_str().expect("a title").to_owned()).collect()
}

async fn everybody_lists_their_own(world: &mut World) {
    let jane = world.person("jane", Role::Client, "+15550100041").await;
    let (admin, dev, john) = (world.admin(), world.dev(), world.client());
    let one = john.files("one").await;
    let two = jane.files("two").await;
    john.files("three").await;
    admin.does("assign", &one, json!({ "developer_id": dev.id })).await;
    admin.does("assign", &two, json!({ "developer_id": admin.id })).await;
    assert_eq!(titles(&admin, "").await, ["three", "two", "one"]);
    assert_eq!(titles(&john, "").await, ["three", "one"]);
    assert_eq!(titles(&jane, "").await, ["two"]);
    assert_eq!(titles(&dev, "").await, ["one"]);
    // A filter narrows one's own view and never widens it.
    assert!(titles(&jane, &format!("?client_id={}", john.id)).await.is_empty());
    assert!(titles(&dev, &format!("?developer_id={}", admin.id)).await.is_empty());
    assert_eq!(titles(&jane, &format!("?client_id={},{}", john.id, jane.id)).await, ["two"]);
    let shown = dev.sees(&format!("/api/tickets/{}", id(&one))).await;
    assert_eq!(shown["allowed_transitions"], json!(["start"]));
}

async fn an_admin_files_for_an_active_client_only(world: &mut World) {
    let (admin, john) = (world.admin(), world.client());
    let gone = world.person("gone", Role::Client, "+15550100042").await;
    world.changes_rows(&format!("UPDATE users SET is_active = FALSE WHERE id = {}", gone.id)).await;
    for wrong in [world.dev().id, gone.id, 999_999, 0, -1] {
        let answer = admin.post("/api/tickets", &for_client(wrong)).await;
        assert_eq!(answer.flaws(), [("client_id".to_owned(), "not_a_client".to_owned())]);
    }
    let filed = admin.post("/api/tickets", &for_client(john.id)).await;
    let ticket = filed.ok(201);
    assert_eq!(ticket["client"], json!({ "id": john.id, "full_name": "John Doe" }));
    assert_eq!(filed.header("location"), Some(format!("/api/tickets/{}", id(&ticket)).as_str()));
    assert_eq!(filed.header("etag"), Some("\"1\""));
    john.sees(&format!("/api/tickets/{}", id(&ticket))).await;
    let other = world.admin().id;
    john.post("/api/tickets", &for_client(other)).await.refused(403, "forbidden");
}

fn for_client(id: i64) -> Value {
    draft("Filed for somebody", json!({ "client_id": id }))
}

async fn a_developer_files_nothing(world: &mut World) {
    let dev = world.dev();
    dev.post("/api/tickets", &draft("Mine", json!({}))).await.refused(403, "forbidden");
    dev.post("/api/tickets", &json!({})).await.refused(403, "forbidden");
    let ask = dev.ask(Method::GET, "/api/tickets").await;
    assert_eq!(ask.send().await.ok(200), json!({ "items": [], "next_cursor": null }));
}
