//! What the program counts, as Prometheus reads it.
use chrono::TimeDelta;
use deskbell::config::Role;
use reqwest::Method;
use serde_json::json;

use super::world::{Door, World, stories};

stories![
    requests_and_sends_are_counted_without_names,
    what_waits_is_counted_with_its_age,
    only_whoever_knows_the_token_reads_them,
    a_database_that_cannot_be_asked_is_said,
    each_program_counts_for_itself,
];

async fn page(door: &Door) -> String {
    let answer = door.get("/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type").expect("a content type");
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    answer.text()
}

/// The value of the sample that is written so.
#[track_caller]
fn sample(page: &str, name: &str) -> Option<f64> {
    let lines = page.lines().filter_map(|line| line.rsplit_once(' '));
    let mut found = lines.filter(|(sample, _)| *sample == name).map(|(_, value)| value);
    let value = found.next()?;
    assert!(found.next().is_none(), "{name} stands twice");
    Some(value.parse().expect("a number"))
}

#[track_caller]
fn stands_at(page: &str, name: &str, expected: f64) {
    assert_eq!(sample(page, name), Some(expected), "{name} in\n{page}");
}

async fn requests_and_sends_are_counted_without_names(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Login page not working").await;
    admin.does("open", &ticket, json!({})).await;
    let v1 = format!("/api/v1/tickets/{}/", ticket["id"]);
    client.sees(&v1).await;
    client.get("/api/tickets/999999").await.refused(404, "not_found");
    world.stranger().get("/nowhere/4711").await.refused(404, "not_found");
    let odd = Method::from_bytes(b"BREW").expect("a method");
    world.stranger().ask(odd, "/healthz").send().await.refused(405, "method_not_allowed");
    world.settle().await;
    // A report may be merged before the answer to its send is counted.
    let sends = "deskbell_sends_total{channel=\"WHATSAPP\",next=\"NOTHING\",outcome=\"ACCEPTED\"}";
    let counted = async || sample(&page(world.stranger()).await, sends) == Some(2.0);
    world.until("both sends are counted", counted).await;
    let page = page(world.stranger()).await;

    let requests = |method: &str, route: &str, status: &str| {
        format!(
            "deskbell_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        )
    };
    stands_at(&page, &requests("POST", "/api/tickets", "201"), 1.0);
    stands_at(&page, &requests("POST", "/api/tickets/{id}/open", "200"), 1.0);
    stands_at(&page, &requests("GET", "/api/tickets/{id}", "200"), 1.0);
    stands_at(&page, &requests("GET", "/api/tickets/{id}", "404"), 1.0);
    stands_at(&page, &requests("GET", "none", "404"), 1.0);
    stands_at(&page, &requests("OTHER", "/healthz", "405"), 1.0);
    let times =
        "deskbell_http_request_duration_seconds_count{method=\"POST\",route=\"/api/tickets\"}";
    stands_at(&page, times, 1.0);
    stands_at(&page, "deskbell_provider_request_duration_seconds_count{channel=\"WHATSAPP\"}", 2.0);
    stands_at(&page, "deskbell_channel_paused{channel=\"WHATSAPP\"}", 0.0);
    let stored = "deskbell_webhooks_total{outcome=\"STORED\",provider=\"meta\"}";
    assert!(sample(&page, stored).is_some_and(|count| count >= 1.0), "{page}");
    for name in ["process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds"]
    {
        assert!(sample(&page, name).is_some_and(|value| value > 0.0), "{name} in\n{page}");
    }
    let version = format!("deskbell_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    stands_at(&page, &version, 1.0);
    // Numbers of the process may look like anything.
    let labels = page.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0));
    let labels = labels.collect::<Vec<_>>().join("\n");
    for secret in ["4711", "999999", "+1555", "15550100", "John", "client@", "Login page"] {
        assert!(!labels.contains(secret), "{secret} in\n{labels}");
    }
}

async fn what_waits_is_counted_with_its_age(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.fault(&admin, "TOKEN_EXPIRED").await;
    client.files("Waits").await;
    client.files_with("Waits too", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    let first = page(world.stranger()).await;
    let queued =
        |lane: &str| format!("deskbell_notifications{{lane=\"{lane}\",status=\"QUEUED\"}}");
    let age = "deskbell_notifications_oldest_age_seconds{lane=\"NORMAL\",status=\"QUEUED\"}";
    stands_at(&first, "deskbell_database_up", 1.0);
    stands_at(&first, &queued("NORMAL"), 1.0);
    stands_at(&first, &queued("CRITICAL"), 1.0);
    stands_at(&first, age, 0.0);
    stands_at(&first, "deskbell_notifications_overdue_seconds{lane=\"NORMAL\"}", 0.0);
    stands_at(&first, "deskbell_notifications{lane=\"NORMAL\",status=\"UNCONFIRMED\"}", 0.0);
    stands_at(&first, "deskbell_webhook_events{state=\"RECEIVED\"}", 0.0);
    stands_at(&first, "deskbell_channel_paused{channel=\"WHATSAPP\"}", 1.0);

    // The database is not asked each time that somebody looks.
    world
        .changes_rows("UPDATE notification_log SET status = 'SKIPPED' WHERE lane = 'NORMAL'")
        .await;
    world.passes(TimeDelta::seconds(9));
    stands_at(&page(world.stranger()).await, &queued("NORMAL"), 1.0);
    world.passes(TimeDelta::seconds(1));
    let second = page(world.stranger()).await;
    stands_at(&second, &queued("NORMAL"), 0.0);
    stands_at(&second, age, 0.0);
    stands_at(&second, &queued("CRITICAL"), 1.0);
    let critical = age.replace("NORMAL", "CRITICAL");
    stands_at(&second, &critical, 10.0);

    world.faults(json!([])).await;
    world.later(TimeDelta::hours(1)).await;
    let paused = "deskbell_channel_paused{channel=\"WHATSAPP\"}";
    let goes_on = async || sample(&page(world.stranger()).await, paused) == Some(0.0);
    world.until("the channel goes on", goes_on).await;
    stands_at(&page(world.stranger()).await, &queued("CRITICAL"), 0.0);
}

async fn only_whoever_knows_the_token_reads_them(world: &mut World) {
    page(world.stranger()).await;
    world.restarts_with(vec![("METRICS_TOKEN", "a token for Prometheus".to_owned())]).await;
    let admin = world.admin();
    for path in ["/metrics", "/metrics/"] {
        world.stranger().get(path).await.refused(401, "unauthenticated");
        admin.get(path).await.refused(401, "unauthenticated");
        for (given, status) in [
            ("Bearer a token for Prometheus", 200),
            ("bearer a token for Prometheus", 200),
            ("Bearer a token for Prometheu", 401),
            ("Bearer a token for Prometheus!", 401),
            ("Bearer ", 401),
            ("a token for Prometheus", 401),
            ("Basic a token for Prometheus", 401),
        ] {
            let ask = world.stranger().ask(Method::GET, path).with("authorization", given);
            assert_eq!(ask.send().await.status, status, "{given}");
        }
    }
    let answer = world.stranger().get("/metrics?token=a%20token%20for%20Prometheus").await;
    assert!(!answer.refused(401, "unauthenticated").to_string().contains("for Prometheus\""));
    world.stranger().get("/healthz").await.ok(200);
}

async fn a_database_that_cannot_be_asked_is_said(world: &mut World) {
    world.changes_rows("ALTER TABLE webhook_events RENAME TO hidden_events").await;
    let hidden = page(world.stranger()).await;
    stands_at(&hidden, "deskbell_database_up", 0.0);
    let queued = "deskbell_notifications{lane=\"NORMAL\",status=\"QUEUED\"}";
    assert_eq!(sample(&hidden, queued), None, "what is not known is not said");
    world.changes_rows("ALTER TABLE hidden_events RENAME TO webhook_events").await;
    world.passes(TimeDelta::seconds(10));
    let found = page(world.stranger()).await;
    stands_at(&found, "deskbell_database_up", 1.0);
    stands_at(&found, queued, 0.0);
}

async fn each_program_counts_for_itself(world: &mut World) {
    if !world.is_postgres() {
        return;
    }
    world.restarts_with(vec![("METRICS_TOKEN", "t".to_owned())]).await;
    let worker = world.another(Role::Worker).await;
    let door = Door::at(worker.address);
    world.client().files("Elsewhere").await;
    door.get("/api/tickets").await.refused(404, "not_found");
    door.get("/metrics").await.refused(401, "unauthenticated");
    let ask = door.ask(Method::GET, "/metrics/").with("authorization", "Bearer t");
    let page = ask.send().await.text();
    let none = "deskbell_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}";
    stands_at(&page, none, 1.0);
    assert!(!page.contains("/api/tickets"), "{page}");
    worker.stop().await.expect("it stops in order");
}
