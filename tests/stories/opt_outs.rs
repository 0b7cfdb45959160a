//! Whoever says STOP is left alone, on WhatsApp and on SMS, until they say otherwise.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::fallback::{OWN, puts, sms, texts, ways};
use super::world::{World, stories};

stories![
    whoever_says_stop_is_left_alone_until_they_say_start,
    whoever_says_stop_to_a_text_message_gets_no_more_of_them,
];

async fn whoever_says_stop_is_left_alone_until_they_say_start(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let me = "/api/auth/me";
    world.writes(&client, "Stop.").await;
    world.settle().await;
    assert_eq!(client.sees(me).await["whatsapp_opt_in_at"], Value::Null);
    // An ordinary word takes nothing back.
    world.passes(TimeDelta::minutes(1));
    world.writes(&client, "Is my printer ready?").await;
    world.settle().await;
    let ticket = client.files("Printer").await;
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let skipped = world.notification(&client, &ticket).await;
    assert_eq!(
        (&skipped["status"], &skipped["skip_reason"]),
        (&json!("SKIPPED"), &json!("opted_out"))
    );
    assert_eq!(texts(world, &client).await.len(), 0);
    world.passes(TimeDelta::minutes(1));
    world.writes(&client, "START").await;
    world.settle().await;
    assert!(client.sees(me).await["whatsapp_opt_in_at"].is_string());
    admin.does("reject", &ticket, json!({ "reason": "It was unplugged" })).await;
    world.settle().await;
    assert_eq!(world.told(&client, &ticket).await[0]["status"], "SENT");
}

async fn whoever_says_stop_to_a_text_message_gets_no_more_of_them(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    world.faults(json!([sms(&admin, "ERROR", json!({ "code": 21610 }))])).await;
    let ticket = client.files("First").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS FAILED", "WHATSAPP SENT"]);
    assert_eq!(admin.sees(OWN).await["ways"][0]["unusable_because"], "opted_out");
    world.no_faults().await;
    let ticket = client.files("Second").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["WHATSAPP SENT"]);
    // Whoever chooses them anew wants them again.
    puts(&admin, json!({ "channels": ["SMS", "WHATSAPP"] })).await;
    let ticket = client.files("Third").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["SMS SENT"]);
}
