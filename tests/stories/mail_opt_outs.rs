//! "No more e-mails about tickets", said from the mail itself.
use deskbell::config::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::fallback::{OWN, puts, ways};
use super::world::{Answer, Door, OutsideSimulator, Person, World, stories};

stories![
    a_mail_says_where_no_more_are_wanted,
    what_waits_as_a_mail_goes_another_way,
    without_a_public_address_no_mail_says_so,
];

const PUBLIC: &str = "https://desk.example.com";
const ADMIN: &str = "admin@example.com";

/// The program under a public address, with Meta and Google outside.
async fn in_public(world: &mut World) -> OutsideSimulator {
    let provider = OutsideSimulator::new();
    let base = format!("{}/simulator", provider.address());
    world.will_start_with(vec![
        ("PUBLIC_URL", PUBLIC.to_owned()),
        ("EMAIL_CLIENT_ID", "simulated.apps.googleusercontent.com".to_owned()),
        ("EMAIL_CLIENT_SECRET", "simulated".to_owned()),
        ("EMAIL_REFRESH_TOKEN", "1//simulated".to_owned()),
        ("GMAIL_API_URL", base.clone()),
        ("GOOGLE_TOKEN_URL", format!("{base}/token")),
    ]);
    world.shares_with_others(Role::All, &provider).await;
    provider
}

/// An admin who reads mails first.
async fn prefers_mails(world: &World) -> Person {
    let admin = world.admin();
    let sql = format!("UPDATE users SET email_verified_at = created_at WHERE id = {}", admin.id);
    assert_eq!(world.changes_rows(&sql).await, 1);
    puts(&admin, json!({ "channels": ["EMAIL", "WHATSAPP"] })).await;
    admin
}

async fn told(world: &World, title: &str) -> Vec<String> {
    let ticket = world.client().files(title).await;
    world.settle().await;
    ways(world, &world.admin(), &ticket).await
}

async fn mails(provider: &OutsideSimulator, to: &str) -> Vec<Value> {
    let address = provider.address().trim_start_matches("http://").parse().expect("an address");
    let path = format!("/simulator/api/mailboxes/{to}/messages");
    let page = Door::at(address).get(&path).await.plain();
    page["items"].as_array().expect("mails").clone()
}

fn header(mail: &Value, name: &str) -> Option<String> {
    let mut headers = mail["headers"].as_array().expect("headers").iter();
    let found = headers.find(|it| it["name"] == name)?;
    found["value"].as_str().map(str::to_owned)
}

/// Where the mail says that no more are wanted, below the public address.
fn way_out(mail: &Value) -> String {
    let listed = header(mail, "List-Unsubscribe").expect("List-Unsubscribe");
    let url = listed.trim_start_matches('<').trim_end_matches('>').to_owned();
    let post = header(mail, "List-Unsubscribe-Post");
    assert_eq!(post.as_deref(), Some("List-Unsubscribe=One-Click"));
    let (text, html) = (mail["text"].as_str(), mail["html"].as_str());
    let line = format!("No more e-mails about tickets: {url}");
    assert!(text.is_some_and(|text| text.trim_end().ends_with(&line)), "{text:?}");
    assert!(html.is_some_and(|html| html.contains(&format!("href=\"{url}\""))), "{html:?}");
    url.strip_prefix(PUBLIC).expect("our public address").to_owned()
}

async fn presses(world: &World, path: &str) -> Answer {
    let ask = world.stranger().ask(Method::POST, path);
    let ask = ask.with("content-type", "application/x-www-form-urlencoded");
    ask.bytes(b"List-Unsubscribe=One-Click".to_vec()).send().await
}

async fn mail_way(admin: &Person) -> Value {
    admin.sees(OWN).await["ways"][0]["unusable_because"].clone()
}

async fn a_mail_says_where_no_more_are_wanted(world: &mut World) {
    let provider = in_public(world).await;
    let admin = prefers_mails(world).await;
    assert_eq!(told(world, "First").await, ["EMAIL SENT"]);
    let path = way_out(&mails(&provider, ADMIN).await[0]);
    // To look at it does nothing.
    let page = world.stranger().get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
    assert!(page.text().contains("<form method=\"post\">"), "{}", page.text());
    assert!(!page.text().contains(ADMIN) && !page.text().contains("<script"), "{}", page.text());
    assert_eq!(told(world, "Second").await, ["EMAIL SENT"]);
    for _ in 0..2 {
        let done = presses(world, &path).await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert!(done.text().contains("You get no more e-mails"), "{}", done.text());
        assert_eq!(mail_way(&admin).await, "opted_out");
    }
    // Whoever says all of it again with something else changed, or leaves it out, has chosen nothing.
    let mut same = admin.sees(OWN).await;
    assert_eq!(same["channels"], json!(["WHATSAPP"]));
    same.as_object_mut().expect("preferences").remove("ways");
    puts(&admin, same).await;
    puts(&admin, json!({ "muted_events": ["COMMENT_ADDED"] })).await;
    let ways = admin.sees(OWN).await["ways"].clone();
    assert_eq!(
        (&ways[2]["channel"], &ways[2]["unusable_because"]),
        (&json!("EMAIL"), &json!("opted_out"))
    );
    puts(&admin, json!({ "channels": ["WHATSAPP"] })).await;
    assert_eq!(told(world, "Third").await, ["WHATSAPP SENT"]);
    assert_eq!(mails(&provider, ADMIN).await.len(), 2);
    // Another one's choice takes nothing back, one's own does.
    let for_them = format!("/api/users/{}/preferences", admin.id);
    let chosen = json!({ "channels": ["EMAIL"] });
    let other = world.opens_account("ada", deskbell::domain::user::Role::Admin, None).await;
    other.ask(Method::PUT, &for_them).await.json(&chosen).send().await.ok(200);
    assert_eq!(mail_way(&admin).await, "opted_out");
    puts(&admin, json!({ "channels": ["EMAIL", "WHATSAPP"] })).await;
    assert_eq!(mail_way(&admin).await, Value::Null);
    assert_eq!(told(world, "Fourth").await[..1], ["EMAIL SENT"]);
    for wrong in ["/mail/opt-out/00", &path[..path.len() - 2], &format!("{path}00")] {
        world.stranger().get(wrong).await.refused(404, "not_found");
        presses(world, wrong).await.refused(404, "not_found");
    }
    assert_eq!(mail_way(&admin).await, Value::Null);
    // Nobody says no to codes.
    let asked = json!({
        "email": "jane@example.com", "otp_method": "email", "username": "jane",
        "first_name": "Jane", "last_name": "Doe", "password": "correct horse battery",
    });
    world.stranger().post("/api/accounts/request-otp", &asked).await.ok(200);
    let code = mails(&provider, "jane@example.com").await.remove(0);
    assert_eq!(header(&code, "List-Unsubscribe"), None);
    assert!(!code["text"].as_str().expect("text").contains("opt-out"), "{code}");
    provider.stop().await;
}

async fn what_waits_as_a_mail_goes_another_way(world: &mut World) {
    let provider = in_public(world).await;
    let admin = prefers_mails(world).await;
    assert_eq!(told(world, "First").await, ["EMAIL SENT"]);
    let path = way_out(&mails(&provider, ADMIN).await[0]);
    let away = json!({ "number": ADMIN, "provider": "gmail", "kind": "UNAVAILABLE", "times": 1 });
    world.faults(json!([away])).await;
    let ticket = world.client().files("Waits").await;
    world.settle().await;
    assert_eq!(ways(world, &admin, &ticket).await, ["EMAIL QUEUED"]);
    assert_eq!(presses(world, &path).await.status, 200);
    world.later(chrono::TimeDelta::minutes(1)).await;
    world.later(chrono::TimeDelta::seconds(1)).await;
    assert_eq!(ways(world, &admin, &ticket).await, ["EMAIL SKIPPED", "WHATSAPP SENT"]);
    provider.stop().await;
}

async fn without_a_public_address_no_mail_says_so(world: &mut World) {
    prefers_mails(world).await;
    assert_eq!(told(world, "First").await, ["EMAIL SENT"]);
    let path = format!("/simulator/api/mailboxes/{ADMIN}/messages");
    let page = world.stranger().get(&path).await.plain();
    let mail = &page["items"][0];
    assert_eq!(header(mail, "List-Unsubscribe"), None);
    assert!(!mail["text"].as_str().expect("text").contains("http"), "{mail}");
}
