//! What providers tell of the account by webhook pauses as the same answer to a message would, whoever
//! reads the webhook.
use chrono::TimeDelta;
use deskbell::config::Role;
use serde_json::{Value, json};

use super::world::{Database, OutsideSimulator, World, stories, tell};

stories![
    a_report_that_the_account_is_locked_pauses_the_channel,
    a_restriction_pauses_the_channel_until_it_ends,
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_of_a_lock_the_one_that_sends_stops() {
    tell(Database::Postgres, async |world| {
        let provider = OutsideSimulator::new();
        world.shares_with_others(Role::All, &provider).await;
        // The others only read: the world's own program sends.
        let others = [world.another(Role::Worker).await, world.another(Role::Worker).await];
        locked(world).await;
        for program in others {
            program.stop().await.expect("it stops in order");
        }
        provider.stop().await;
    })
    .await;
}

/// Whether the channel is paused, and by which code.
async fn paused(world: &World) -> Value {
    world.admin().sees("/api/channels").await["items"][0]["paused"]["code"].clone()
}

async fn files(world: &World, title: &str) -> Value {
    let ticket = world.client().files(title).await;
    world.settle().await;
    world.notification(&world.admin(), &ticket).await
}

async fn status(world: &World, row: &Value) -> Value {
    world.in_full(row).await["status"].clone()
}

async fn a_report_that_the_account_is_locked_pauses_the_channel(world: &mut World) {
    locked(world).await;
}

async fn locked(world: &mut World) {
    let admin = world.admin();
    let fault =
        json!([{ "number": admin.number(), "kind": "FAILED_LATER", "code": 131_031, "times": 1 }]);
    world.faults(fault).await;
    let first = files(world, "First").await;
    world.until("it is paused", async || paused(world).await == 131_031).await;
    // The process that sends may be another one than the one that read of it.
    let mut second = json!(null);
    world
        .until("nothing leaves", async || {
            second = files(world, "Second").await;
            (&second["status"], &second["attempts"]) == (&json!("QUEUED"), &json!(0))
        })
        .await;
    assert!(second["hint"].is_string(), "{second}");
    let page = world.stranger().get("/metrics").await.text();
    assert!(page.contains("deskbell_channel_paused{channel=\"WHATSAPP\"} 1"), "{page}");
    world.later(TimeDelta::minutes(61)).await;
    for row in [&first, &second] {
        world.until("it goes on", async || status(world, row).await == "SENT").await;
    }
    assert_eq!(paused(world).await, json!(null));
}

async fn a_restriction_pauses_the_channel_until_it_ends(world: &mut World) {
    let tells = async |world: &World, value: Value, at: i64| {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": at,
            "changes": [{ "field": "account_update", "value": value }] }] });
        world.webhook(body.to_string()).await.taken();
        world.settle().await;
    };
    let now = world.now().timestamp();
    let restricted = json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [
        { "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": now + 1800 }] });
    tells(world, restricted, now).await;
    world.until("it is paused", async || paused(world).await == 368).await;
    let waits = files(world, "Waits").await;
    world.later(TimeDelta::minutes(20)).await;
    assert_eq!(status(world, &waits).await, "QUEUED");
    world.later(TimeDelta::minutes(11)).await;
    world.until("it ended", async || status(world, &waits).await == "SENT").await;

    let ban = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } });
    tells(world, ban("DISABLE"), now + 10).await;
    world.until("it is banned", async || paused(world).await == 131_031).await;
    // Meta answers to a question as ever; that alone ends no ban.
    world.later(TimeDelta::minutes(61)).await;
    assert_eq!(paused(world).await, 131_031);
    tells(world, ban("REINSTATE"), now + 20).await;
    world.until("it is not any more", async || paused(world).await.is_null()).await;
    assert_eq!(files(world, "Goes").await["status"], "SENT");
}
