//! What a hostile or careless sender brings: odd text, odd JSON, too much of it. It is refused with
//! a reason or kept as it is, and nothing breaks.
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Person, World, draft, id, stories};

stories![
    odd_text_is_kept_or_refused_and_breaks_nothing,
    odd_json_is_refused_with_a_reason,
    what_is_too_much_is_refused_before_it_is_read,
    fields_of_the_wrong_kind_are_flaws,
];

/// Text that has broken programs, and whether a title may be so.
const TEXTS: [(&str, bool); 17] = [
    ("\u{202e}desrever", true),
    ("مرحبا بالعالم", true),
    ("a\u{200b}b\u{200d}c\u{feff}d", true),
    ("\u{200b}", false),
    ("\u{2066}\u{2069}\u{200e}", false),
    ("z\u{335}\u{321}a\u{334}l\u{336}g\u{337}o\u{338}", true),
    ("👩‍👩‍👧‍👦🏳️‍🌈", true),
    ("\u{ffff}\u{fffe}\u{fdd0}", true),
    ("\u{10ffff}", true),
    ("'; DROP TABLE tickets; --", true),
    ("%00%0a%0d", true),
    ("\u{0}", false),
    ("a\u{0}b", false),
    ("<script>alert(1)</script>{{ 7*7 }}{% raw %}", true),
    ("*_~`*_~`", true),
    ("\\u0000", true),
    (".\u{a0}\u{3000}.", true),
];

/// Every request that carries text, with the place for it.
fn doors(ticket: &Value) -> [(Method, String, Value, &'static str); 7] {
    let path = |rest: &str| format!("/api/tickets/{}{rest}", id(ticket));
    [
        (Method::POST, "/api/tickets".to_owned(), draft("x", json!({})), "title"),
        (Method::POST, "/api/tickets".to_owned(), draft("x", json!({})), "description"),
        (
            Method::POST,
            "/api/tickets?dry_run=true".to_owned(),
            draft("x", json!({})),
            "project_name",
        ),
        (Method::PATCH, path(""), json!({}), "title"),
        (Method::PATCH, path(""), json!({}), "project_name"),
        (Method::POST, path("/comments"), json!({}), "body"),
        (Method::POST, path("/reject?dry_run=true"), json!({}), "reason"),
    ]
}

async fn sends(by: &Person, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    let ask = by.ask(method, path).await.with("content-type", "application/json");
    ask.bytes(body).send().await
}

async fn odd_text_is_kept_or_refused_and_breaks_nothing(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Odd").await;
    for (text, fits) in TEXTS {
        for (method, path, mut body, field) in doors(&ticket) {
            body[field] = json!(text);
            let answer = sends(&admin, method, &path, body.to_string()).await;
            if !fits {
                assert_eq!(answer.flaws()[0].0, field, "{text:?}");
                continue;
            }
            assert!(answer.status < 300, "{}: {text:?}: {}", answer.asked, answer.text());
            if !path.contains("dry_run") {
                assert_eq!(answer.json()[field], text, "{}", answer.asked);
            }
        }
        for list in ["/api/tickets", "/api/tickets/1/comments", "/api/tickets/1/events"] {
            admin.sees(list).await;
        }
    }
    world.settle().await;
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    for row in world.log("").await {
        assert_eq!(row["status"], "SENT", "{row}");
        let body = row["body"].as_str().expect("a body");
        assert!(!body.contains(['\u{202e}', '\u{200b}', '`', '~']), "{body:?}");
    }
}

async fn odd_json_is_refused_with_a_reason(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Odd").await;
    let deep = |open: &str, close: &str| open.repeat(20_000) + &close.repeat(20_000);
    for (method, path, _, field) in doors(&ticket) {
        for broken in [
            format!("{{\"{field}\":\"\\ud800\"}}"),
            format!("{{\"{field}\":\"\\udc00\\ud800\"}}"),
            format!("{{\"{field}\":\"\u{1}\"}}"),
            deep("{\"a\":", ""),
            format!("{{\"{field}\":\"x\"}}}}"),
            format!("{{\"{field}\":\"x\",}}"),
            format!("{{{field}:'x'}}"),
            "\u{feff}{}".to_owned(),
            "{\"a\":NaN}".to_owned(),
            "{\"\\ud83d\":1}".to_owned(),
        ] {
            let answer = sends(&admin, method.clone(), &path, broken).await;
            answer.refused(400, "bad_json");
        }
        // However deep it is, it is read no deeper than it has to be.
        let typed = format!("{{\"{field}\":{}}}", deep("[", "]"));
        for deep in [typed, deep("{\"a\":[", "]}"), deep("[", "]"), deep("[", "")] {
            let answer = sends(&admin, method.clone(), &path, deep).await;
            assert!([400, 422].contains(&answer.status), "{}", answer.text());
        }
        let not_utf8 =
            [b"{\"".as_slice(), field.as_bytes(), b"\":\"\xc3\x28\xed\xa0\x80\"}"].concat();
        sends(&admin, method.clone(), &path, not_utf8).await.refused(400, "bad_json");
        let twice = format!("{{\"{field}\":\"x\",\"{field}\":\"y\"}}");
        let flaws = sends(&admin, method.clone(), &path, twice).await.flaws();
        assert_eq!(flaws[0].1, "duplicate_field", "{path}");
        let long = format!("{{\"{}\":1}}", "x".repeat(200_000));
        let answer = sends(&admin, method, &path, long).await;
        assert_eq!(answer.flaws()[0].1, "unknown_field");
        assert!(answer.body.len() < 4_000, "{} bytes to say so", answer.body.len());
    }
    assert_eq!(admin.sees("/api/tickets").await["items"].as_array().map(Vec::len), Some(1));
}

async fn what_is_too_much_is_refused_before_it_is_read(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Odd").await;
    for (method, path, mut body, field) in doors(&ticket) {
        body[field] = json!("x".repeat(1024 * 1024));
        let answer = sends(&admin, method.clone(), &path, body.to_string()).await;
        answer.refused(413, "too_large");
        body[field] = json!("é".repeat(100_000));
        let flaws = sends(&admin, method, &path, body.to_string()).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "too_long".to_owned())]);
    }
}

async fn fields_of_the_wrong_kind_are_flaws(world: &mut World) {
    let admin = world.admin();
    let ticket = world.client().files("Odd").await;
    let odd = ["5", "-0.0", "1e999", "true", "[]", "{}", "[\"x\"]", "99999999999999999999999999"];
    for (method, path, _, field) in doors(&ticket) {
        for value in odd {
            let body = format!("{{\"{field}\":{value}}}");
            let answer = sends(&admin, method.clone(), &path, body).await;
            // A number that no computer holds is no JSON that can be read.
            assert!([400, 422].contains(&answer.status), "{value}: {}", answer.text());
        }
    }
    let assign = format!("/api/tickets/{}/assign", id(&ticket));
    for value in odd.into_iter().chain(["null", "\"2\"", "2.0", "9223372036854775807", "-1"]) {
        for path in [assign.clone(), format!("{assign}?dry_run=true")] {
            let body = format!("{{\"developer_id\":{value}}}");
            let answer = sends(&admin, Method::POST, &path, body).await;
            assert!([400, 422].contains(&answer.status), "{value}: {}", answer.text());
        }
    }
}
