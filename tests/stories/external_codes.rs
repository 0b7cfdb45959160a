//! Codes that another system made, and that we only carry.
use serde_json::json;

use super::codes::NUMBER;
use super::world::{World, id, stories};

stories![
    codes_of_other_systems_are_mocked_unless_told_otherwise,
    codes_of_other_systems_are_sent_and_forgotten,
];

async fn codes_of_other_systems_are_mocked_unless_told_otherwise(world: &mut World) {
    let admin = world.admin();
    let given = json!({ "to_phone": NUMBER, "otp": "987654" });
    let sent = admin.post("/api/v1/external/sms/otp/", &given).await.ok(200);
    let named = format!("mock_{NUMBER}_{}", world.now().timestamp());
    assert_eq!(sent["message"], "OTP sent successfully");
    let data = &sent["data"];
    assert_eq!(data["provider"], "mock");
    assert_eq!(data["message_id"], named.as_str());
    assert_eq!(data["status"], "sent");
    assert_eq!(data["otp_sent"], "123456");
    assert_eq!(data["mock"], true);
    let path = "/api/v1/external/whatsapp/otp?to_phone=+8801712345678&otp=987654";
    assert_eq!(admin.post(path, &json!({})).await.ok(200)["data"]["to"], NUMBER);
    let status = format!("/api/v1/external/sms/otp/{}", named.replace('+', "%2B"));
    assert_eq!(admin.get(&status).await.ok(200)["data"]["status"], "sent");
    assert!(world.log("").await.is_empty());
    for other in [world.client(), world.dev()] {
        other.post("/api/external/sms/otp", &given).await.refused(403, "forbidden");
        other.get(&status).await.refused(403, "forbidden");
    }
    world.stranger().post("/api/external/sms/otp", &given).await.refused(401, "unauthenticated");
    let bad = json!({ "to_phone": "12", "otp": "x" });
    assert_eq!(admin.post("/api/external/sms/otp", &bad).await.flaws().len(), 2);
}

async fn codes_of_other_systems_are_sent_and_forgotten(world: &mut World) {
    let off = ("PIONEER_FLAG_MOCK_OTP_ENABLED", "false".to_owned());
    world.restarts_with(vec![off]).await;
    let admin = world.admin();
    let path = format!("/api/v1/external/whatsapp/otp?to_phone=%2B{}&otp=987654", &NUMBER[1..]);
    let sent = admin.post(&path, &json!({})).await.ok(200);
    let data = &sent["data"];
    assert_eq!(data["provider"], "meta");
    assert_eq!(data["mock"], false);
    assert!(data.get("otp_sent").is_none());
    let phone = format!("/simulator/api/phones/{NUMBER}/messages");
    let arrived = world.stranger().get(&phone).await.plain();
    assert!(arrived["items"][0]["raw"].to_string().contains("987654"));
    world.settle().await;
    world.stands_nowhere("987654").await;
    let message = data["message_id"].as_str().expect("an id").replace('=', "%3D");
    let status = format!("/api/v1/external/whatsapp/otp/{message}");
    assert_eq!(admin.get(&status).await.ok(200)["data"]["status"], "delivered");
    let other = format!("/api/v1/external/sms/otp/{message}");
    admin.get(&other).await.refused(404, "not_found");
    admin.get("/api/v1/external/whatsapp/otp/nothing").await.refused(404, "not_found");
    let row = world.log("event=EXTERNAL_CODE").await.remove(0);
    let retry = format!("/api/notifications/{}/retry", id(&row));
    admin.post(&retry, &json!({})).await.refused(409, "not_retryable");
    // One attempt, whatever comes of it.
    world.faults(json!([{ "number": NUMBER, "kind": "RATE_LIMITED" }])).await;
    admin.post(&path, &json!({})).await.refused(502, "send_failed");
    assert_eq!(
        world.count("SELECT count(*) FROM one_time_codes WHERE sealed IS NOT NULL").await,
        0
    );
}
