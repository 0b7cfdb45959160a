//! What a request may bring: known fields, JSON, a bearable size, text without controls.
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Person, World, draft, id, stories};

stories![
    an_unknown_field_is_refused_by_name,
    an_unknown_query_parameter_is_refused,
    what_is_not_json_is_refused,
    a_body_of_more_than_256_kib_is_refused,
    all_flaws_of_a_ticket_are_named_at_once,
    control_characters_are_refused_and_lines_are_kept,
    text_is_trimmed_and_measured_in_characters,
];

async fn sends(by: &Person, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    let ask = by.ask(Method::POST, path).await;
    ask.with("content-type", kind).bytes(body).send().await
}

async fn an_unknown_field_is_refused_by_name(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Known").await;
    for (path, body) in [
        ("/api/tickets".to_owned(), draft("x", json!({ "status": "CLOSED" }))),
        ("/api/tickets".to_owned(), draft("x", json!({ "Title": "x" }))),
        (format!("/api/tickets/{}/open", id(&ticket)), json!({ "reason": "x" })),
        (format!("/api/tickets/{}/assign", id(&ticket)), json!({ "developer": 1 })),
        (format!("/api/tickets/{}/finish", id(&ticket)), json!({ "Resolution": "x" })),
        ("/api/notifications/1/retry".to_owned(), json!({ "force": true })),
    ] {
        let flaws = admin.post(&path, &body).await.flaws();
        assert_eq!(flaws[0].1, "unknown_field", "{path} {body}");
    }
    let path = format!("/api/tickets/{}", id(&ticket));
    assert_eq!(admin.sees(&path).await["status"], "NEW");
    let mistyped = draft("x", json!({ "description": 5 }));
    let flaws = admin.post("/api/tickets", &mistyped).await.flaws();
    assert_eq!(flaws, [("description".to_owned(), "wrong_type".to_owned())]);
}

async fn an_unknown_query_parameter_is_refused(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Known").await;
    let path = format!("/api/tickets/{}", id(&ticket));
    for known in [
        "/api/tickets",
        "/api/notifications",
        "/api/auth/me",
        &path,
        &format!("{path}/events"),
        &format!("{path}/notifications"),
    ] {
        admin.get(&format!("{known}?unheard_of=1")).await.refused(400, "bad_query");
        admin.get(known).await.ok(200);
    }
    for known in ["/api/tickets", &format!("{path}/open"), "/api/notifications/1/retry"] {
        let answer = admin.post(&format!("{known}?unheard_of=true"), &json!({})).await;
        answer.refused(400, "bad_query");
    }
    assert_eq!(admin.sees(&path).await["status"], "NEW", "nothing was silently real");
}

async fn what_is_not_json_is_refused(world: &mut World) {
    let client = world.client();
    let body = draft("Fine", json!({})).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        sends(&client, "/api/tickets", kind, body.clone()).await.refused(415, "not_json");
    }
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        sends(&client, "/api/tickets", kind, body.clone()).await.ok(201);
    }
    for broken in ["{", "nonsense", "{\"title\":}", "{} {}", "\u{feff}{}", "{\"title\":\"a\0b\"}"] {
        let answer = sends(&client, "/api/tickets", "application/json", broken).await;
        answer.refused(400, "bad_json");
    }
    for not_utf8 in [b"{\"title\":\"\xff\xfe\"}".to_vec(), b"{\"unheard_of\":\"\xff\"}".to_vec()] {
        let answer = sends(&client, "/api/tickets", "application/json", not_utf8).await;
        answer.refused(400, "bad_json");
    }
    for no_object in ["[]", "5", "null", "\"text\""] {
        let answer = sends(&client, "/api/tickets", "application/json", no_object).await;
        assert_eq!(answer.status, 422, "{no_object}: {}", answer.text());
    }
}

async fn a_body_of_more_than_256_kib_is_refused(world: &mut World) {
    let client = world.client();
    let length = 256 * 1024;
    let body = |length: usize| {
        let bare = draft("Long", json!({})).to_string();
        let spaces = " ".repeat(length - bare.len());
        bare + &spaces
    };
    sends(&client, "/api/tickets", "application/json", body(length)).await.ok(201);
    let answer = sends(&client, "/api/tickets", "application/json", body(length + 1)).await;
    answer.refused(413, "too_large");
}

async fn all_flaws_of_a_ticket_are_named_at_once(world: &mut World) {
    let wrong = json!({ "title": " ", "description": "x".repeat(10_001), "priority": "URGENT",
        "category": "bug", "project_name": "x".repeat(101) });
    let flaws = world.client().post("/api/tickets", &wrong).await.flaws();
    let expected = [
        ("category", "unknown_value"),
        ("description", "too_long"),
        ("priority", "unknown_value"),
        ("project_name", "too_long"),
        ("title", "blank"),
    ];
    assert_eq!(flaws, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let flaws = world.client().post("/api/tickets", &json!({})).await.flaws();
    let fields: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["category", "description", "project_name", "title"]);
    let mut for_nobody = wrong;
    for_nobody["client_id"] = json!(999_999);
    let flaws = world.admin().post("/api/tickets", &for_nobody).await.flaws();
    assert_eq!(flaws.len(), 6, "{flaws:?}");
}

async fn control_characters_are_refused_and_lines_are_kept(world: &mut World) {
    let client = world.client();
    for (field, text) in [
        ("title", "a\u{0}b"),
        ("title", "a\rb"),
        ("title", "a\u{7f}b"),
        ("description", "a\u{0}b"),
        ("description", "a\u{1b}[31mb"),
        ("project_name", "a\u{b}b"),
    ] {
        let mut fields = json!({});
        fields[field] = json!(text);
        let flaws = client.post("/api/tickets", &draft("Fine", fields)).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "control_character".to_owned())], "{text:?}");
    }
    let ticket = client.files_with("Fine", json!({ "description": "a\r\n\tb" })).await;
    assert_eq!(ticket["description"], "a\n\tb");
    let reason = json!({ "reason": "a\u{0}b" });
    let flaws = world.admin().says("reject", &ticket, reason).await.flaws();
    assert_eq!(flaws, [("reason".to_owned(), "control_character".to_owned())]);
    let query = "/api/tickets?project_name=a%00b";
    assert_eq!(client.get(query).await.flaws()[0].0, "project_name");
}

async fn text_is_trimmed_and_measured_in_characters(world: &mut World) {
    let client = world.client();
    let long = json!({ "title": "é".repeat(200), "description": format!("  {}\n", "🔥".repeat(10_000)),
        "project_name": "漢".repeat(100) });
    let ticket = client.files_with("", long).await;
    assert_eq!(ticket["description"], "🔥".repeat(10_000));
    let too_long = draft("", json!({ "title": "é".repeat(201) }));
    let flaws = client.post("/api/tickets", &too_long).await.flaws();
    assert_eq!(flaws, [("title".to_owned(), "too_long".to_owned())]);
    let usual: Value = client.files_with("  spaced  ", json!({})).await;
    assert_eq!(usual["title"], "spaced");
    assert_eq!((&usual["priority"], &usual["version"]), (&json!("MEDIUM"), &json!(1)));
}
