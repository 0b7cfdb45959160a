//! The access token in a file: a new one counts without a restart.
use chrono::TimeDelta;
use deskbell::config::Role;
use serde_json::json;

use super::world::{ACCESS_TOKEN, OutsideSimulator, World, stories};

stories![a_new_token_in_the_file_counts_without_a_restart];

async fn a_new_token_in_the_file_counts_without_a_restart(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::All, &provider).await;
    // The program starts elsewhere below; nobody tells the provider where.
    world.faults(json!([{ "number": "*", "kind": "NO_STATUS" }])).await;
    let file = world.config().data_dir.join("token");
    std::fs::write(&file, "an old token\n").expect("a file");
    let named = file.to_string_lossy().into_owned();
    let settings =
        vec![("WHATSAPP_ACCESS_TOKEN", String::new()), ("WHATSAPP_ACCESS_TOKEN_FILE", named)];
    world.restarts_with(settings).await;
    let client = world.client();
    client.files("Nobody hears of this yet").await;
    world.settle().await;
    let refused = world.log("").await.remove(0);
    assert_eq!((&refused["status"], &refused["error_code"]), (&json!("QUEUED"), &json!(190)));

    std::fs::write(&file, ACCESS_TOKEN).expect("a file");
    let next_is_sent = async || {
        client.files("Does the new token count?").await;
        // A channel that is paused asks again within a minute.
        world.later(TimeDelta::seconds(61)).await;
        !world.log("status=SENT").await.is_empty()
    };
    world.until("the new token counts", next_is_sent).await;
    world.later(TimeDelta::hours(1)).await;
    let queued = world.log("status=QUEUED").await;
    assert!(queued.is_empty(), "what waited goes out, too: {queued:?}");
    provider.stop().await;
}
