//! Another password for whoever has forgotten theirs, and one's own sessions, which it ends.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::codes::{debug_otp, wrong};
use super::world::{World, id, stories};

stories![
    another_password_takes_three_steps_and_ends_every_session,
    no_step_of_a_reset_can_be_left_out,
    one_sees_and_ends_ones_sessions,
];

const RESET: &str = "/api/auth/password-reset";

async fn another_password_takes_three_steps_and_ends_every_session(world: &mut World) {
    let client = world.client();
    let refresh = client.begins_a_session().await;
    let ask = json!({ "login": client.username, "channel": "whatsapp" });
    let begun = world.stranger().post(&format!("{RESET}/request"), &ask).await.ok(202);
    let flow = begun["flow"].clone();
    let sent = "SELECT count(*) FROM notification_log WHERE status = 'SENT'";
    world.until("the code came", async || world.count(sent).await == 1).await;
    let code = debug_otp(&begun);
    let verify = format!("{RESET}/verify");
    let body = json!({ "flow": flow, "code": wrong(&code) });
    world.stranger().post(&verify, &body).await.refused(422, "wrong_code");
    let body = json!({ "flow": flow, "code": code });
    world.stranger().post(&verify, &body).await.ok(200);
    world.stranger().post(&verify, &body).await.refused(422, "wrong_code");
    let complete = format!("{RESET}/complete");
    let new = json!({ "flow": flow, "new_password": "another password" });
    world.stranger().post(&complete, &new).await.ok(200);
    world.stranger().post(&complete, &new).await.refused(422, "wrong_code");
    client.tries(&client.password).await.refused(401, "wrong_credentials");
    client.tries("another password").await.ok(200);
    let refresh = json!({ "refresh_token": refresh });
    world.stranger().post("/api/auth/refresh", &refresh).await.refused(401, "bad_refresh_token");
}

async fn no_step_of_a_reset_can_be_left_out(world: &mut World) {
    let client = world.client();
    let complete = format!("{RESET}/complete");
    let new = |flow: &Value| json!({ "flow": flow, "new_password": "another password" });
    let ask = json!({ "login": client.username, "channel": "whatsapp" });
    let begun = world.stranger().post(&format!("{RESET}/request"), &ask).await.ok(202);
    world.stranger().post(&complete, &new(&begun["flow"])).await.refused(422, "wrong_code");
    world.stranger().post(&complete, &new(&json!("made up"))).await.refused(422, "wrong_code");
    // A code belongs to its flow.
    let other = json!({ "login": "nobody", "channel": "whatsapp" });
    let other = world.stranger().post(&format!("{RESET}/request"), &other).await.ok(202);
    let verify = format!("{RESET}/verify");
    let flaws = world.stranger().post(&verify, &json!({})).await.flaws();
    assert_eq!(flaws.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["code", "flow"]);
    let swapped = json!({ "flow": other["flow"], "code": debug_otp(&begun) });
    world.stranger().post(&verify, &swapped).await.refused(422, "wrong_code");
    let nobodys = json!({ "flow": other["flow"], "code": debug_otp(&other) });
    world.stranger().post(&verify, &nobodys).await.refused(422, "wrong_code");
    // Ten minutes after the code there is no choosing any more.
    let sent = "SELECT count(*) FROM notification_log WHERE status = 'SENT'";
    world.until("the code came", async || world.count(sent).await == 1).await;
    let right = json!({ "flow": begun["flow"], "code": debug_otp(&begun) });
    world.stranger().post(&verify, &right).await.ok(200);
    world.passes(TimeDelta::minutes(10));
    world.stranger().post(&complete, &new(&begun["flow"])).await.refused(422, "wrong_code");
    client.tries(&client.password).await.ok(200);
}

async fn one_sees_and_ends_ones_sessions(world: &mut World) {
    let (client, dev) = (world.client(), world.dev());
    let first = client.begins_a_session().await;
    let second = client.begins_a_session().await;
    let seen = client.sees("/api/auth/sessions").await;
    let items = seen["items"].as_array().expect("sessions").clone();
    assert!(items.len() >= 2);
    let oldest = items.iter().map(id).min().expect("a session");
    let path = format!("/api/auth/sessions/{oldest}");
    dev.delete(&path).await.refused(404, "not_found");
    client.delete(&path).await.done();
    client.delete(&path).await.refused(404, "not_found");
    let shows = async |token: &str| {
        let body = json!({ "refresh_token": token });
        world.stranger().post("/api/auth/refresh", &body).await.status
    };
    let still: Vec<u16> = vec![shows(&first).await, shows(&second).await];
    assert!(still.contains(&200), "{still:?}");
    client.delete("/api/auth/sessions").await.done();
    assert_eq!(client.sees("/api/auth/sessions").await["items"], json!([]));
    assert_eq!(shows(&second).await, 401);
}
