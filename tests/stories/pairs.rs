//! How many messages one person gets in a while: what is too much waits for them alone, and goes as one
//! message that lists it.
use chrono::TimeDelta;
use deskbell::domain::notification::{Lane, NotificationId};
use serde_json::{Value, json};

use super::pauses::{files, queued};
use super::world::{Act, Provider, Status, World, callback_data, id, instant, stories};

stories![
    one_person_gets_forty_five_at_once_and_then_one_in_six_seconds,
    what_one_person_was_sent_is_known_after_a_restart,
    a_person_who_was_sent_too_much_waits_alone,
    what_waits_for_one_person_goes_as_one_message_that_lists_it,
    a_task_that_comes_late_takes_no_list_apart,
    a_list_that_nobody_takes_is_one_failure,
    outside_the_window_the_list_goes_as_a_template,
    a_list_whose_answer_was_lost_is_settled_by_one_report,
];

async fn one_person_gets_forty_five_at_once_and_then_one_in_six_seconds(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    let titles: Vec<String> = (0..48).map(|number| format!("No. {number}")).collect();
    for some in titles.chunks(16) {
        futures::future::join_all(some.iter().map(|title| client.files(title))).await;
        world.settle().await;
    }
    assert_eq!(provider.heard().len(), 45);
    let waiting = queued(world).await;
    assert_eq!(waiting.len(), 3);
    assert!(waiting.iter().all(|row| row["attempts"] == 0 && row["hint"].is_string()));
    let soon = world.now() + TimeDelta::seconds(6);
    assert!(waiting.iter().all(|row| instant(&row["next_attempt_at"]) == soon), "{waiting:?}");
    // Somebody else hears at once, and what is urgent goes before what waits.
    let ticket = client.files_with("Urgent", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    assert_eq!(provider.heard().len(), 46, "the client's");
    world.later(TimeDelta::seconds(6)).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "SENT");
    assert_eq!(provider.heard().len(), 47);
    for more in 1..=3 {
        world.later(TimeDelta::seconds(6)).await;
        assert_eq!(provider.heard().len(), 47 + more);
    }
    assert!(queued(world).await.is_empty());
}

async fn what_one_person_was_sent_is_known_after_a_restart(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    let titles: Vec<String> = (0..45).map(|number| format!("No. {number}")).collect();
    let client = world.client();
    futures::future::join_all(titles.iter().map(|title| client.files(title))).await;
    world.settle().await;
    files(world, &["Waits"]).await;
    assert_eq!(provider.heard().len(), 45);
    world.restarts_with(vec![]).await;
    files(world, &["Waits, too"]).await;
    assert_eq!(provider.heard().len(), 45);
    world.later(TimeDelta::seconds(12)).await;
    assert_eq!(provider.heard().len(), 47);
}

async fn a_person_who_was_sent_too_much_waits_alone(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let provider = Provider::acts([Act::Refuse(131_056), Act::Refuse(131_056)]).await;
    world.restarts_with(provider.settings()).await;
    let ticket = client.files("First").await;
    world.settle().await;
    files(world, &["Second"]).await;
    assert_eq!(provider.heard().len(), 1, "the second waits for its person");
    world.later(TimeDelta::seconds(2)).await;
    assert!(provider.heard().len() >= 2);
    admin.does("open", &ticket, json!({})).await;
    world.settle().await;
    let row = world.notification(&client, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(1)), "{row}");
    for _ in 0..3 {
        world.later(TimeDelta::seconds(30)).await;
    }
    assert!(queued(world).await.is_empty());
    assert_eq!(world.log("status=SENT").await.len(), 3);
}

/// Forty-five have gone to the admin, and these wait.
async fn waiting(world: &mut World, provider: &Provider, many: usize) -> Vec<Value> {
    world.restarts_with(provider.settings()).await;
    // Outside their window each message is a template of its own.
    let heard = format!("UPDATE users SET whatsapp_heard_at = '{}'", world.now().to_rfc3339());
    world.changes_rows(&heard).await;
    let titles: Vec<String> = (1..=45 + many).map(|number| format!("No. {number}.")).collect();
    for title in &titles {
        world.client().files(title).await;
    }
    world.settle().await;
    assert_eq!(provider.heard().len(), 45);
    let waiting = queued(world).await;
    assert_eq!(waiting.len(), many);
    waiting
}

async fn what_waits_for_one_person_goes_as_one_message_that_lists_it(world: &mut World) {
    let provider = Provider::acts([]).await;
    let rows = waiting(world, &provider, 7).await;
    let critical = world.client().files_with("Now", json!({ "priority": "CRITICAL" })).await;
    world.settle().await;
    world.later(TimeDelta::seconds(6)).await;
    assert_eq!(world.notification(&world.admin(), &critical).await["status"], "SENT");
    assert_eq!((provider.heard().len(), queued(world).await.len()), (46, 7));

    world.later(TimeDelta::seconds(6)).await;
    let left = queued(world).await;
    assert!(left.is_empty(), "{left:#?}");
    let heard = provider.heard();
    assert_eq!(heard.len(), 47);
    let body = heard[46]["text"]["body"].as_str().expect("a text");
    assert!((46..=52).all(|number| body.contains(&format!("New ticket: No. {number}."))), "{body}");
    let mut ids = vec![];
    for row in &rows {
        let row = world.in_full(row).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(1)), "{row}");
        assert_eq!(row["attempt_log"][0]["outcome"], "ACCEPTED", "{row}");
        ids.push(row["provider_message_id"].clone());
    }
    ids.dedup();
    let [message] = &ids[..] else { panic!("they share one message: {ids:?}") };
    let message = message.as_str().expect("an id");
    world.reports(Status::new(message, "delivered", world)).await;
    assert_eq!(world.log("receipt=DELIVERED").await.len(), 7);
}

async fn a_task_that_comes_late_takes_no_list_apart(world: &mut World) {
    let provider = Provider::acts([]).await;
    let rows = waiting(world, &provider, 7).await;
    let ids: Vec<_> = rows.iter().map(|row| NotificationId(id(row))).collect();
    // Their time has come: the tasks of each alone, which were fetched once more, and the list meet.
    world.passes(TimeDelta::seconds(6));
    for _ in 0..20 {
        world.desk().deliver(ids.clone(), Lane::Normal).await;
    }
    world.later(TimeDelta::zero()).await;
    let left = queued(world).await;
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(provider.heard().len(), 46, "one message for all");
}

async fn a_list_that_nobody_takes_is_one_failure(world: &mut World) {
    let taken = (1..=45).map(|number| Act::Take(format!("wamid.{number}")));
    let nobody = (0..3).map(|_| Act::Refuse(131_026));
    let provider = Provider::acts(taken.chain(nobody)).await;
    waiting(world, &provider, 7).await;
    let undeliverable = "SELECT count(*) FROM users WHERE undeliverable_at IS NOT NULL";
    world.later(TimeDelta::seconds(6)).await;
    assert_eq!(world.log("status=FAILED").await.len(), 7);
    assert_eq!(world.count(undeliverable).await, 0, "one message of seven that failed");
    for (title, found) in [("Second", 0), ("Third", 1)] {
        world.later(TimeDelta::minutes(1)).await;
        files(world, &[title]).await;
        world.settle().await;
        assert_eq!(world.count(undeliverable).await, found, "{title}");
    }
    assert_eq!(provider.heard().len(), 48);
}

async fn outside_the_window_the_list_goes_as_a_template(world: &mut World) {
    let admin = world.admin();
    admin.patch("/api/auth/me", &json!({ "locale": "es" })).await.ok(200);
    world.pushes_templates().await;
    for number in 1..=52 {
        world.client().files(&format!("No. {number}.")).await;
    }
    world.settle().await;
    let rows = queued(world).await;
    assert_eq!((world.ledger_of(&admin).await.len(), rows.len()), (45, 7));
    world.later(TimeDelta::seconds(6)).await;
    world
        .until("they went", async || {
            world.later(TimeDelta::seconds(1)).await;
            queued(world).await.is_empty()
        })
        .await;
    world.settle().await;
    let messages = world.phone(&admin).messages().await;
    assert_eq!(messages.len(), 46);
    let newest = messages.last().expect("a message");
    assert_eq!(newest["type"], "template");
    let body = newest["body"].as_str().expect("words");
    assert!(body.starts_with("🗂️ *Tiene 7 novedades*"), "{body}");
    assert!(
        (46..=52).all(|number| body.contains(&format!("Ticket nuevo: No. {number}."))),
        "{body}"
    );
    for row in &rows {
        let row = world.in_full(row).await;
        let told = (&row["status"], &row["template"], &row["provider_message_id"]);
        assert_eq!(told, (&json!("SENT"), &json!("deskbell_digest"), &newest["id"]), "{row}");
        assert_eq!(row["receipt"], "DELIVERED", "{row}");
    }
}

async fn a_list_whose_answer_was_lost_is_settled_by_one_report(world: &mut World) {
    let mut acts: Vec<Act> = (0..45).map(|at| Act::Take(format!("wamid.{at}"))).collect();
    acts.push(Act::Reset);
    let provider = Provider::acts(acts).await;
    let mut rows = waiting(world, &provider, 6).await;
    world.later(TimeDelta::seconds(6)).await;
    assert_eq!(world.log("status=UNCONFIRMED").await.len(), 6);
    assert_eq!(provider.heard().len(), 46);
    rows.sort_by_key(super::world::id);
    let data = callback_data(&rows[0], 1);
    assert_eq!(provider.heard()[45]["biz_opaque_callback_data"], json!(data));
    world.reports(Status::new("wamid.late", "delivered", world).of_attempt(&data)).await;
    let told = world.log("receipt=DELIVERED").await;
    assert_eq!(told.len(), 6);
    assert!(told.iter().all(|row| row["provider_message_id"] == "wamid.late"), "{told:?}");
}
