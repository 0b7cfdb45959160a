//! A provider that fails for good is followed by the next one that could carry the message.
use chrono::TimeDelta;
use deskbell::config::Role;
use deskbell::domain::user;
use serde_json::{Value, json};

use super::world::{MailServer, OutsideSimulator, Settings, World, stories};

stories![
    a_mail_server_follows_gmail,
    while_gmail_is_paused_codes_go_by_the_mail_server,
    twilio_follows_meta_at_once_and_when_it_fails_later,
    what_twilio_reports_of_one_line_leaves_the_other_open,
    nobody_follows_who_could_not_carry_it,
    nobody_tells_whoever_else_has_the_number,
];

const JANE: &str = "jane@example.com";
const NUMBER: &str = "+447700900123";

async fn asks(world: &World, email: &str) -> super::world::Answer {
    let name = email.split('@').next().expect("a name");
    let body = json!({
        "email": email, "otp_method": "email", "username": name, "first_name": "Jane",
        "last_name": "Doe", "password": "correct horse battery",
    });
    world.stranger().post("/api/accounts/request-otp", &body).await
}

async fn outside(world: &mut World, more: impl FnOnce(&str) -> Settings) -> OutsideSimulator {
    let provider = OutsideSimulator::new();
    world.will_start_with(more(&format!("{}/simulator", provider.address())));
    world.shares_with_others(Role::All, &provider).await;
    provider
}

fn gmail_at(base: &str) -> Settings {
    vec![
        ("EMAIL_CLIENT_ID", "simulated.apps.googleusercontent.com".to_owned()),
        ("EMAIL_CLIENT_SECRET", "simulated".to_owned()),
        ("EMAIL_REFRESH_TOKEN", "1//simulated".to_owned()),
        ("GMAIL_API_URL", base.to_owned()),
        ("GOOGLE_TOKEN_URL", format!("{base}/token")),
    ]
}

fn twilio_at(base: &str, whatsapp_from: &str) -> Settings {
    vec![
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001".to_owned()),
        ("TWILIO_AUTH_TOKEN", "simulated".to_owned()),
        ("TWILIO_WHATSAPP_FROM", whatsapp_from.to_owned()),
        ("TWILIO_API_URL", base.to_owned()),
    ]
}

async fn newest(world: &World) -> Value {
    world.log("").await.remove(0)
}

async fn a_mail_server_follows_gmail(world: &mut World) {
    let server = MailServer::answers([]).await;
    let own = server.settings();
    let provider = outside(world, |base| [gmail_at(base), own].concat()).await;
    let refused = json!([{ "number": JANE, "provider": "gmail", "kind": "ERROR",
        "http_status": 400, "reason": "invalidArgument" }]);
    world.faults(refused).await;
    asks(world, JANE).await.ok(200);
    assert_eq!(server.mails().len(), 1);
    let row = newest(world).await;
    assert_eq!((&row["provider"], &row["status"]), (&json!("smtp"), &json!("SENT")));
    assert_eq!((&row["attempts"], &row["error_code"]), (&json!(2), &Value::Null));
    let id = row["id"].as_i64().expect("an id");
    let attempts = world.admin().sees(&format!("/api/notifications/{id}")).await;
    assert_eq!(attempts["attempt_log"][0]["error_code"], 400, "{attempts}");
    // What Gmail takes goes by Gmail.
    asks(world, "joe@example.com").await.ok(200);
    assert_eq!(newest(world).await["provider"], "gmail");
    provider.stop().await;
}

async fn while_gmail_is_paused_codes_go_by_the_mail_server(world: &mut World) {
    let server = MailServer::answers([]).await;
    let own = server.settings();
    let provider = outside(world, |base| [gmail_at(base), own].concat()).await;
    let revoked = json!([{ "number": "*", "provider": "google_token", "kind": "TOKEN_EXPIRED" }]);
    world.faults(revoked).await;
    asks(world, JANE).await.ok(202);
    asks(world, "joe@example.com").await.ok(200);
    let to: Vec<String> = server.mails().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["joe@example.com"]);
    world.no_faults().await;
    world.later(TimeDelta::seconds(61)).await;
    world
        .until("Gmail goes on", async || {
            world.sweep().await;
            world.count("SELECT count(*) FROM notification_log WHERE status = 'SENT'").await == 2
        })
        .await;
    provider.stop().await;
}

async fn twilio_follows_meta_at_once_and_when_it_fails_later(world: &mut World) {
    let provider = outside(world, |base| twilio_at(base, "+14155238886")).await;
    for (name, fault) in [
        ("ann", json!({ "kind": "ERROR", "code": 131026 })),
        ("ben", json!({ "kind": "NOT_ON_WHATSAPP" })),
    ] {
        let person = world.opens_account(name, user::Role::Client, None).await;
        let mut fault = fault;
        fault["number"] = json!(NUMBER);
        world.faults(json!([fault])).await;
        let ask = json!({ "phone_number": NUMBER, "channel": "whatsapp" });
        person.post("/api/user/request-phone-verify", &ask).await.ok(200);
        world
            .until("Twilio carried it", async || {
                let row = newest(world).await;
                row["provider"] == "twilio_whatsapp" && row["receipt"] == "DELIVERED"
            })
            .await;
        let row = newest(world).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(2)));
    }
    provider.stop().await;
}

async fn what_twilio_reports_of_one_line_leaves_the_other_open(world: &mut World) {
    let settings = |base: &str| {
        let by_sms = vec![("TWILIO_PHONE_NUMBER", "+15550003333".to_owned())];
        [twilio_at(base, "+14155238886"), by_sms].concat()
    };
    let provider = outside(world, settings).await;
    let person = world.opens_account("ann", user::Role::Client, None).await;
    let by_meta = json!({ "number": NUMBER, "kind": "ERROR", "code": 131026 });
    let by_twilio = json!({ "number": NUMBER, "provider": "twilio_whatsapp", "kind": "FAILED_LATER",
        "code": 63112, "times": 1 });
    world.faults(json!([by_meta, by_twilio])).await;
    let ask = json!({ "phone_number": NUMBER, "channel": "whatsapp" });
    person.post("/api/user/request-phone-verify", &ask).await.ok(200);
    let paused = async |provider: &str| {
        let sql = "SELECT count(*) FROM channel_states WHERE state = 'PAUSED' AND provider = ";
        world.count(&format!("{sql}'{provider}'")).await
    };
    world.until("its WhatsApp pauses", async || paused("twilio_whatsapp").await == 1).await;
    assert_eq!(paused("twilio").await, 0, "text messages go on");
    provider.stop().await;
}

async fn nobody_follows_who_could_not_carry_it(world: &mut World) {
    let provider = outside(world, |base| twilio_at(base, "+15550003333")).await;
    let person = world.opens_account("ann", user::Role::Client, None).await;
    world.faults(json!([{ "number": NUMBER, "kind": "ERROR", "code": 131026 }])).await;
    let ask = json!({ "phone_number": NUMBER, "channel": "whatsapp" });
    let asked = person.post("/api/user/request-phone-verify", &ask).await;
    asked.refused(502, "send_failed");
    let row = newest(world).await;
    assert_eq!((&row["provider"], &row["error_code"]), (&json!("meta"), &json!(131_026)));
    provider.stop().await;
}

async fn nobody_tells_whoever_else_has_the_number(world: &mut World) {
    let provider = outside(world, |base| twilio_at(base, "+14155238886")).await;
    let person = world.opens_account("ann", user::Role::Client, None).await;
    world.faults(json!([{ "number": NUMBER, "kind": "ERROR", "code": 137000 }])).await;
    let ask = json!({ "phone_number": NUMBER, "channel": "whatsapp" });
    person.post("/api/user/request-phone-verify", &ask).await.refused(502, "send_failed");
    let row = newest(world).await;
    assert_eq!((&row["provider"], &row["error_code"]), (&json!("meta"), &json!(137_000)));
    provider.stop().await;
}
