//! Sessions: refresh tokens, what a lost answer costs, and what ends them.
use std::collections::HashSet;

use chrono::TimeDelta;
use deskbell::config::Role as Process;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Database, Door, OutsideSimulator, World, stories, tell};

stories![
    a_refresh_token_gets_a_new_pair_and_is_spent,
    a_lost_answer_logs_nobody_out,
    whoever_shows_a_spent_token_ends_the_family,
    a_session_ends_after_a_week_of_silence_and_after_thirty_days,
    fifty_refreshes_at_once_leave_one_chain,
    fifty_log_ins_at_once_all_succeed,
    logging_out_ends_the_family,
    another_password_ends_every_session,
    a_wrong_current_password_changes_nothing,
    whoever_is_switched_off_is_not_refreshed,
    sessions_that_are_over_are_pruned,
    tokens_are_kept_as_digests_only,
    what_is_no_refresh_token_is_refused,
];

async fn refreshes(world: &World, token: &str) -> Answer {
    world.stranger().post("/api/auth/refresh", &json!({ "refresh_token": token })).await
}

async fn refreshed(world: &World, token: &str) -> String {
    token_of(&refreshes(world, token).await.ok(200))
}

fn token_of(answer: &Value) -> String {
    answer["refresh_token"].as_str().expect("a refresh token").to_owned()
}

async fn is_over(world: &World, token: &str) {
    refreshes(world, token).await.refused(401, "bad_refresh_token");
}

async fn a_refresh_token_gets_a_new_pair_and_is_spent(world: &mut World) {
    let client = world.client();
    let first = client.begins_a_session().await;
    let pair = refreshes(world, &first).await.ok(200);
    assert_eq!((&pair["token_type"], &pair["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(pair["user"]["id"], client.id);
    let access = pair["access_token"].as_str().expect("an access token");
    let ask = world.stranger().ask(Method::GET, "/api/auth/me");
    let me = ask.with("authorization", &format!("Bearer {access}")).send().await.ok(200);
    assert_eq!(me, pair["user"]);
    let second = token_of(&pair);
    assert_ne!(first, second);
    let third = refreshed(world, &second).await;
    is_over(world, &first).await;
    is_over(world, &third).await;
    // Another session of the same person is another family.
    let other = client.begins_a_session().await;
    refreshed(world, &other).await;
}

async fn a_lost_answer_logs_nobody_out(world: &mut World) {
    let first = world.client().begins_a_session().await;
    let lost = refreshed(world, &first).await;
    world.passes(TimeDelta::seconds(30));
    let again = refreshed(world, &first).await;
    assert_eq!(lost, again, "one successor, however often it is asked for");
    world.passes(TimeDelta::seconds(60));
    let next = refreshed(world, &again).await;
    refreshed(world, &next).await;
}

async fn whoever_shows_a_spent_token_ends_the_family(world: &mut World) {
    let client = world.client();
    let late = client.begins_a_session().await;
    let successor = refreshed(world, &late).await;
    world.passes(TimeDelta::seconds(31));
    is_over(world, &late).await;
    is_over(world, &successor).await;

    let stolen = client.begins_a_session().await;
    let second = refreshed(world, &stolen).await;
    let third = refreshed(world, &second).await;
    is_over(world, &stolen).await;
    is_over(world, &third).await;
}

async fn a_session_ends_after_a_week_of_silence_and_after_thirty_days(world: &mut World) {
    let silent = world.client().begins_a_session().await;
    let mut busy = world.client().begins_a_session().await;
    world.passes(TimeDelta::days(7) - TimeDelta::seconds(1));
    busy = refreshed(world, &busy).await;
    world.passes(TimeDelta::seconds(1));
    is_over(world, &silent).await;
    for _ in 0..3 {
        world.passes(TimeDelta::days(6));
        busy = refreshed(world, &busy).await;
    }
    world.passes(TimeDelta::days(5) - TimeDelta::seconds(1));
    busy = refreshed(world, &busy).await;
    world.passes(TimeDelta::seconds(1));
    is_over(world, &busy).await;
}

async fn fifty_refreshes_at_once_leave_one_chain(world: &mut World) {
    let mut token = world.client().begins_a_session().await;
    for _ in 0..3 {
        let answers = join_all((0..50).map(|_| refreshes(world, &token))).await;
        let given: HashSet<String> = answers.iter().map(|it| token_of(&it.ok(200))).collect();
        assert_eq!(given.len(), 1, "one successor for all");
        token = given.into_iter().next().expect("one");
    }
    let unspent = "SELECT count(*) FROM refresh_tokens WHERE spent_at IS NULL AND session_id = \
         (SELECT max(id) FROM sessions)";
    assert_eq!(world.count(unspent).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_refreshes_over_two_apis_leave_one_chain() {
    tell(Database::Postgres, over_two_apis).await;
}

async fn over_two_apis(world: &mut World) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Process::Api, &provider).await;
    let second = world.another(Process::Api).await;
    let there = Door::at(second.address);
    let token = world.client().begins_a_session().await;
    let body = json!({ "refresh_token": token });
    let answers = join_all((0..50).map(|at| {
        let door = if at % 2 == 0 { world.stranger() } else { &there };
        door.post("/api/auth/refresh", &body)
    }))
    .await;
    let given: HashSet<String> = answers.iter().map(|it| token_of(&it.ok(200))).collect();
    assert_eq!(given.len(), 1);
    second.stop().await.expect("it stops in order");
    provider.stop().await;
}

async fn fifty_log_ins_at_once_all_succeed(world: &mut World) {
    let client = world.client();
    let given = join_all((0..50).map(|_| client.begins_a_session())).await;
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), 50);
    let answers = join_all(given.iter().map(|token| refreshes(world, token))).await;
    answers.iter().for_each(|answer| _ = answer.ok(200));
}

async fn logging_out_ends_the_family(world: &mut World) {
    let client = world.client();
    let (mine, other) = (client.begins_a_session().await, client.begins_a_session().await);
    let newest = refreshed(world, &mine).await;
    for _ in 0..2 {
        let leave = json!({ "refresh_token": mine });
        world.stranger().post("/api/auth/logout", &leave).await.done();
    }
    is_over(world, &newest).await;
    is_over(world, &mine).await;
    refreshed(world, &other).await;
    let nobodys = json!({ "refresh_token": "made up" });
    world.stranger().post("/api/auth/logout", &nobodys).await.done();
    world.stranger().post("/api/auth/logout", &json!({})).await.flaws();
}

async fn another_password_ends_every_session(world: &mut World) {
    let client = world.client();
    let (one, two) = (client.begins_a_session().await, client.begins_a_session().await);
    let next = "another horse battery";
    let change = json!({ "current_password": client.password, "new_password": next });
    for _ in 0..2 {
        // A repeated key changes nothing twice, although the current password is another by now.
        client.posts_once("change", "/api/auth/change-password", &change).await.done();
    }
    for token in [one, two] {
        is_over(world, &token).await;
    }
    client.tries(&client.password).await.refused(401, "wrong_credentials");
    client.tries(next).await.ok(200);
}

async fn a_wrong_current_password_changes_nothing(world: &mut World) {
    let client = world.client();
    let mine = client.begins_a_session().await;
    let path = "/api/auth/change-password";
    for (current, new, flaws) in [
        ("a wrong password", "another horse battery", vec![("current_password", "wrong_password")]),
        (client.password.as_str(), "short", vec![("new_password", "length")]),
    ] {
        let change = json!({ "current_password": current, "new_password": new });
        let said = client.post(path, &change).await.flaws();
        let said: Vec<_> = said.iter().map(|(f, c)| (f.as_str(), c.as_str())).collect();
        assert_eq!(said, flaws);
    }
    assert_eq!(client.post(path, &json!({})).await.flaws().len(), 2);
    world.stranger().post(path, &json!({})).await.refused(401, "unauthenticated");
    refreshed(world, &mine).await;
    client.tries(&client.password).await.ok(200);
}

async fn whoever_is_switched_off_is_not_refreshed(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let mine = client.begins_a_session().await;
    let path = format!("/api/users/{}", client.id);
    admin.patch(&path, &json!({ "is_active": false })).await.ok(200);
    is_over(world, &mine).await;
    admin.patch(&path, &json!({ "is_active": true })).await.ok(200);
    is_over(world, &mine).await;
    refreshed(world, &client.begins_a_session().await).await;
}

async fn sessions_that_are_over_are_pruned(world: &mut World) {
    let client = world.client();
    let token = client.begins_a_session().await;
    refreshed(world, &token).await;
    world.passes(TimeDelta::days(31));
    client.begins_a_session().await;
    world.desk().prune().await.expect("it prunes");
    assert_eq!(world.count("SELECT count(*) FROM sessions").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM refresh_tokens").await, 1);
}

async fn tokens_are_kept_as_digests_only(world: &mut World) {
    let first = world.client().begins_a_session().await;
    let second = refreshed(world, &first).await;
    for token in [first, second] {
        let bare = token.trim_start_matches("dbr_");
        let kept = format!(
            "SELECT count(*) FROM refresh_tokens WHERE digest LIKE '%{bare}%' \
             OR nonce LIKE '%{bare}%' OR digest LIKE '%{token}%'"
        );
        assert_eq!(world.count(&kept).await, 0);
    }
    assert!(world.count("SELECT count(*) FROM refresh_tokens").await >= 2);
}

async fn what_is_no_refresh_token_is_refused(world: &mut World) {
    let token = world.client().begins_a_session().await;
    let access = world.client().logs_in().await;
    let long = "x".repeat(100_000);
    for bad in ["", " ", "\u{0}", "dbr_", access.as_str(), long.as_str(), &token[..token.len() - 1]]
    {
        is_over(world, bad).await;
    }
    world.stranger().post("/api/auth/refresh", &json!({})).await.flaws();
    let typed = json!({ "refresh_token": 1 });
    assert_eq!(world.stranger().post("/api/auth/refresh", &typed).await.flaws()[0].1, "wrong_type");
    for list in [json!([token]), json!(token), json!(null), json!([])] {
        let flaws = world.stranger().post("/api/auth/refresh", &list).await.flaws();
        assert_eq!(flaws, [(".".to_owned(), "wrong_type".to_owned())], "{list}");
    }
    refreshed(world, &token).await;
}
