//! One-time codes by e-mail: in the mailbox, by Gmail or by a mail server, and what happens where
//! Google grants nothing any more.
use chrono::TimeDelta;
use deskbell::app::{gmail_connect, gmail_door, reveal};
use deskbell::config::Role;
use serde_json::{Value, json};

use super::world::{Answer, MailServer, OutsideSimulator, World, stories};

stories![
    a_code_comes_by_e_mail_as_html_and_as_text,
    whoever_has_an_account_reads_so_in_their_mailbox,
    another_password_is_chosen_by_e_mail,
    an_access_token_is_fetched_once_and_again_before_its_end,
    an_access_token_that_was_taken_back_is_replaced_at_once,
    a_refresh_token_that_was_revoked_pauses_and_goes_on,
    too_many_mails_wait_as_long_as_gmail_asks,
    a_mail_server_carries_codes,
    what_a_mail_server_refuses_is_told_with_what_to_do,
    a_mail_whose_answer_was_lost_is_not_sent_again,
    consent_leads_to_a_refresh_token,
];

const JANE: &str = "jane@example.com";

async fn asks(world: &World, email: &str) -> Answer {
    let name = email.split('@').next().expect("a name");
    let body = json!({
        "email": email, "otp_method": "email", "username": name, "first_name": "Jane",
        "last_name": "Doe", "password": "correct horse battery",
    });
    world.stranger().post("/api/accounts/request-otp", &body).await
}

fn debug_otp(answer: &Value) -> String {
    answer["debug_otp"].as_str().expect("a code that is shown").to_owned()
}

async fn mails(world: &World, address: &str) -> Vec<Value> {
    let path = format!("/simulator/api/mailboxes/{address}/messages");
    let page = world.stranger().get(&path).await.plain();
    page["items"].as_array().expect("mails").clone()
}

async fn newest(world: &World) -> Value {
    world.log("channel=EMAIL").await.remove(0)
}

async fn email(world: &World) -> Value {
    let page = world.admin().sees("/api/channels").await;
    let items = page["items"].as_array().expect("channels").clone();
    items.into_iter().find(|it| it["channel"] == "EMAIL").expect("e-mail")
}

async fn a_code_comes_by_e_mail_as_html_and_as_text(world: &mut World) {
    let asked = asks(world, "Jane@Example.com").await.ok(200);
    assert_eq!(asked["message"], "OTP sent to your email");
    let code = debug_otp(&asked);
    let mail = mails(world, JANE).await.remove(0);
    assert_eq!(mail["subject"], "Your Deskbell verification code");
    let words = format!("Your Deskbell verification code is: {code}. Valid for 10 minutes.");
    assert_eq!(mail["text"].as_str().map(str::trim), Some(&*words));
    let html = mail["html"].as_str().expect("HTML");
    assert_eq!(html.matches(&code).count(), 2, "in the words, and large: {html}");
    assert_eq!((&mail["provider"], &mail["to"]), (&json!("gmail"), &json!([JANE])));
    world.stands_nowhere(&code).await;
    let entered = json!({ "email": JANE, "otp": code });
    let opened = world.stranger().post("/api/accounts/verify-otp", &entered).await.ok(200);
    assert_eq!(opened["user"]["is_verified"], true);
    let verified = "SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL";
    assert_eq!(world.count(verified).await, 1);
    world.passes(TimeDelta::minutes(20));
    let row = newest(world).await;
    assert_eq!((&row["channel"], &row["provider"]), (&json!("EMAIL"), &json!("gmail")));
    assert_eq!((&row["status"], &row["to"]), (&json!("SENT"), &json!(JANE)));
    assert_eq!((&row["receipt"], &row["receipt_overdue"]), (&Value::Null, &json!(false)));
    assert_eq!(email(world).await["state"], "SIMULATED");
}

async fn whoever_has_an_account_reads_so_in_their_mailbox(world: &mut World) {
    asks(world, "client@example.com").await.ok(200);
    world.settle().await;
    let mail = mails(world, "client@example.com").await.remove(0);
    assert_eq!(mail["subject"], "🔑 You Have An Account Already");
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("There is one already.") && !text.contains('*'), "{text}");
    assert!(mail["html"].as_str().is_some_and(|html| html.contains("<em>Support Team</em>")));
}

async fn another_password_is_chosen_by_e_mail(world: &mut World) {
    let stranger = world.stranger();
    let asked = json!({ "login": "client", "channel": "email" });
    let begun = stranger.post("/api/auth/password-reset/request", &asked).await;
    assert!([200, 202].contains(&begun.status), "{}", begun.text());
    let (flow, code) = (begun.json()["flow"].clone(), debug_otp(&begun.json()));
    world.until("it came", async || !mails(world, "client@example.com").await.is_empty()).await;
    let mail = mails(world, "client@example.com").await.remove(0);
    assert!(mail["text"].as_str().is_some_and(|text| text.contains(&code)), "{mail}");
    let entered = json!({ "flow": flow, "code": code });
    let entered = stranger.post("/api/auth/password-reset/verify", &entered).await;
    assert!(entered.status < 300, "{}", entered.text());
}

async fn no_tokens(world: &World, kind: &str) {
    world.faults(json!([{ "number": "*", "provider": "google_token", "kind": kind }])).await;
}

async fn an_access_token_is_fetched_once_and_again_before_its_end(world: &mut World) {
    asks(world, JANE).await.ok(200);
    no_tokens(world, "UNAVAILABLE").await;
    // Well before its end nobody asks for another one.
    world.passes(TimeDelta::minutes(50));
    asks(world, "joe@example.com").await.ok(200);
    world.no_faults().await;
    // It would be good for two more minutes.
    world.passes(TimeDelta::minutes(8));
    no_tokens(world, "UNAVAILABLE").await;
    asks(world, "ann@example.com").await.ok(202);
    assert_eq!(mails(world, "ann@example.com").await.len(), 0);
    world.no_faults().await;
    world.later(TimeDelta::seconds(10)).await;
    assert_eq!(mails(world, "ann@example.com").await.len(), 1);
}

async fn an_access_token_that_was_taken_back_is_replaced_at_once(world: &mut World) {
    let fault =
        json!([{ "number": JANE, "provider": "gmail", "kind": "TOKEN_EXPIRED", "times": 1 }]);
    world.faults(fault).await;
    asks(world, JANE).await.ok(200);
    assert_eq!(mails(world, JANE).await.len(), 1);
    assert_eq!(newest(world).await["attempts"], 1);
}

async fn a_refresh_token_that_was_revoked_pauses_and_goes_on(world: &mut World) {
    no_tokens(world, "TOKEN_EXPIRED").await;
    let asked = asks(world, JANE).await.ok(202);
    assert_eq!(asked["status"], "queued");
    let paused = email(world).await;
    assert_eq!((&paused["state"], &paused["paused"]["code"]), (&json!("PAUSED"), &json!(900)));
    let hint = paused["paused"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("deskbell gmail connect"), "{hint}");
    // Asked again, it still says no.
    world.later(TimeDelta::seconds(61)).await;
    assert_eq!(email(world).await["state"], "PAUSED");
    world.no_faults().await;
    world.later(TimeDelta::seconds(61)).await;
    world
        .until("it goes on", async || {
            world.sweep().await;
            email(world).await["state"] == "SIMULATED" && !mails(world, JANE).await.is_empty()
        })
        .await;
    let mail = mails(world, JANE).await.remove(0);
    let code = debug_otp(&asked);
    assert!(mail["text"].as_str().is_some_and(|text| text.contains(&code)), "the same code");
    let row = newest(world).await;
    assert_eq!(row["status"], "SENT", "nothing was burnt: {row}");
}

async fn too_many_mails_wait_as_long_as_gmail_asks(world: &mut World) {
    let fault =
        json!([{ "number": JANE, "provider": "gmail", "kind": "RATE_LIMITED", "times": 1 }]);
    world.faults(fault).await;
    asks(world, JANE).await.ok(202);
    world.later(TimeDelta::seconds(25)).await;
    assert_eq!(mails(world, JANE).await.len(), 0, "it asked for half a minute");
    world.later(TimeDelta::seconds(10)).await;
    assert_eq!(mails(world, JANE).await.len(), 1);
}

async fn a_mail_server_carries_codes(world: &mut World) {
    let server = MailServer::answers([]).await;
    world.restarts_with(server.settings()).await;
    let asked = asks(world, JANE).await.ok(200);
    assert!(asked.get("debug_otp").is_none(), "this server is not simulated: {asked}");
    let mail = server.mails().remove(0);
    assert_eq!(mail.to, [JANE]);
    for part in [
        "From: \"The Desk\" <desk@example.com>",
        "text/plain",
        "text/html",
        "is: ",
        "Auto-Submitted",
    ] {
        assert!(mail.data.contains(part), "{part} in {}", mail.data);
    }
    let row = newest(world).await;
    assert_eq!((&row["provider"], &row["status"]), (&json!("smtp"), &json!("SENT")));
    assert_eq!(email(world).await["state"], "OK");
}

async fn what_a_mail_server_refuses_is_told_with_what_to_do(world: &mut World) {
    let server = MailServer::answers(["550 5.1.1 <jane@example.com>: no such user"]).await;
    world.restarts_with(server.settings()).await;
    let problem = asks(world, JANE).await.refused(502, "send_failed");
    assert!(problem["hint"].as_str().is_some_and(|it| it.contains("#smtp-550")), "{problem}");
    let row = newest(world).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("FAILED"), &json!(550)));
    assert!(!row["error_message"].as_str().expect("words").contains(JANE), "{row}");
}

async fn a_mail_whose_answer_was_lost_is_not_sent_again(world: &mut World) {
    let server = MailServer::answers(["cut"]).await;
    world.restarts_with(server.settings()).await;
    let asked = asks(world, JANE).await;
    assert!(asked.status < 300, "{}", asked.text());
    for _ in 0..3 {
        world.later(TimeDelta::minutes(3)).await;
    }
    let row = newest(world).await;
    assert_eq!(row["status"], "UNCONFIRMED");
    assert!(row["hint"].as_str().is_some_and(|it| it.contains("sent mails")), "{row}");
    assert_eq!(server.mails().len(), 1);
}

async fn consent_leads_to_a_refresh_token(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::All, &provider).await;
    let base = format!("{}/simulator", provider.address());
    let (id, secret) = ("simulated.apps.googleusercontent.com", "simulated");
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a browser");
    for is_tampered in [true, false] {
        let door = gmail_door(0).await.expect("a free port");
        let (shown, page) = tokio::sync::oneshot::channel();
        let url = format!("{base}/token");
        let connect = tokio::spawn(async move {
            let show = |page: &str| shown.send(page.to_owned()).expect("somebody looks");
            gmail_connect(id.to_owned(), secret.into(), &url, door, show).await
        });
        let page = page.await.expect("a page");
        let answer = browser.get(page).send().await.expect("the consent page");
        let back = answer.headers()["location"].to_str().expect("an address").to_owned();
        let back = if is_tampered { back.replace("state=", "state=x") } else { back };
        browser.get(&back).send().await.expect("a page that says how it went");
        let token = connect.await.expect("it ends");
        match (token, is_tampered) {
            (Ok(token), false) => {
                world
                    .restarts_with(vec![
                        ("EMAIL_CLIENT_ID", id.to_owned()),
                        ("EMAIL_CLIENT_SECRET", secret.to_owned()),
                        ("EMAIL_REFRESH_TOKEN", reveal(&token).to_owned()),
                        ("GMAIL_API_URL", base.clone()),
                        ("GOOGLE_TOKEN_URL", format!("{base}/token")),
                    ])
                    .await;
            }
            (Err(error), true) => assert!(error.to_string().contains("state"), "{error}"),
            (token, _) => panic!("{:?}", token.map(|_| "a token")),
        }
    }
    let asked = asks(world, JANE).await.ok(200);
    assert!(asked.get("debug_otp").is_none(), "{asked}");
    assert_eq!(newest(world).await["status"], "SENT");
    provider.stop().await;
}
