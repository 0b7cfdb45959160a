//! Google: consent, tokens, and mails that are in their mailboxes.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::alone::{Alone, told};

const CLIENT: [(&str, &str); 2] =
    [("client_id", "simulated.apps.googleusercontent.com"), ("client_secret", "simulated")];
const REFRESH: [(&str, &str); 2] =
    [("grant_type", "refresh_token"), ("refresh_token", "1//simulated")];

async fn token(google: &Alone, form: &[(&str, &str)]) -> (u16, Value) {
    let mut url = Url::parse("x:").expect("an address");
    url.query_pairs_mut().extend_pairs(form);
    let body = url.query().expect("fields").to_owned();
    let ask = google.ask(Method::POST, "/token");
    told(ask.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

async fn access(google: &Alone) -> String {
    let (status, said) = token(google, &[&CLIENT[..], &REFRESH].concat()).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!((&said["token_type"], &said["expires_in"]), (&json!("Bearer"), &json!(3_599)));
    said["access_token"].as_str().expect("a token").to_owned()
}

async fn mails(google: &Alone, token: &str, raw: &str) -> (u16, Value) {
    let body = json!({ "raw": URL_SAFE.encode(raw) });
    let ask = google.ask(Method::POST, "/gmail/v1/users/me/messages/send");
    told(ask.bearer_auth(token).json(&body)).await
}

const MAIL: &str = "From: Desk <other@example.com>\r\nTo: ann@example.org\r\nBcc: bob@example.org\r\n\
    Subject: Hello\r\nMessage-ID: <1@desk>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, Ann";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_in_each_mailbox_it_is_for() {
    let google = Alone::usual().await;
    let token = access(&google).await;
    let (status, said) = mails(&google, &token, MAIL).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!((&said["labelIds"], &said["threadId"]), (&json!(["SENT"]), &said["id"]));
    for address in ["ann@example.org", "Bob@Example.org"] {
        let page = google.get(&format!("/api/mailboxes/{address}/messages")).await;
        let item = &page["items"][0];
        assert_eq!(item["id"], said["id"]);
        assert_eq!((&item["subject"], &item["message_id"]), (&json!("Hello"), &json!("<1@desk>")));
        assert_eq!((&item["text"], &item["html"]), (&json!("Hello, Ann"), &Value::Null));
        assert_eq!(item["from"], "desk@example.com");
        let headers = item["headers"].to_string();
        assert!(!headers.contains("Bcc") && !headers.contains("other@"), "{headers}");
    }
    let boxes = google.get("/api/mailboxes").await;
    assert_eq!(boxes["items"].as_array().expect("a list").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_go_is_refused_in_googles_words() {
    let google = Alone::usual().await;
    let token = access(&google).await;
    let rows = [
        (&*token, "Subject: x\r\n\r\nx", 400, "invalidArgument"),
        (&*token, "To: nobody\r\n\r\nx", 400, "invalidArgument"),
        ("ya29.other", MAIL, 401, "authError"),
    ];
    for (token, raw, status, reason) in rows {
        let (found, said) = mails(&google, token, raw).await;
        assert_eq!(found, status, "{raw}: {said}");
        assert_eq!(said["error"]["errors"][0]["reason"], reason, "{raw}: {said}");
        assert_eq!(said["error"]["code"], status, "{said}");
    }
    let faults = [
        (json!({ "kind": "RATE_LIMITED" }), 429, "rateLimitExceeded", "RESOURCE_EXHAUSTED"),
        (json!({ "kind": "UNAVAILABLE" }), 503, "backendError", "UNAVAILABLE"),
        (
            json!({ "kind": "ERROR", "http_status": 403 }),
            403,
            "insufficientPermissions",
            "PERMISSION_DENIED",
        ),
        (
            json!({ "kind": "ERROR", "reason": "dailyLimitExceeded" }),
            403,
            "dailyLimitExceeded",
            "PERMISSION_DENIED",
        ),
    ];
    for (mut fault, status, reason, word) in faults {
        (fault["number"], fault["provider"]) = (json!("ann@example.org"), json!("gmail"));
        google.faults(json!([fault])).await;
        let (found, said) = mails(&google, &token, MAIL).await;
        assert_eq!((found, &said["error"]["status"]), (status, &json!(word)), "{fault}");
        assert_eq!(said["error"]["errors"][0]["reason"], reason, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_may_have_is_not_given() {
    let google = Alone::usual().await;
    let other_client = [("client_id", "x"), ("client_secret", "simulated")];
    let other_secret = [CLIENT[0], ("client_secret", "x")];
    let other_token = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let rows = [
        ([other_client, REFRESH].concat(), 401, "invalid_client"),
        ([other_secret, REFRESH].concat(), 401, "invalid_client"),
        ([CLIENT, other_token].concat(), 400, "invalid_grant"),
        (CLIENT.to_vec(), 400, "invalid_request"),
        ([&CLIENT[..], &[("grant_type", "password")]].concat(), 400, "unsupported_grant_type"),
    ];
    for (form, status, error) in rows {
        let (found, said) = token(&google, &form).await;
        assert_eq!((found, &said["error"]), (status, &json!(error)), "{form:?}");
    }
    let fault = json!({ "number": "*", "provider": "google_token", "kind": "TOKEN_EXPIRED" });
    google.faults(json!([fault])).await;
    let (status, said) = token(&google, &[&CLIENT[..], &REFRESH].concat()).await;
    assert_eq!((status, &said["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_given_once_to_who_asked() {
    let google = Alone::usual().await;
    let back = "http://127.0.0.1:8000/oauth2callback";
    let mut url = Url::parse("x:").expect("an address");
    url.query_pairs_mut().extend_pairs([
        CLIENT[0],
        ("redirect_uri", back),
        ("response_type", "code"),
        ("scope", "https://www.googleapis.com/auth/gmail.send"),
        ("state", "s&1"),
        ("access_type", "offline"),
        // The example of RFC 7636, appendix B.
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let path = format!("/o/oauth2/v2/auth?{}", url.query().expect("fields"));
    let page = google.ask(Method::GET, &path).header("accept", "text/html").send().await;
    let page = page.expect("an answer").text().await.expect("a page");
    assert!(page.contains("desk@example.com") && page.contains("access_denied"), "{page}");
    let verifier = ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    for (verifier, status) in [(("code_verifier", "other"), 400), (verifier, 200)] {
        let answer = google.ask(Method::GET, &path).send().await.expect("an answer");
        assert_eq!(answer.status(), 302);
        let to = answer.headers()["location"].to_str().expect("an address");
        let to = Url::parse(to).expect("an address");
        assert!(to.as_str().starts_with(back), "{to}");
        let said = |name: &str| {
            let found = to.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned()).expect("it is there")
        };
        assert_eq!(said("state"), "s&1");
        let code = said("code");
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", back)];
        let form = [&CLIENT[..], &form, &[verifier]].concat();
        let (found, told) = token(&google, &form).await;
        assert_eq!(found, status, "{told}");
        assert_eq!(token(&google, &form).await.0, 400, "a code is spent once");
        if status == 200 {
            let refresh = told["refresh_token"].as_str().expect("a refresh token");
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
            assert_eq!(token(&google, &[&CLIENT[..], &form].concat()).await.0, 200);
            let ask = google.ask(Method::POST, &format!("/revoke?token={refresh}"));
            assert_eq!(super::alone::told(ask).await.0, 200);
            assert_eq!(token(&google, &[&CLIENT[..], &form].concat()).await.0, 400);
        }
    }
}
