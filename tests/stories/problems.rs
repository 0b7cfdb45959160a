//! Addresses, methods and names of requests: alike on every path.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::json;

use super::world::{World, id, stories};

stories![
    nothing_stands_at_other_addresses,
    another_method_is_told_which_there_are,
    a_request_is_named_by_its_caller_or_by_us,
    a_trailing_slash_and_a_version_change_nothing,
    the_program_says_that_it_lives_and_is_ready,
    a_role_that_shares_a_database_needs_postgresql,
];

async fn nothing_stands_at_other_addresses(world: &mut World) {
    let admin = world.admin();
    for path in [
        "/nowhere",
        "/api",
        "/api/nowhere",
        "/api/v1/nowhere",
        "/api/v2/tickets",
        "/api/tickets/1/nowhere",
        "/webhook/nowhere",
        "/api//tickets/1/2/3",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            admin.ask(method, path).await.send().await.refused(404, "not_found");
        }
    }
}

async fn another_method_is_told_which_there_are(world: &mut World) {
    let admin = world.admin();
    for (path, allow) in [
        ("/api/tickets", "POST, GET"),
        ("/api/tickets/1", "GET, PATCH, DELETE"),
        ("/api/tickets/1/comments", "GET, POST"),
        ("/api/tickets/1/comments/1", "GET"),
        ("/api/tickets/1/open", "POST"),
        ("/api/v1/tickets/1/open/", "POST"),
        ("/api/tickets/1/events", "GET"),
        ("/api/auth/login", "POST"),
        ("/api/auth/me", "GET"),
        ("/api/notifications", "GET"),
        ("/api/notifications/1/retry", "POST"),
        ("/webhook/whatsapp", "GET, POST"),
        ("/healthz", "GET"),
    ] {
        let answer = admin.ask(Method::TRACE, path).await.send().await;
        answer.refused(405, "method_not_allowed");
        let told = answer.header("allow").expect("Allow");
        for method in allow.split(", ") {
            assert!(told.split(", ").any(|it| it == method), "{path}: {told}");
        }
        assert!(!told.contains("TRACE"), "{path}: {told}");
    }
}

async fn a_request_is_named_by_its_caller_or_by_us(world: &mut World) {
    let named = async |name: &str| {
        let ask = world.stranger().ask(Method::GET, "/api/tickets").with("x-request-id", name);
        let answer = ask.send().await;
        let problem = answer.refused(401, "unauthenticated");
        problem["request_id"].as_str().expect("an id").to_owned()
    };
    for sane in ["a", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "web-1:42_x.y", &"x".repeat(128)] {
        assert_eq!(named(sane).await, sane);
    }
    for odd in ["", " ", "a b", "<script>", "\"x\"", &"x".repeat(129)] {
        let own = named(odd).await;
        assert!(own != odd && !own.is_empty(), "{odd:?} became {own:?}");
    }
    let (one, other) = (named("").await, named("").await);
    assert_ne!(one, other);
    let good = world.stranger().ask(Method::GET, "/healthz").with("x-request-id", "mine");
    assert_eq!(good.send().await.header("x-request-id"), Some("mine"));
}

async fn a_trailing_slash_and_a_version_change_nothing(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("One").await;
    let path = format!("/tickets/{}", id(&ticket));
    for rest in ["/tickets", &path, &format!("{path}/events"), "/notifications", "/auth/me"] {
        world.settle().await;
        let plain = admin.sees(&format!("/api{rest}")).await;
        for spelt in [format!("/api{rest}/"), format!("/api/v1{rest}"), format!("/api/v1{rest}/")] {
            assert_eq!(admin.sees(&spelt).await, plain, "{spelt}");
        }
    }
    let opened = admin.post(&format!("/api/v1{path}/open/"), &json!({})).await;
    assert_eq!(opened.ok(200)["status"], "OPENED");
    for spelt in ["/healthz/", "/readyz/"] {
        world.stranger().get(spelt).await.ok(200);
    }
    let limited = admin.sees("/api/v1/tickets/?limit=1").await;
    assert_eq!(limited["items"].as_array().map(Vec::len), Some(1));
}

async fn the_program_says_that_it_lives_and_is_ready(world: &mut World) {
    let alive = world.stranger().get("/healthz").await.ok(200);
    assert_eq!(alive["status"], "ok");
    let ready = world.stranger().get("/readyz").await.ok(200);
    assert_eq!(ready["status"], "ok");
    assert_eq!(
        (&ready["parts"]["database"], &ready["parts"]["queue"]),
        (&json!("ok"), &json!("ok"))
    );
    // A queue that cannot be asked is named.
    let (table, hidden) = match world.is_postgres() {
        true => ("apalis.jobs", "hidden_jobs"),
        false => ("Jobs", "HiddenJobs"),
    };
    world.changes_rows(&format!("ALTER TABLE {table} RENAME TO {hidden}")).await;
    let answer = world.stranger().get("/readyz").await;
    assert_eq!(answer.ok(503)["parts"]["queue"], "away");
    assert!(answer.header("retry-after").is_some());
    world.stranger().get("/healthz").await.ok(200);
}

async fn a_role_that_shares_a_database_needs_postgresql(world: &mut World) {
    for role in [deskbell::config::Role::Api, deskbell::config::Role::Worker] {
        let built = world.tries_another(role).await;
        match (world.is_postgres(), built) {
            (true, Ok(program)) => {
                let door = format!("http://{}", program.address);
                let tickets = reqwest::get(format!("{door}/api/tickets")).await.expect("an answer");
                let own = if role == deskbell::config::Role::Api { 401 } else { 404 };
                assert_eq!(tickets.status(), own, "{role:?}");
                let alive = reqwest::get(format!("{door}/healthz")).await.expect("an answer");
                assert_eq!(alive.status(), 200, "{role:?}");
                program.stop().await.expect("it stops");
            }
            (false, Err(error)) => {
                assert!(format!("{error:#}").contains("PostgreSQL"), "{error:#}");
            }
            (true, Err(error)) => panic!("{role:?} does not start: {error:#}"),
            (false, Ok(_)) => panic!("{role:?} starts on SQLite"),
        }
    }
    let alive = world.person("alive", Role::Client, "+15550100071").await;
    alive.files("The first program goes on").await;
}
