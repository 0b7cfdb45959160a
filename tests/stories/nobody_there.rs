//! Numbers that WhatsApp does not know: after the third time the next way is taken at once.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::fallback::{OWN, no_whatsapp, puts, ways};
use super::world::{Person, World, stories};

stories![
    a_number_that_whatsapp_does_not_know_is_left_out,
    whoever_writes_is_there,
    what_waits_for_whatsapp_goes_another_way_then,
];

async fn told(world: &World, title: &str) -> Vec<String> {
    let ticket = world.client().files(title).await;
    world.settle().await;
    world.later(TimeDelta::seconds(1)).await;
    ways(world, &world.admin(), &ticket).await
}

async fn whatsapp_way(admin: &Person) -> Value {
    admin.sees(OWN).await["ways"][0]["unusable_because"].clone()
}

/// The admin's number fails so many times.
async fn fails(world: &World, times: usize) -> Person {
    let admin = world.admin();
    world.faults(json!([no_whatsapp(&admin)])).await;
    for _ in 0..times {
        assert_eq!(whatsapp_way(&admin).await, Value::Null);
        assert_eq!(told(world, "Lost").await, ["WHATSAPP FAILED", "SMS SENT"]);
    }
    admin
}

async fn a_number_that_whatsapp_does_not_know_is_left_out(world: &mut World) {
    // What was a month ago counts no more.
    let admin = fails(world, 2).await;
    world.later(TimeDelta::days(31)).await;
    fails(world, 3).await;
    assert_eq!(whatsapp_way(&admin).await, "undeliverable");
    assert_eq!(told(world, "At once").await, ["SMS SENT"]);
    let for_them = format!("/api/users/{}/preferences", admin.id);
    assert_eq!(admin.sees(&for_them).await["ways"][0]["unusable_because"], "undeliverable");
    puts(&admin, json!({ "channels": ["WHATSAPP"] })).await;
    let ticket = world.client().files("No way").await;
    world.settle().await;
    let skipped = world.notification(&admin, &ticket).await;
    assert_eq!(skipped["skip_reason"], "undeliverable");
    assert!(skipped["hint"].as_str().is_some_and(|hint| hint.contains("confirms it anew")));
    // A code is sent all the same, and confirms the number anew.
    world.no_faults().await;
    let ask = json!({ "phone_number": admin.number() });
    let asked = admin.post("/api/user/request-phone-verify", &ask).await.ok(200);
    let code = json!({ "code": asked["debug_otp"] });
    admin.post("/api/user/verify-phone-code", &code).await.ok(200);
    assert_eq!(whatsapp_way(&admin).await, Value::Null);
    assert_eq!(told(world, "Again").await, ["WHATSAPP SENT"]);
}

async fn whoever_writes_is_there(world: &mut World) {
    let admin = fails(world, 3).await;
    assert_eq!(whatsapp_way(&admin).await, "undeliverable");
    world.passes(TimeDelta::minutes(1));
    world.no_faults().await;
    world.writes(&admin, "Hello?").await;
    world.settle().await;
    assert_eq!(whatsapp_way(&admin).await, Value::Null);
    world.passes(TimeDelta::minutes(1));
    // And what was before counts no more.
    fails(world, 1).await;
    assert_eq!(whatsapp_way(&admin).await, Value::Null);
}

async fn what_waits_for_whatsapp_goes_another_way_then(world: &mut World) {
    let admin = fails(world, 2).await;
    let away = json!({ "number": admin.number(), "kind": "UNAVAILABLE", "times": 1 });
    world.faults(json!([away])).await;
    let waiting = world.client().files("Waits").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &waiting).await, ["WHATSAPP QUEUED"]);
    fails(world, 1).await;
    world.later(TimeDelta::minutes(1)).await;
    world.later(TimeDelta::seconds(1)).await;
    assert_eq!(ways(world, &admin, &waiting).await, ["WHATSAPP SKIPPED", "SMS SENT"]);
}
