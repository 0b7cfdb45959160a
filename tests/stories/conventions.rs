//! What every call keeps to: how a query is read, what a HEAD gets, how a flaw is said, and text of
//! several lines where others have one.
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{
    Act, Provider, Status, World, batch, callback_data, draft, id, instant, stories,
};

stories![
    a_head_is_a_get_without_its_body,
    a_query_that_cannot_be_read_is_told_from_one_that_asks_too_much,
    what_cannot_stand_in_a_query_is_refused,
    an_empty_filter_is_no_filter_for_everything,
    a_cursor_of_the_log_belongs_to_its_filters,
    a_project_with_a_comma_is_found,
    a_flaw_is_said_in_our_words,
    a_refusal_that_is_given_again_names_its_own_request,
    lines_of_a_title_begin_no_line_of_a_message,
    what_was_sent_and_failed_was_sent,
    no_report_is_older_than_its_message,
];

async fn a_head_is_a_get_without_its_body(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    client.files("Seen").await;
    for path in ["/api/tickets", "/api/tickets/1", "/api/notifications.csv", "/api/auth/me"] {
        let got = admin.get(path).await;
        let head = admin.ask(Method::HEAD, path).await.send().await;
        assert_eq!((head.status, head.text().as_str()), (200, ""), "{path}");
        for name in ["content-type", "etag", "content-disposition"] {
            assert_eq!(head.header(name), got.header(name), "{path}");
        }
        if let Some(length) = head.header("content-length") {
            assert_eq!(length, got.body.len().to_string(), "{path}");
        }
    }
    for (path, status) in [("/healthz", 200), ("/openapi.json", 200), ("/api/tickets", 401)] {
        let head = world.stranger().ask(Method::HEAD, path).send().await;
        assert_eq!((head.status, head.text().as_str()), (status, ""), "{path}");
    }
    let head = admin.ask(Method::HEAD, "/api/tickets/1/close").await.send().await;
    assert_eq!((head.status, head.header("allow")), (405, Some("POST")));
}

async fn a_query_that_cannot_be_read_is_told_from_one_that_asks_too_much(world: &mut World) {
    let admin = world.admin();
    for (list, unreadable) in [
        ("tickets", "limit=ten&status=LOST&client_id=x&created_from=soon&sort=id"),
        ("notifications", "status=LOST&recipient_id=x&created_from=soon"),
        ("users", "role=KING&is_active=maybe"),
        ("notifications.csv", "status=LOST"),
        ("notifications/summary", "created_from=soon"),
    ] {
        let answer = admin.get(&format!("/api/{list}?{unreadable}")).await;
        let problem = answer.refused(400, "bad_query");
        for flaw in problem["errors"].as_array().expect("errors") {
            let field = flaw["field"].as_str().expect("a field");
            assert!(unreadable.contains(&format!("{field}=")), "{list}: {flaw}");
            assert!(flaw["message"].as_str().is_some_and(|told| told.contains(field)), "{flaw}");
        }
    }
    let many: String = (1..=201).map(|number| format!("{number},")).collect();
    for too_much in ["limit=0", "limit=201", &format!("client_id={many}")] {
        admin.get(&format!("/api/tickets?{too_much}")).await.refused(422, "invalid");
    }
    let unknown = admin.get("/api/tickets?state=NEW").await.refused(400, "bad_query");
    let told = unknown["detail"].as_str().expect("a sentence");
    assert!(told.contains("`state`") && told.contains("status, priority"), "{told}");
    let twice = admin.get("/api/tickets?status=NEW&status=NEW").await.refused(400, "bad_query");
    assert!(twice["detail"].as_str().is_some_and(|told| told.contains("`status`")), "{twice}");
}

async fn what_cannot_stand_in_a_query_is_refused(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let filed = client.files("At its instant").await;
    for list in
        ["tickets?q=%FF", "tickets?project_name=%ff", "users?q=%ff", "webhooks?provider=%00"]
    {
        admin.get(&format!("/api/{list}")).await.refused(400, "bad_query");
    }
    for field in ["created_from", "created_to"] {
        for never in ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00%2B05:00"] {
            admin.get(&format!("/api/tickets?{field}={never}")).await.refused(400, "bad_query");
        }
    }
    // A little later than the ticket is later, however little.
    let at = filed["created_at"].as_str().expect("an instant").trim_end_matches('Z').to_owned();
    let count = async |query: String| {
        admin.sees(&format!("/api/tickets?{query}")).await["items"].as_array().map(Vec::len)
    };
    for (later, before, after) in [("", Some(0), Some(1)), ("0001", Some(1), Some(0))] {
        assert_eq!(count(format!("created_to={at}{later}Z")).await, before, "{later}");
        assert_eq!(count(format!("created_from={at}{later}Z")).await, after, "{later}");
    }
    // Whoever may not ask at all is told that first.
    client.get("/api/users?role=KING&limit=x").await.refused(403, "forbidden");
}

async fn an_empty_filter_is_no_filter_for_everything(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.fault(&admin, "NOT_ON_WHATSAPP").await;
    client.files("Failed").await;
    world.settle().await;
    let failed = world.log("status=FAILED").await.len();
    for field in ["status", "receipt", "channel", "event", "ticket_id", "recipient_id"] {
        for empty in ["", "%20", ","] {
            let path = format!("/api/notifications?{field}={empty}");
            assert_eq!(admin.get(&path).await.flaws()[0].0, field, "{empty}");
            let path = format!("/api/notifications/retry?{field}={empty}");
            assert_eq!(admin.post(&path, &json!({})).await.flaws()[0].0, field, "{empty}");
        }
        for empty in [json!(""), json!(" , "), json!([])] {
            let answer = admin.post("/api/notifications/retry", &json!({ field: empty })).await;
            assert_eq!(answer.flaws()[0].0, field, "{empty}");
        }
    }
    for field in ["status", "priority", "category", "project_name", "client_id", "created_from"] {
        let answer = admin.get(&format!("/api/tickets?{field}=")).await;
        assert_eq!(answer.flaws()[0].0, field);
    }
    assert_eq!(world.log("status=FAILED").await.len(), failed, "nothing was sent anew");
    // A field of a form that searches, and nothing was typed.
    client.sees("/api/tickets?q=&sort=").await;
}

async fn a_cursor_of_the_log_belongs_to_its_filters(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    for number in 0..3 {
        client.files(&format!("No. {number}")).await;
    }
    world.settle().await;
    let page = admin.sees("/api/notifications?limit=1&status=SENT,FAILED").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = format!("/api/notifications?limit=1&cursor={cursor}");
    assert_eq!(
        admin.sees(&format!("{next}&status=SENT,FAILED")).await["items"][0]["status"],
        "SENT"
    );
    for other in ["", "&status=SENT", "&status=SENT,FAILED&event=TICKET_OPENED"] {
        admin.get(&format!("{next}{other}")).await.refused(422, "bad_cursor");
    }
    let page = admin.sees("/api/users?limit=1&role=ADMIN,CLIENT").await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    admin.get(&format!("/api/users?cursor={cursor}")).await.refused(422, "bad_cursor");
}

async fn a_project_with_a_comma_is_found(world: &mut World) {
    let client = world.client();
    for project in ["Portal, EU", "Portal", r"C:\portal"] {
        client.files_with(project, json!({ "project_name": project })).await;
    }
    for (asked, found) in [
        (r"Portal\, EU", vec!["Portal, EU"]),
        (r"Portal\, EU,Portal", vec!["Portal", "Portal, EU"]),
        (r"C:\portal", vec![r"C:\portal"]),
    ] {
        let query: String = asked.replace(' ', "%20").replace('\\', "%5C");
        let page = client.sees(&format!("/api/tickets?project_name={query}")).await;
        let items = page["items"].as_array().expect("items");
        let names: Vec<&str> = items.iter().filter_map(|it| it["project_name"].as_str()).collect();
        assert_eq!(names, found, "{asked}");
    }
}

async fn a_flaw_is_said_in_our_words(world: &mut World) {
    let client = world.client();
    let token = format!("Bearer {}", client.token().await);
    for (body, field, code) in [
        (r#"{"title":"a","title":"b"}"#, "title", "duplicate_field"),
        (r#"{"title":5}"#, "title", "wrong_type"),
        (r#"{"titel":"a"}"#, "titel", "unknown_field"),
        (r#"{"client_id":"7"}"#, "client_id", "wrong_type"),
        (r#"["a"]"#, ".", "wrong_type"),
    ] {
        let ask = world.stranger().ask(Method::POST, "/api/tickets").bytes(body);
        let ask = ask.with("authorization", &token).with("content-type", "application/json");
        let answer = ask.send().await;
        assert_eq!(answer.flaws(), [(field.to_owned(), code.to_owned())], "{body}");
        for word in ["struct", "expected", "invalid type", "i64", "sequence", "line 1"] {
            assert!(!answer.text().contains(word), "{body}: {}", answer.text());
        }
    }
}

async fn a_refusal_that_is_given_again_names_its_own_request(world: &mut World) {
    let client = world.client();
    let wrong = draft("", json!({}));
    let first = client.posts_once("refused", "/api/tickets", &wrong).await;
    let first = first.refused(422, "invalid");
    let again = client.posts_once("refused", "/api/tickets", &wrong).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.refused(422, "invalid");
    assert_ne!(again["request_id"], first["request_id"]);
    assert_eq!(again["errors"], first["errors"]);
}

async fn lines_of_a_title_begin_no_line_of_a_message(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let title = "Login broken\n*Priority:* LOW\n\tSecond";
    let fields = json!({ "project_name": "Portal\n*Category:* OTHER", "priority": "CRITICAL" });
    let ticket = client.files_with(title, fields).await;
    assert_eq!(ticket["title"], title, "it is kept as it was typed");
    world.settle().await;
    let told = world.notification(&admin, &ticket).await;
    let body = told["body"].as_str().expect("a body");
    let heads: Vec<&str> = body.lines().filter(|line| line.starts_with('*')).collect();
    let of = |name: &str| heads.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!((of("*Priority:*"), of("*Category:*"), of("*Title:*")), (1, 1, 1), "{body}");
    assert!(body.contains("Second\n"), "all of it is read: {body}");
    for query in ["q=second", "project_name=Portal%0A*Category:*%20OTHER"] {
        let found = client.sees(&format!("/api/tickets?{query}")).await;
        assert_eq!(found["items"][0]["id"], ticket["id"], "{query}");
    }
    let edit = json!({ "title": "One\nTwo" });
    let edited = client.patch(&format!("/api/tickets/{}", id(&ticket)), &edit).await.ok(200);
    assert_eq!(edited["title"], "One\nTwo");
    let file = admin.get("/api/notifications.csv").await.text();
    assert!(file.lines().filter(|line| line.contains("TICKET_CREATED")).count() == 1, "{file}");
}

async fn what_was_sent_and_failed_was_sent(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let provider = Provider::acts([Act::Take("wamid.taken".to_owned())]).await;
    world.restarts_with(provider.settings()).await;
    let ticket = client.files("Taken, and lost").await;
    world.settle().await;
    let sent = world.notification(&admin, &ticket).await;
    let message = sent["provider_message_id"].as_str().expect("an id").to_owned();
    world.passes(TimeDelta::seconds(5));
    world.reports(Status::new(&message, "failed", world).because(131_026)).await;
    let failed = world.notification(&admin, &ticket).await;
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(failed["sent_at"], sent["sent_at"]);
    assert!(instant(&failed["failed_at"]) >= instant(&failed["sent_at"]));
}

async fn no_report_is_older_than_its_message(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let provider = Provider::acts([Act::Reset]).await;
    world.restarts_with(provider.settings()).await;
    // Meta counts whole seconds; this message begins just before the next one.
    let fraction = i64::from(world.now().timestamp_subsec_millis());
    world.passes(TimeDelta::milliseconds(1900 - fraction));
    let ticket = client.files("Nobody answers").await;
    world
        .until("the answer is lost", async || {
            world.notification(&admin, &ticket).await["status"] == "UNCONFIRMED"
        })
        .await;
    let row = world.notification(&admin, &ticket).await;
    let statuses = ["sent", "delivered"].map(|kind| {
        Status::new("wamid.lost", kind, world).of_attempt(&callback_data(&row, 1)).value()
    });
    world.webhook(batch(statuses)).await.taken();
    world.settle().await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!("DELIVERED")));
    let at = |name: &str| instant(&Value::clone(&row[name]));
    assert!(at("created_at") <= at("sent_at") && at("sent_at") <= at("delivered_at"), "{row}");
}
