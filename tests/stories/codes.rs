//! Confirming one's number by a one-time code.
use chrono::TimeDelta;
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Answer, Person, Provider, World, id, stories};

stories![
    a_number_is_confirmed_by_the_code_that_came_to_it,
    of_fifty_right_answers_at_once_one_succeeds,
    fifty_wrong_answers_at_once_are_five_tries,
    another_code_ends_the_old_one_and_begins_nothing_anew,
    a_code_ends_with_its_ten_minutes,
    a_code_is_good_for_one_person_and_the_number_that_it_went_to,
    a_code_stands_in_no_table,
    the_log_shows_that_a_code_went_and_nobody_sends_it_anew,
    a_number_that_another_account_confirmed_stays_theirs,
    what_the_provider_refuses_is_told_with_a_hint,
    what_takes_too_long_is_queued,
    a_way_that_is_not_set_up_is_named,
    nobody_is_shown_a_code_in_earnest,
];

pub(super) const ASK: &str = "/api/user/request-phone-verify";
pub(super) const ENTER: &str = "/api/user/verify-phone-code";
pub(super) const NUMBER: &str = "+8801712345678";

impl Person {
    pub(super) async fn asks_for_a_code(&self, number: &str) -> Answer {
        self.post(ASK, &json!({ "phone_number": number })).await
    }

    pub(super) async fn enters(&self, code: &str) -> Answer {
        self.post(ENTER, &json!({ "code": code })).await
    }
}

pub(super) fn debug_otp(answer: &Value) -> String {
    answer["debug_otp"].as_str().expect("a code that is shown").to_owned()
}

/// Another code than this one.
pub(super) fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000)
}

pub(super) async fn texts_at(world: &World, number: &str) -> Vec<String> {
    let path = format!("/simulator/api/phones/{number}/messages");
    let page = world.stranger().get(&path).await.plain();
    let items = page["items"].as_array().expect("messages").clone();
    items.iter().map(|it| it["raw"].to_string()).collect()
}

async fn a_number_is_confirmed_by_the_code_that_came_to_it(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    assert_eq!(jane.post(ASK, &json!({})).await.flaws()[0].0, "phone_number");
    let asked = jane.asks_for_a_code("0088 01712-345678").await.ok(200);
    assert_eq!(asked["success"], true);
    assert_eq!(asked["message"], "Verification code sent to your WhatsApp");
    let code = debug_otp(&asked);
    let texts = texts_at(world, NUMBER).await;
    assert_eq!(texts.len(), 1);
    // Meta's own words for codes, with the code in them and in the button that copies it.
    assert_eq!(texts[0].matches(&code).count(), 2, "{}", texts[0]);
    assert_eq!(jane.sees("/api/auth/me").await["whatsapp_number"], Value::Null, "not before");
    jane.enters("12345").await.flaws();
    jane.enters(&wrong(&code)).await.refused(422, "wrong_code");
    let done = jane.enters(&code).await.ok(200);
    assert_eq!(done["success"], true);
    let me = jane.sees("/api/auth/me").await;
    assert_eq!(me["whatsapp_number"], NUMBER);
    assert_eq!(me["whatsapp_verified_by"], "CODE");
    assert!(me["whatsapp_verified_at"].is_string() && me["whatsapp_opt_in_at"].is_string());
    world.settle().await;
    let priced = "SELECT count(*) FROM delivery_attempts WHERE pricing_category = 'authentication'";
    assert_eq!(world.count(priced).await, 1, "as Meta charges for codes");
    jane.enters(&code).await.refused(422, "wrong_code");
    // A trailing slash and `/api/v1` change nothing, nor do strangers get in.
    world.passes(TimeDelta::minutes(2));
    jane.post("/api/v1/user/request-phone-verify/", &json!({})).await.ok(200);
    world.stranger().post(ASK, &json!({})).await.refused(401, "unauthenticated");
    world.stranger().post(ENTER, &json!({})).await.refused(401, "unauthenticated");
    let flaws = jane.post(ASK, &json!({ "phone_number": "01712345678", "channel": "fax" })).await;
    assert_eq!(flaws.flaws().len(), 2);
    jane.post(ASK, &json!({ "user_id": 1 })).await.flaws();
}

async fn of_fifty_right_answers_at_once_one_succeeds(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let code = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    let answers = join_all((0..50).map(|_| jane.enters(&code))).await;
    let right = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(right, 1);
    answers.iter().filter(|answer| answer.status != 200).for_each(|answer| {
        answer.refused(422, "wrong_code");
    });
}

async fn fifty_wrong_answers_at_once_are_five_tries(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let code = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    let not = wrong(&code);
    for answer in join_all((0..50).map(|_| jane.enters(&not))).await {
        answer.refused(422, "wrong_code");
    }
    assert_eq!(world.count("SELECT max(tries) FROM one_time_codes").await, 5);
    jane.enters(&code).await.refused(422, "wrong_code");
    world.passes(TimeDelta::minutes(1));
    let another = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    jane.enters(&another).await.ok(200);
}

async fn another_code_ends_the_old_one_and_begins_nothing_anew(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let first = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    jane.asks_for_a_code(NUMBER).await.refused(429, "code_too_soon");
    for _ in 0..3 {
        jane.enters(&wrong(&first)).await.refused(422, "wrong_code");
    }
    world.passes(TimeDelta::minutes(6));
    let second = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    if first != second {
        jane.enters(&first).await.refused(422, "wrong_code");
    }
    jane.enters(&wrong(&second)).await.refused(422, "wrong_code");
    jane.enters(&second).await.refused(422, "wrong_code");
    world.passes(TimeDelta::minutes(1));
    let third = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    // Five tries were used: this one is a new one, with ten minutes of its own.
    world.passes(TimeDelta::minutes(8));
    let fourth = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    if third != fourth {
        jane.enters(&third).await.refused(422, "wrong_code");
    }
    world.passes(TimeDelta::minutes(2));
    jane.enters(&fourth).await.refused(422, "wrong_code");
    let log = world.log("event=CODE_REQUESTED").await;
    assert!(log.iter().any(|it| it["body"].as_str().is_some_and(|it| it.contains("4 minutes"))));
}

async fn a_code_ends_with_its_ten_minutes(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let code = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    world.passes(TimeDelta::minutes(10));
    jane.enters(&code).await.refused(422, "wrong_code");
    let code = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    world.passes(TimeDelta::minutes(10) - TimeDelta::milliseconds(1));
    jane.enters(&code).await.ok(200);
}

async fn a_code_is_good_for_one_person_and_the_number_that_it_went_to(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let joe = world.opens_account("joe", Role::Client, None).await;
    let hers = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    let his = debug_otp(&joe.asks_for_a_code("+447700900555").await.ok(200));
    if hers != his {
        joe.enters(&hers).await.refused(422, "wrong_code");
    }
    world.passes(TimeDelta::minutes(1));
    let other = debug_otp(&jane.asks_for_a_code("+447700900777").await.ok(200));
    if hers != other {
        jane.enters(&hers).await.refused(422, "wrong_code");
    }
    jane.enters(&other).await.ok(200);
    assert_eq!(jane.sees("/api/auth/me").await["whatsapp_number"], "+447700900777");
    joe.enters(&his).await.ok(200);
}

async fn a_code_stands_in_no_table(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let code = debug_otp(&jane.asks_for_a_code(NUMBER).await.ok(200));
    world.settle().await;
    world.stands_nowhere(&code).await;
}

async fn the_log_shows_that_a_code_went_and_nobody_sends_it_anew(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    jane.asks_for_a_code(NUMBER).await.ok(200);
    world.settle().await;
    let row = world.log("").await.remove(0);
    assert_eq!(row["event"], "CODE_REQUESTED");
    assert_eq!(row["ticket_id"], Value::Null);
    assert_eq!(row["recipient"]["id"], jane.id);
    assert_eq!(row["status"], "SENT");
    let body = "Your Deskbell verification code is: ••••••. Valid for 10 minutes.";
    assert_eq!(row["body"], body);
    let retry = format!("/api/notifications/{}/retry", id(&row));
    world.admin().post(&retry, &json!({})).await.refused(409, "not_retryable");
}

async fn a_number_that_another_account_confirmed_stays_theirs(world: &mut World) {
    let joe = world.opens_account("joe", Role::Client, None).await;
    let number = world.client().number().to_owned();
    let code = debug_otp(&joe.asks_for_a_code(&number).await.ok(200));
    joe.enters(&code).await.refused(409, "number_taken");
    assert_eq!(joe.sees("/api/auth/me").await["whatsapp_number"], Value::Null);
}

async fn what_the_provider_refuses_is_told_with_a_hint(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, Some(NUMBER)).await;
    world.faults(json!([{ "number": NUMBER, "kind": "ERROR", "code": 131026 }])).await;
    let problem = jane.post(ASK, &json!({})).await.refused(502, "send_failed");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.len() > 20), "{problem}");
    assert!(problem.get("debug_otp").is_none());
}

async fn what_takes_too_long_is_queued(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, Some(NUMBER)).await;
    world.fault_once(&jane, "RATE_LIMITED").await;
    let queued = jane.post(ASK, &json!({})).await.ok(202);
    assert_eq!(queued["status"], "queued");
    world.later(TimeDelta::seconds(10)).await;
    let code = debug_otp(&queued);
    assert!(texts_at(world, NUMBER).await[0].contains(&code), "the same code, made again");
    jane.enters(&code).await.ok(200);
}

async fn a_way_that_is_not_set_up_is_named(world: &mut World) {
    world.restarts_with(vec![]).await;
    let jane = world.opens_account("jane", Role::Client, Some(NUMBER)).await;
    let answer = jane.post(ASK, &json!({ "channel": "sms" })).await;
    if answer.status != 200 {
        answer.refused(503, "channel_not_configured");
    }
}

async fn nobody_is_shown_a_code_in_earnest(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    let jane = world.opens_account("jane", Role::Client, Some(NUMBER)).await;
    let key = jane.posts_once("one", ASK, &json!({})).await.ok(200);
    assert!(key.get("debug_otp").is_none(), "{key}");
    let again = jane.posts_once("one", ASK, &json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), key);
}
