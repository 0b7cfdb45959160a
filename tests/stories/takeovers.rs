//! The process that sends is gone, and another one takes over: what the first one knew of limits,
//! refusals and held templates still holds, also for what it had in hand. On PostgreSQL, which alone
//! has several.
use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use deskbell::app::Deskbell;
use deskbell::config::Role;
use deskbell::domain::notification::NotificationId;
use deskbell::domain::user;
use serde_json::{Value, json};

use super::newcomers::{is_limited_to, opened};
use super::pace::{at_rate, files_many, whoever_sends_is_gone};
use super::world::{Act, Database, OutsideSimulator, Person, Provider, World, id, tell};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_new_is_written_to_beyond_the_limit_whoever_sends() {
    tell(Database::Postgres, async |world| among_others(world, limit_of_the_portfolio).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_was_about_to_get_counts_for_whoever_takes_over() {
    tell(Database::Postgres, async |world| among_others(world, one_person).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_stays_held_whoever_sends() {
    tell(Database::Postgres, async |world| among_others(world, held_template).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_refused_as_too_much_for_a_person_waits_whoever_sends() {
    tell(Database::Postgres, refused_for_a_person).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_too_fast_is_not_fast_again_because_another_process_sends() {
    tell(Database::Postgres, too_fast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_too_long_behind_a_pause_is_sent_by_nobody() {
    tell(Database::Postgres, async |world| among_others(world, long_pause).await).await;
}

/// The others of the world.
struct Others {
    _api: Deskbell,
    workers: [Deskbell; 2],
}

impl Others {
    /// Nobody sends for some seconds.
    async fn lose_the_sender(&self, world: &World) {
        let [first, second] = &self.workers;
        whoever_sends_is_gone(world, &[&first.desk, &second.desk]).await;
    }
}

/// In a world with two APIs and two workers.
async fn among_others(world: &mut World, story: impl AsyncFnOnce(&mut World, &Others)) {
    let provider = OutsideSimulator::new();
    world.shares_with_others(Role::Api, &provider).await;
    let api = world.another(Role::Api).await;
    world.business(json!({ "messaging_limit": "TIER_3" })).await;
    world.examined().await;
    let workers = [world.another(Role::Worker).await, world.another(Role::Worker).await];
    let others = Others { _api: api, workers };
    world.until("one of them sends", async || sender(world).await == 1).await;
    story(world, &others).await;
    let Others { _api, workers: [first, second] } = others;
    for program in [first, second, _api] {
        program.stop().await.expect("it stops in order");
    }
    provider.stop().await;
}

async fn sender(world: &World) -> i64 {
    world.count("SELECT count(*) FROM leases WHERE holder <> 'gone'").await
}

/// Whoever sends claims this one, and dies before the answer comes: it may have left.
async fn was_in_hand(world: &World, row: &Value) {
    let claimed = world.desk().store().claim(&[NotificationId(id(row))]).await;
    assert_eq!(claimed.expect("the database").begun.len(), 1, "nobody else claims it");
}

async fn held(world: &World, by: &str) -> i64 {
    let sql = "SELECT count(*) FROM notification_log WHERE status = 'QUEUED' AND held_by = ";
    world.count(&format!("{sql}'{by}'")).await
}

async fn filed(world: &World, who: &Person) -> Value {
    let ticket = who.files_with("Help", json!({ "priority": "LOW" })).await;
    world.admin().does("open", &ticket, json!({})).await;
    world.notification(who, &ticket).await
}

async fn limit_of_the_portfolio(world: &mut World, others: &Others) {
    let client = world.client();
    let mut new = vec![];
    for (at, name) in ["ann", "bob", "dan", "eve", "fay", "gus"].into_iter().enumerate() {
        let number = format!("+4477009002{at:02}");
        new.push(world.person(name, user::Role::Client, &number).await);
    }
    assert_eq!(opened(world, &client, "LOW").await["status"], "SENT", "the admin and the client");

    others.lose_the_sender(world).await;
    let ann = filed(world, &new[0]).await;
    was_in_hand(world, &ann).await;
    let bob = filed(world, &new[1]).await;
    world.until("Bob waits: Ann may be the third", async || held(world, "LIMIT").await == 1).await;
    assert_eq!(world.in_full(&bob).await["attempts"], 0);
    world.writes(&new[1], "And mine?").await;
    world.until("Bob hears", async || world.in_full(&bob).await["status"] == "SENT").await;
    world.later(TimeDelta::seconds(90)).await;
    assert_eq!(world.in_full(&ann).await["status"], "UNCONFIRMED");

    world.passes(TimeDelta::hours(20));
    let mut rows = vec![];
    for person in &new[2..] {
        rows.push(filed(world, person).await);
    }
    world.until("four wait", async || held(world, "LIMIT").await == 4).await;
    others.lose_the_sender(world).await;
    world.passes(TimeDelta::hours(4));
    world.until("two go: the admin counts", async || held(world, "LIMIT").await == 2).await;
    world.settle().await;
    let told: HashSet<String> =
        world.ledger().await.iter().map(|it| it["to"].to_string()).collect();
    assert_eq!(told.len(), 3 + 2, "{told:?}");
    is_limited_to(world, json!(-1), "TIER_UNLIMITED").await;
    world.until("there is no limit", async || held(world, "LIMIT").await == 0).await;
    world.settle().await;
    for row in &rows {
        let row = world.in_full(row).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(1)), "{row}");
    }
}

async fn one_person(world: &mut World, others: &Others) {
    files_many(world, 44).await;
    world.settle().await;
    assert_eq!(world.ledger().await.len(), 44);
    others.lose_the_sender(world).await;
    files_many(world, 2).await;
    for row in world.log("status=QUEUED").await {
        was_in_hand(world, &row).await;
    }
    files_many(world, 1).await;
    world.until("it waits for its person", async || held(world, "PAIR").await == 1).await;
    assert_eq!(world.ledger().await.len(), 44, "forty-six have left, perhaps");
    world.later(TimeDelta::seconds(90)).await;
    assert_eq!(world.log("status=UNCONFIRMED").await.len(), 2);
    assert_eq!(world.log("status=SENT").await.len(), 45);
}

async fn held_template(world: &mut World, others: &Others) {
    let (admin, client) = (world.admin(), world.client());
    world.business(json!({})).await;
    let fault = json!([{ "number": client.number(), "kind": "ERROR", "code": 132_015 }]);
    world.faults(fault).await;
    for _ in 0..3 {
        opened(world, &client, "LOW").await;
    }
    let attempts = async || {
        let rows = world.log("event=TICKET_OPENED").await;
        rows.iter().filter_map(|row| row["attempts"].as_i64()).sum::<i64>()
    };
    assert_eq!((attempts().await, held(world, "TEMPLATE").await), (1, 2), "the first shows it");
    others.lose_the_sender(world).await;
    let fourth = filed(world, &client).await;
    world
        .until("the other holds it, too", async || world.in_full(&fourth).await["hint"].is_string())
        .await;
    world.settle().await;
    assert!(attempts().await <= 2, "whoever takes over tries with one at most");
    assert_eq!(world.ledger_of(&client).await.len(), 0);
    assert_eq!(world.ledger_of(&admin).await.len(), 4, "nobody else waits");

    world.no_faults().await;
    world.passes(TimeDelta::minutes(4));
    world
        .until("all go, the oldest first", async || {
            world.later(TimeDelta::seconds(1)).await;
            world.log("event=TICKET_OPENED&status=SENT").await.len() == 4
        })
        .await;
    assert_eq!(held(world, "TEMPLATE").await, 0);
    assert_eq!(world.ledger_of(&client).await.len(), 4);
}

async fn refused_for_a_person(world: &mut World) {
    let provider = Provider::acts([const { Act::Refuse(131_056) }; 3]).await;
    world.restarts_with(provider.settings()).await;
    let second = world.another(Role::Worker).await;
    files_many(world, 1).await;
    world.settle().await;
    for heard in 2..=3 {
        let row = world.log("status=QUEUED").await.remove(0);
        world.until_tried_again(&row).await;
        world.until("it is refused again", async || provider.heard().len() == heard).await;
        world.settle().await;
    }
    the_other_sends(world, &second).await;
    // After the third refusal nothing goes to this person for 16 s, whatever it is.
    files_many(world, 1).await;
    world.until("it waits for its person", async || held(world, "PAIR").await >= 1).await;
    world.passes(TimeDelta::seconds(15));
    second.desk.tend_lines().await;
    world.settle().await;
    assert_eq!(provider.heard().len(), 3, "it waits as long as it would have");
    world.passes(TimeDelta::seconds(2));
    world.until("it goes", async || provider.heard().len() > 3).await;
    world.later(TimeDelta::minutes(2)).await;
    world.until("both went", async || world.log("status=SENT").await.len() == 2).await;
    second.stop().await.expect("it stops in order");
}

/// The program of the world stops in order, and the other one takes over before it is back.
async fn the_other_sends(world: &mut World, other: &Deskbell) {
    world.stops().await;
    world.until("the other sends", async || *other.desk.duty().borrow()).await;
    world.restarts_with(vec![]).await;
}

async fn too_fast(world: &mut World) {
    let provider = Provider::acts([Act::Refuse(130_429)]).await;
    world.restarts_with(at_rate(&provider, 20)).await;
    let second = world.another(Role::Worker).await;
    files_many(world, 1).await;
    world.settle().await;
    assert_eq!(provider.heard().len(), 1);
    the_other_sends(world, &second).await;
    files_many(world, 45).await;
    world.settle().await;
    let times = provider.times();
    assert_eq!(times.len(), 46);
    // At ten a second and one more each second it takes 3.8 s; at twenty, 2.2.
    let took = times[45] - times[1];
    assert!(took >= Duration::from_millis(2_900), "{took:?}");
    second.stop().await.expect("it stops in order");
}

async fn long_pause(world: &mut World, others: &Others) {
    world.faults(json!([{ "number": "*", "kind": "TOKEN_EXPIRED" }])).await;
    files_many(world, 3).await;
    world.client().files_with("Fire", json!({ "priority": "CRITICAL" })).await;
    world.until("all wait", async || held(world, "CHANNEL").await == 4).await;
    others.lose_the_sender(world).await;
    world.passes(TimeDelta::hours(25));
    let skipped = async || world.log("status=SKIPPED").await;
    world.until("they are too old", async || skipped().await.len() == 4).await;
    assert!(skipped().await.iter().all(|row| row["skip_reason"] == "expired"));
    files_many(world, 1).await;
    world.no_faults().await;
    world.until("the other looks", async || sender(world).await == 1).await;
    world.passes(TimeDelta::minutes(2));
    world.until("only what is new goes", async || world.log("status=SENT").await.len() == 1).await;
    world.settle().await;
    assert_eq!(world.ledger().await.len(), 1);
}
