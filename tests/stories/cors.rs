//! Pages of other origins: those that are named may ask, and read what they need of the answers.
use reqwest::Method;
use serde_json::json;

use super::world::{Answer, World, stories};

stories![
    no_page_of_another_origin_may_ask_unless_named,
    a_named_origin_may_ask_and_reads_refusals_too,
    a_browser_may_ask_beforehand,
];

const APP: &str = "https://app.example.com";
const OTHER: &str = "http://localhost:5173";

async fn ask(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = world.stranger().ask(method, path);
    headers.iter().fold(ask, |ask, (name, value)| ask.with(name, value)).send().await
}

fn origin(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

async fn names_two(world: &mut World) {
    let named = format!("{APP}, {OTHER}");
    world.restarts_with(vec![("CORS_ALLOWED_ORIGINS", named), ("RATE_LIMIT", "on".into())]).await;
}

async fn no_page_of_another_origin_may_ask_unless_named(world: &mut World) {
    let answer = ask(world, Method::GET, "/healthz", &[("origin", APP)]).await;
    answer.ok(200);
    assert_eq!(origin(&answer), None);
    let wants = [("origin", APP), ("access-control-request-method", "GET")];
    let preflight = ask(world, Method::OPTIONS, "/api/tickets", &wants).await;
    preflight.refused(405, "method_not_allowed");
    assert_eq!(origin(&preflight), None);

    names_two(world).await;
    for foreign in [
        "https://evil.example.com",
        "https://app.example.com.evil.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "http://localhost",
        "null",
        "*",
    ] {
        let answer = ask(world, Method::GET, "/api/tickets", &[("origin", foreign)]).await;
        answer.refused(401, "unauthenticated");
        assert_eq!(origin(&answer), None, "{foreign}");
        assert!(answer.header("vary").is_some_and(|it| it.contains("Origin")), "{foreign}");
        let wants = [("origin", foreign), ("access-control-request-method", "GET")];
        let preflight = ask(world, Method::OPTIONS, "/api/tickets", &wants).await;
        preflight.refused(403, "preflight_refused");
        assert_eq!(origin(&preflight), None, "{foreign}");
        assert!(preflight.header("vary").is_some_and(|it| it.contains("Origin")), "{foreign}");
    }
}

async fn a_named_origin_may_ask_and_reads_refusals_too(world: &mut World) {
    names_two(world).await;
    let client = world.client();
    let ticket = client.files("From a page").await;
    let bearer = format!("Bearer {}", client.token().await);
    let path = format!("/api/tickets/{}", ticket["id"]);
    for (method, path, status) in [
        (Method::GET, "/healthz", 200),
        (Method::GET, path.as_str(), 200),
        (Method::GET, "/nowhere", 404),
        (Method::DELETE, "/api/auth/me", 405),
        (Method::POST, "/api/tickets", 422),
        (Method::GET, "/api/notifications", 403),
    ] {
        for page in [APP, OTHER] {
            let headers = [("origin", page), ("authorization", bearer.as_str())];
            let answer = ask(world, method.clone(), path, &headers).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
            readable(&answer, page);
        }
    }
    let broken = world.stranger().ask(Method::POST, "/api/auth/login").with("origin", APP);
    let broken = broken.with("content-type", "application/json").bytes("{");
    let broken = broken.send().await;
    broken.refused(400, "bad_json");
    readable(&broken, APP);
    let mut last = ask(world, Method::GET, "/nowhere", &[("origin", APP)]).await;
    while last.status == 404 {
        last = ask(world, Method::GET, "/nowhere", &[("origin", APP)]).await;
    }
    last.refused(429, "rate_limited");
    readable(&last, APP);
    // Without an origin there is nothing to allow; caches have to know all the same.
    let plain = ask(world, Method::GET, "/healthz", &[]).await;
    assert_eq!(origin(&plain), None);
    assert!(plain.header("vary").is_some_and(|it| it.contains("Origin")));
}

#[track_caller]
fn readable(answer: &Answer, page: &str) {
    assert_eq!(origin(answer), Some(page), "{}", answer.asked);
    assert_eq!(answer.header("access-control-allow-credentials"), None, "{}", answer.asked);
    assert!(answer.header("vary").is_some_and(|it| it.contains("Origin")), "{}", answer.asked);
    let shown = answer.header("access-control-expose-headers").expect("what a page may read");
    for header in ["etag", "location", "retry-after", "x-request-id"] {
        assert!(listed(shown, header), "{}: {header} in {shown}", answer.asked);
    }
}

fn listed(list: &str, word: &str) -> bool {
    list.split(',').any(|it| it.trim().eq_ignore_ascii_case(word))
}

async fn a_browser_may_ask_beforehand(world: &mut World) {
    names_two(world).await;
    let headers = "authorization,content-type,idempotency-key,if-match";
    for (method, path) in [
        ("POST", "/api/tickets"),
        ("POST", "/api/v1/tickets/1/open/"),
        ("GET", "/api/auth/me"),
        ("PATCH", "/api/tickets/1"),
        ("DELETE", "/api/users/1"),
    ] {
        let wants = [
            ("origin", APP),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        let answer = ask(world, Method::OPTIONS, path, &wants).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        assert_eq!(origin(&answer), Some(APP));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("x-request-id").is_some());
        let methods = answer.header("access-control-allow-methods").expect("methods");
        assert!(listed(methods, method), "{methods}");
        let allowed = answer.header("access-control-allow-headers").expect("headers");
        assert!(headers.split(',').all(|header| listed(allowed, header)), "{allowed}");
    }
    for (name, value) in [
        ("access-control-request-headers", "x-evil"),
        ("access-control-request-headers", "cookie,authorization"),
        ("access-control-request-method", "TRACE"),
    ] {
        let mut wants = vec![("origin", APP)];
        if name != "access-control-request-method" {
            wants.push(("access-control-request-method", "POST"));
        }
        wants.push((name, value));
        let answer = ask(world, Method::OPTIONS, "/api/tickets", &wants).await;
        let problem = answer.refused(403, "preflight_refused");
        assert!(
            problem["detail"].as_str().is_some_and(|it| it.starts_with("pages may")),
            "{value}"
        );
    }
    // What asks for no method is no question of a browser.
    let answer = ask(world, Method::OPTIONS, "/api/tickets", &[("origin", APP)]).await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(json!(origin(&answer)), json!(APP));
}
