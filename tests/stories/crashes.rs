//! Sends that a crash cut off between the claim and the answer.
use chrono::TimeDelta;
use deskbell::domain::notification::NotificationId;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Status, World, callback_data, id, instant, stories};

stories![
    a_send_cut_off_by_a_crash_stands_as_unconfirmed_within_ninety_seconds,
    a_report_about_a_send_that_was_cut_off_settles_it,
    of_many_who_claim_a_notification_one_gets_it,
];

/// A queued notification that was claimed by somebody who died before the send.
async fn claimed_and_forsaken(world: &World, ticket: &Value) -> Value {
    let admin = world.admin();
    // The program itself tries too; with the fault its attempts end queued again.
    for _ in 0..20 {
        world.settle().await;
        let row = world.notification(&admin, ticket).await;
        assert_eq!(row["status"], "QUEUED", "{row}");
        world.passes(instant(&row["next_attempt_at"]) - world.now());
        let claimed = world.desk().store().claim(&[NotificationId(id(&row))]).await;
        if claimed.expect("the database").begun.len() == 1 {
            return world.notification(&admin, ticket).await;
        }
    }
    panic!("the program was faster twenty times");
}

async fn queued(world: &World) -> Value {
    world.fault(&world.admin(), "RATE_LIMITED").await;
    world.client().files("Cut off").await
}

async fn a_send_cut_off_by_a_crash_stands_as_unconfirmed_within_ninety_seconds(world: &mut World) {
    let ticket = queued(world).await;
    let row = claimed_and_forsaken(world, &ticket).await;
    assert_eq!(row["status"], "SENDING");
    let full = world.in_full(&row).await;
    let log = full["attempt_log"].as_array().expect("a list of attempts");
    assert_eq!(log.last().expect("an attempt")["outcome"], "STARTED", "{full}");
    world.passes(TimeDelta::seconds(20));
    world.sweep().await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!(row["status"], "SENDING", "the answer may still come");

    world.no_faults().await;
    world.later(TimeDelta::seconds(70)).await;
    let row = world.notification(&world.admin(), &ticket).await;
    assert_eq!(row["status"], "UNCONFIRMED", "{row}");
    assert_eq!((&row["next_attempt_at"], &row["receipt"]), (&json!(null), &json!(null)));
    assert!(row["hint"].is_string(), "{row}");
    world.later(TimeDelta::minutes(30)).await;
    assert_eq!(world.notification(&world.admin(), &ticket).await["status"], "UNCONFIRMED");
    assert!(world.ledger().await.is_empty(), "nothing is sent blindly");
}

async fn a_report_about_a_send_that_was_cut_off_settles_it(world: &mut World) {
    let admin = world.admin();
    let ticket = queued(world).await;
    let row = claimed_and_forsaken(world, &ticket).await;
    world.later(TimeDelta::seconds(90)).await;
    assert_eq!(world.notification(&admin, &ticket).await["status"], "UNCONFIRMED");
    let attempt = row["attempts"].as_u64().and_then(|it| it.try_into().ok()).expect("a number");
    let data = callback_data(&row, attempt);
    world.reports(Status::new("wamid.late", "sent", world).of_attempt(&data)).await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!(null)), "{row}");
    assert_eq!(row["provider_message_id"], "wamid.late");
    assert!(row["sent_at"].is_string(), "{row}");
    // From here on its id is enough.
    world.reports(Status::new("wamid.late", "delivered", world)).await;
    assert_eq!(world.notification(&admin, &ticket).await["receipt"], "DELIVERED");
}

async fn of_many_who_claim_a_notification_one_gets_it(world: &mut World) {
    let ticket = queued(world).await;
    let store = world.desk().store().clone();
    world.settle().await;
    let row = world.notification(&world.admin(), &ticket).await;
    world.passes(instant(&row["next_attempt_at"]) - world.now());
    let ids = [NotificationId(id(&row))];
    let claims = join_all((0..20).map(|_| store.claim(&ids))).await;
    let won = claims.into_iter().map(|it| it.expect("the database").begun.len()).sum::<usize>();
    assert!(won <= 1, "{won} claims of one notification");
    world.later(TimeDelta::seconds(90)).await;
    // Ours, or the program's own, which the fault sent back into the queue.
    let row = world.notification(&world.admin(), &ticket).await;
    let expected = if won == 1 { "UNCONFIRMED" } else { "QUEUED" };
    assert_eq!(row["status"], expected, "{row}");
}
