//! What stands on people's phones, and what the log says about it.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use serde_json::json;

use super::world::{World, id, instant, stories};

stories![
    a_filed_ticket_stands_on_each_active_admins_phone_to_the_letter,
    an_opened_ticket_stands_on_its_clients_phone_to_the_letter,
    the_log_says_sent_then_delivered_then_read,
    nobody_is_told_of_what_they_did_themselves,
    a_receipt_that_does_not_come_is_called_overdue,
    a_long_description_gives_way_and_the_rest_stays,
    nothing_that_a_user_typed_turns_bold_on_a_phone,
];

const NEW_TICKET: &str = "🎫 *New Ticket Created*

*Client:* John Doe
*Title:* Login page not working
*Project:* Web Portal
*Priority:* HIGH
*Category:* BUG

*Description:*
Users cannot login to the portal...

Please review and assign this ticket.

_Incident Management System_";

const OPENED: &str = "✅ *Your Ticket Has Been Opened*

Hello John Doe,

Your ticket has been acknowledged.

*Ticket:* Login page not working
*Project:* Web Portal
*Status:* Opened

We will assign a developer shortly.

_Support Team_";

async fn a_filed_ticket_stands_on_each_active_admins_phone_to_the_letter(world: &mut World) {
    let second = world.person("second", Role::Admin, "+15550100012").await;
    let gone = world.person("gone", Role::Admin, "+15550100013").await;
    world.changes_rows(&format!("UPDATE users SET is_active = FALSE WHERE id = {}", gone.id)).await;
    let fields = json!({ "priority": "HIGH" });
    world.client().files_with("Login page not working", fields).await;
    world.settle().await;
    assert_eq!(world.phone(&world.admin()).texts().await, [NEW_TICKET]);
    assert_eq!(world.phone(&second).texts().await, [NEW_TICKET]);
    for other in [gone, world.dev(), world.client()] {
        assert!(world.phone(&other).texts().await.is_empty(), "{}", other.username);
    }
}

async fn an_opened_ticket_stands_on_its_clients_phone_to_the_letter(world: &mut World) {
    let ticket = world.client().files("Login page not working").await;
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    assert_eq!(world.phone(&world.client()).texts().await, [OPENED]);
}

async fn the_log_says_sent_then_delivered_then_read(world: &mut World) {
    let admin = world.admin();
    world.fault(&admin, "DELIVERED_NEVER").await;
    let ticket = world.client().files("First").await;
    world.settle().await;
    let log = world.notification(&admin, &ticket).await;
    assert_eq!((&log["status"], &log["receipt"]), (&json!("SENT"), &json!(null)));
    assert_eq!(
        log["sent_at"],
        json!(instant(&log["created_at"]).to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    );

    world.no_faults().await;
    let client = world.client();
    world.admin().does("open", &ticket, json!({})).await;
    world.settle().await;
    let log = world.notification(&client, &ticket).await;
    assert_eq!((&log["status"], &log["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
    let message = &world.phone(&client).messages().await[0];
    assert_eq!(log["provider_message_id"], message["id"]);
    assert_eq!(log["body"], message["body"]);
    assert_eq!(log["to"], client.number());
    assert_eq!(log["channel"], "WHATSAPP");
    assert_eq!(log["event"], "TICKET_OPENED");
    assert_eq!(log["ticket_id"], id(&ticket));
    assert_eq!(log["recipient"], json!({ "id": client.id, "full_name": "John Doe" }));
    assert_eq!(log["attempts"], 1);
    assert_eq!(log["hint"], json!(null));
    assert!(log["delivered_at"].is_string() && log["read_at"].is_null());

    world.passes(TimeDelta::minutes(3));
    world.reads(&client).await;
    world.settle().await;
    let log = world.notification(&client, &ticket).await;
    assert_eq!((&log["status"], &log["receipt"]), (&json!("SENT"), &json!("READ")));
    assert!(instant(&log["read_at"]) >= instant(&log["delivered_at"]) + TimeDelta::minutes(2));
}

async fn nobody_is_told_of_what_they_did_themselves(world: &mut World) {
    let second = world.person("second", Role::Admin, "+15550100012").await;
    let own = world.admin().files("An admin's own").await;
    let filed =
        world.admin().files_with("For John", json!({ "client_id": world.client().id })).await;
    world.settle().await;
    let titles = ["New Ticket Created", "New Ticket Created"];
    assert_eq!(world.phone(&second).headlines().await, titles);
    assert_eq!(world.phone(&world.client()).headlines().await, ["A Ticket Was Filed For You"]);
    assert!(world.phone(&world.admin()).texts().await.is_empty());
    assert_eq!(own["client"]["id"], world.admin().id);
    assert_eq!(filed["client"]["id"], world.client().id);

    let assigned = json!({ "developer_id": world.admin().id });
    world.admin().does("assign", &filed, assigned).await;
    world.settle().await;
    assert!(world.phone(&world.admin()).texts().await.is_empty(), "assigned by and to oneself");
}

async fn a_receipt_that_does_not_come_is_called_overdue(world: &mut World) {
    let admin = world.admin();
    world.fault(&admin, "NO_STATUS").await;
    let ticket = world.client().files("First").await;
    world.settle().await;
    world.later(TimeDelta::minutes(14)).await;
    let log = world.notification(&admin, &ticket).await;
    assert_eq!((&log["receipt_overdue"], &log["hint"]), (&json!(false), &json!(null)));
    world.later(TimeDelta::minutes(2)).await;
    let log = world.notification(&admin, &ticket).await;
    assert_eq!((&log["status"], &log["receipt_overdue"]), (&json!("SENT"), &json!(true)));
    assert!(log["hint"].is_string(), "{log}");
}

async fn a_long_description_gives_way_and_the_rest_stays(world: &mut World) {
    world.writes(&world.admin(), "Hello").await;
    let fields = json!({ "description": "🔥".repeat(10_000) });
    world.client().files_with("Everything burns", fields).await;
    world.settle().await;
    let texts = world.phone(&world.admin()).texts().await;
    let [text] = texts.as_slice() else { panic!("{} messages", texts.len()) };
    assert!(text.chars().count() <= 4096, "{} characters", text.chars().count());
    assert!(text.chars().count() > 4000, "no more is cut than must be");
    assert!(text.starts_with("🎫 *New Ticket Created*") && text.contains("🔥🔥…"), "{text}");
    assert!(
        text.ends_with("Please review and assign this ticket.\n\n_Incident Management System_")
    );
}

async fn nothing_that_a_user_typed_turns_bold_on_a_phone(world: &mut World) {
    let bold = world.opens_account("bold", Role::Client, Some("+15550100021")).await;
    let fields = json!({
        "description": "*bold*\n> quote\n- item\n```code``` ~struck~ _slanted_",
        "project_name": "`Web` *Portal*",
    });
    bold.files_with("*Help* _me_ ~now~ `please`", fields).await;
    world.settle().await;
    let texts = world.phone(&world.admin()).texts().await;
    let [text] = texts.as_slice() else { panic!("{} messages", texts.len()) };
    let labels = [
        "New Ticket Created",
        "Client:",
        "Title:",
        "Project:",
        "Priority:",
        "Category:",
        "Description:",
    ];
    let bold: Vec<&str> = text.split('*').skip(1).step_by(2).collect();
    assert_eq!(bold, labels, "{text}");
    assert_eq!(text.matches('_').count(), 2, "only our own signature is slanted: {text}");
    assert!(!text.contains(['~', '`']), "{text}");
    assert!(text.lines().all(|line| !line.starts_with(['>', '-'])), "{text}");
    for word in ["Help", "me", "now", "please", "bold", "quote", "item", "code", "struck"] {
        assert!(text.contains(word), "{word} is lost: {text}");
    }
}
