//! Tickets that go from hand to hand: of developers who left, and back to who worked them.
use deskbell::domain::user::Role;
use serde_json::json;

use super::ticket_doors::worked;
use super::world::{World, id, stories};

stories![
    a_developer_who_left_keeps_tickets_until_somebody_else_gets_them,
    a_ticket_that_comes_back_tells_whoever_worked_it_last,
];

async fn a_developer_who_left_keeps_tickets_until_somebody_else_gets_them(world: &mut World) {
    let other = world.person("other", Role::Developer, "+15550100022").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let (ticket, _) = worked(world).await;
    world.settle().await;
    world.changes_rows(&format!("UPDATE users SET is_active = FALSE WHERE id = {}", dev.id)).await;
    for list in ["/api/tickets".to_owned(), format!("/api/tickets?developer_id={}", dev.id)] {
        let page = admin.sees(&list).await;
        assert_eq!(page["items"][0]["id"], ticket["id"], "{list}");
        assert_eq!(page["items"][0]["developer"]["id"], dev.id, "{list}");
    }
    let said = json!({ "body": "Anybody there?" });
    client.post(&format!("/api/tickets/{}/comments", id(&ticket)), &said).await.ok(201);
    world.settle().await;
    let row = world.told(&dev, &ticket).await.remove(0);
    assert_eq!((&row["event"], &row["skip_reason"]), (&json!("COMMENT_ADDED"), &json!("inactive")));
    let passed = admin.does("assign", &ticket, json!({ "developer_id": other.id })).await;
    assert_eq!(passed["developer"]["id"], other.id);
    world.settle().await;
    let row = world.told(&dev, &ticket).await.remove(0);
    assert_eq!(
        (&row["event"], &row["skip_reason"]),
        (&json!("TICKET_ASSIGNED"), &json!("inactive"))
    );
    let back = admin.says("assign", &ticket, json!({ "developer_id": dev.id })).await;
    assert_eq!(back.flaws(), [("developer_id".to_owned(), "not_a_developer".to_owned())]);
}

async fn a_ticket_that_comes_back_tells_whoever_worked_it_last(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let (ticket, _) = worked(world).await;
    let reopen = json!({ "reason": "Again" });
    let reopened = async || {
        world.settle().await;
        let told = world.told(&dev, &ticket).await;
        told.iter().filter(|row| row["event"] == "TICKET_REOPENED").count()
    };
    admin.does("close", &ticket, json!({})).await;
    client.does("reopen", &ticket, reopen.clone()).await;
    assert_eq!(reopened().await, 1);
    // In its second life nobody worked it: who did in the first one knows it best.
    admin.does("reject", &ticket, json!({ "reason": "Enough" })).await;
    client.does("reopen", &ticket, reopen.clone()).await;
    assert_eq!(reopened().await, 2);
    let line = &admin.sees(&format!("/api/tickets/{}/events", id(&ticket))).await["items"][0];
    assert_eq!((&line["event"], &line["developer"]), (&json!("TICKET_REOPENED"), &json!(null)));
    let never = client.files("Never worked").await;
    admin.does("reject", &never, json!({ "reason": "No" })).await;
    client.does("reopen", &never, reopen).await;
    world.settle().await;
    assert!(world.told(&dev, &never).await.is_empty());
}
