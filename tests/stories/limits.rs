//! How often one may ask: too many requests are refused before they cost or change anything, and
//! are told when there is room again.
use std::collections::HashMap;

use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::world::{Answer, Settings, World, draft, signed, stories};

stories![
    an_account_may_change_something_60_times_a_minute,
    an_account_may_read_600_times_a_minute,
    without_a_token_60_requests_a_minute_are_answered,
    signed_webhooks_are_not_counted_and_forged_ones_are,
    a_client_may_file_30_tickets_an_hour,
    what_others_file_for_a_client_does_not_count,
    only_trusted_proxies_say_who_asks,
];

fn limited() -> Settings {
    vec![("RATE_LIMIT", "on".to_owned())]
}

/// The seconds after which a refused request may come back.
#[track_caller]
fn wait(refused: &Answer, code: &str, most: i64) -> TimeDelta {
    let problem = refused.refused(429, code);
    let seconds = refused.header("retry-after").expect("Retry-After");
    assert!(problem["detail"].to_string().contains(&format!("in {seconds} s")), "{problem}");
    let seconds: i64 = seconds.parse().expect("seconds");
    assert!((1..=most).contains(&seconds), "{seconds} s");
    TimeDelta::seconds(seconds)
}

async fn an_account_may_change_something_60_times_a_minute(world: &mut World) {
    world.restarts_with(limited()).await;
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Open me").await;
    admin.token().await;
    for _ in 0..59 {
        admin.post("/api/tickets/999999/open", &json!({})).await.refused(404, "not_found");
        world.passes(TimeDelta::milliseconds(100));
    }
    admin.post("/api/nowhere", &json!({})).await.refused(404, "not_found");
    let refused = admin.says("open", &ticket, json!({})).await;
    let wait = wait(&refused, "rate_limited", 60);
    // Reading goes on, and so does everybody else.
    let seen = admin.sees(&format!("/api/tickets/{}", ticket["id"])).await;
    assert_eq!(seen["status"], "NEW");
    client.files("Somebody else's").await;
    world.passes(wait - TimeDelta::seconds(1));
    admin.says("open", &ticket, json!({})).await.refused(429, "rate_limited");
    world.passes(TimeDelta::seconds(1));
    assert_eq!(admin.does("open", &ticket, json!({})).await["status"], "OPENED");
}

async fn an_account_may_read_600_times_a_minute(world: &mut World) {
    world.restarts_with(limited()).await;
    let client = world.client();
    client.token().await;
    let mut statuses: HashMap<u16, usize> = HashMap::new();
    for _ in 0..31 {
        for answer in join_all((0..20).map(|_| client.get("/api/auth/me"))).await {
            *statuses.entry(answer.status).or_default() += 1;
        }
    }
    assert_eq!(statuses, HashMap::from([(200, 600), (429, 20)]));
    // A write has an allowance of its own, and a bad token is nobody's.
    client.files("Still possible").await;
    let wait = wait(&client.get("/api/auth/me").await, "rate_limited", 60);
    world.passes(wait);
    client.sees("/api/auth/me").await;
}

async fn without_a_token_60_requests_a_minute_are_answered(world: &mut World) {
    world.restarts_with(limited()).await;
    let (stranger, client) = (world.stranger(), world.client());
    // Whoever logs in is a stranger until then.
    client.token().await;
    for round in 0..59 {
        let path = ["/api/tickets", "/nowhere", "/api/auth/me", "/api/tickets/1"][round % 4];
        let token = ["Bearer x", "Basic x", "Bearer a.b.c"][round % 3];
        let answer = stranger.ask(Method::GET, path).with("authorization", token).send().await;
        assert!([401, 404].contains(&answer.status), "{path}: {}", answer.status);
    }
    wait(&stranger.get("/nowhere").await, "rate_limited", 60);
    let account = json!({ "username": "toomuch", "email": "a@example.com", "full_name": "A",
        "password": "a long password" });
    let refused = stranger.post("/api/auth/register", &account).await;
    let wait = wait(&refused, "rate_limited", 60);
    for path in ["/healthz", "/readyz", "/metrics", "/simulator"] {
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
    // Whoever has a token is no stranger.
    client.files("From the same address").await;
    world.passes(wait);
    stranger.post("/api/auth/register", &account).await.ok(201);
}

async fn signed_webhooks_are_not_counted_and_forged_ones_are(world: &mut World) {
    world.restarts_with(limited()).await;
    let body = |number: usize| format!(r#"{{"object":"whatsapp_business_account","no":{number}}}"#);
    for number in 0..70 {
        world.webhook(body(number)).await.taken();
    }
    for number in 0..60 {
        let answer = world.webhook_under(None, body(number).into()).await;
        answer.refused(401, "bad_signature");
    }
    let forged = signed(body(0).as_bytes(), b"another secret");
    let answer = world.webhook_under(Some(&forged), body(0).into()).await;
    wait(&answer, "rate_limited", 60);
    wait(&world.stranger().get("/api/tickets").await, "rate_limited", 60);
    world.webhook(body(71)).await.taken();
    assert_eq!(world.count("SELECT count(*) FROM webhook_events").await, 71);
}

async fn a_client_may_file_30_tickets_an_hour(world: &mut World) {
    world.restarts_with(limited()).await;
    let client = world.client();
    let first = client.posts_once("the-first", "/api/tickets", &draft("First", json!({}))).await;
    first.ok(201);
    world.passes(TimeDelta::minutes(10));
    client.token().await;
    let one = draft("One of many", json!({}));
    let answers = join_all((0..35).map(|_| client.post("/api/tickets", &one))).await;
    let filed = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(filed, 29, "{:?}", answers.iter().map(|it| it.status).collect::<Vec<_>>());
    let refused = answers.iter().find(|answer| answer.status != 201).expect("one too many");
    let wait = wait(refused, "quota_exceeded", 50 * 60);
    assert_eq!(wait, TimeDelta::minutes(50));
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 30);

    // What would be refused anyway is refused for that; what was answered is answered again.
    world.passes(TimeDelta::minutes(2));
    client.post("/api/tickets", &json!({})).await.refused(422, "invalid");
    let again = client.posts_once("the-first", "/api/tickets", &draft("First", json!({}))).await;
    assert_eq!(again.body, first.body);
    let once = async || client.posts_once("the-next", "/api/tickets", &one).await;
    once().await.refused(429, "quota_exceeded");
    // A restart is no way around it, and the refusal was not kept as the answer.
    world.restarts_with(vec![]).await;
    once().await.refused(429, "quota_exceeded");
    world.passes(TimeDelta::minutes(48));
    once().await.ok(201);
    once().await.ok(201);
    client.post("/api/tickets", &one).await.refused(429, "quota_exceeded");
    assert_eq!(world.count("SELECT count(*) FROM tickets").await, 31);
    world.passes(TimeDelta::minutes(10));
    client.files("There is room again").await;
}

async fn what_others_file_for_a_client_does_not_count(world: &mut World) {
    world.restarts_with(limited()).await;
    let (admin, client) = (world.admin(), world.client());
    for _ in 0..2 {
        client.files("My own").await;
    }
    let theirs = draft("For a client", json!({ "client_id": client.id }));
    for _ in 0..31 {
        admin.post("/api/tickets", &theirs).await.ok(201);
    }
    for _ in 0..28 {
        client.files("My own").await;
    }
    let one = draft("One too many", json!({}));
    client.post("/api/tickets", &one).await.refused(429, "quota_exceeded");
}

async fn only_trusted_proxies_say_who_asks(world: &mut World) {
    world.restarts_with(limited()).await;
    let uses_up = async |world: &World, from: &str| {
        let mut answered = 0;
        loop {
            let ask = world.stranger().ask(Method::GET, "/nowhere");
            let answer = ask.with("x-forwarded-for", from).send().await;
            if answer.status == 429 {
                return answered;
            }
            answered += 1;
        }
    };
    // Nobody is believed unless told.
    assert_eq!(uses_up(world, "198.51.100.1").await, 60);
    assert_eq!(uses_up(world, "198.51.100.2").await, 0);
    let trusted = ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8".to_owned());
    world.restarts_with(vec![trusted]).await;
    assert_eq!(uses_up(world, "198.51.100.1").await, 60);
    assert_eq!(uses_up(world, "6.6.6.6, 198.51.100.1, 10.1.2.3").await, 0);
    assert_eq!(uses_up(world, "198.51.100.2").await, 60);
    assert_eq!(uses_up(world, "2001:db8::1").await, 60);
    assert_eq!(uses_up(world, "[2001:db8::ffff:1]:4711").await, 0);
    assert_eq!(uses_up(world, "2001:db8:0:1::1").await, 60);
}
