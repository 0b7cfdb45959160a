//! Comments on phones: who hears of one, and in which words.
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::comments::{comments, reads};
use super::world::{World, id, stories};

stories![
    a_public_comment_reaches_the_client_and_the_developer,
    while_nobody_is_assigned_the_admins_hear_of_comments,
    an_internal_comment_reaches_no_client_whatever_they_were,
    a_comment_stands_on_a_phone_to_the_letter,
    a_long_comment_gives_way_in_its_message_only,
];

/// Who has a message about a comment on this ticket.
pub(super) async fn heard(world: &World, ticket: &Value) -> Vec<i64> {
    world.settle().await;
    let rows = world.log(&format!("ticket_id={}&event=COMMENT_ADDED", id(ticket))).await;
    let mut heard: Vec<i64> = rows.iter().map(|row| id(&row["recipient"])).collect();
    heard.sort_unstable();
    heard
}

async fn a_public_comment_reaches_the_client_and_the_developer(world: &mut World) {
    let second = world.person("second", Role::Admin, "+15550100012").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    for (by, expected) in [
        (&client, vec![dev.id]),
        (&dev, vec![client.id]),
        (&admin, vec![dev.id, client.id]),
        (&second, vec![dev.id, client.id]),
    ] {
        let ticket = client.files("Talked about").await;
        admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
        comments(by, &ticket, "Look here", "PUBLIC").await;
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(heard(world, &ticket).await, expected, "{} comments", by.username);
    }
}

async fn while_nobody_is_assigned_the_admins_hear_of_comments(world: &mut World) {
    let second = world.person("second", Role::Admin, "+15550100012").await;
    let (admin, client) = (world.admin(), world.client());
    for (by, visibility, expected) in [
        (&client, "PUBLIC", vec![admin.id, second.id]),
        (&admin, "PUBLIC", vec![client.id, second.id]),
        (&second, "INTERNAL", vec![admin.id]),
    ] {
        let ticket = client.files("Nobody's").await;
        comments(by, &ticket, "Look here", visibility).await;
        assert_eq!(heard(world, &ticket).await, expected, "{} {visibility}", by.username);
    }
}

async fn an_internal_comment_reaches_no_client_whatever_they_were(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Secrets").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    comments(&admin, &ticket, "They owe us money", "INTERNAL").await;
    assert_eq!(heard(world, &ticket).await, [dev.id]);
    let texts = world.phone(&client).texts().await;
    assert!(texts.iter().all(|text| !text.contains("money")), "{texts:?}");
    let texts = world.phone(&dev).texts().await;
    assert!(texts.iter().any(|text| text.contains("*Visibility:* Internal\n")), "{texts:?}");

    // Whoever worked here once is a client like any other.
    world.changes_rows(&format!("UPDATE users SET role = 'CLIENT' WHERE id = {}", dev.id)).await;
    comments(&admin, &ticket, "Still so", "INTERNAL").await;
    comments(&admin, &ticket, "And what is the matter?", "PUBLIC").await;
    assert_eq!(heard(world, &ticket).await, [dev.id, client.id], "nothing new but to the client");
}

async fn a_comment_stands_on_a_phone_to_the_letter(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Login page not working").await;
    world.writes(&client, "Good morning").await;
    world.settle().await;
    comments(&admin, &ticket, "*Is it* plugged in?\n> quote", "PUBLIC").await;
    world.settle().await;
    let expected = "💬 *New Comment On Your Ticket*

Hello John Doe,

Somebody has written about your ticket.

*Ticket:* Login page not working
*Project:* Web Portal
*From:* Ada Admin

*Comment:*
∗Is it∗ plugged in?
\u{2060}> quote

You can answer with a comment of your own.

_Support Team_";
    assert_eq!(world.phone(&client).texts().await, [expected]);
}

async fn a_long_comment_gives_way_in_its_message_only(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files(&"t".repeat(200)).await;
    let long = "🔥".repeat(4_000);
    world.writes(&client, "Good morning").await;
    world.settle().await;
    comments(&admin, &ticket, &long, "PUBLIC").await;
    world.settle().await;
    let texts = world.phone(&client).texts().await;
    assert_eq!(texts[0].chars().count(), 4_096);
    assert!(
        texts[0].ends_with("🔥…\n\nYou can answer with a comment of your own.\n\n_Support Team_")
    );
    assert_eq!(reads(&client, &ticket).await, [long]);
}
