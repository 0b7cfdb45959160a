//! What we rely on in apalis: a task is a row of our own transaction, comes no earlier than it
//! should, and may be lost.
use chrono::TimeDelta;
use deskbell::domain::notification::NotificationId;
use deskbell::store::jobs::Job;
use serde_json::{Value, json};

use super::world::{Act, Provider, World, stories};

stories![
    a_task_of_a_story_that_was_not_told_is_gone,
    a_task_that_is_due_later_does_not_run_early,
    a_message_whose_task_was_lost_is_found_by_the_sweep,
    a_webhook_whose_task_was_lost_is_found_by_the_sweep,
    a_task_whose_worker_died_is_not_needed,
    a_message_that_cannot_be_read_takes_no_other_with_it,
];

fn table(world: &World) -> &'static str {
    if world.is_postgres() { "apalis.jobs" } else { "Jobs" }
}

async fn pending(world: &World) -> i64 {
    world.count(&format!("SELECT count(*) FROM {} WHERE status = 'Pending'", table(world))).await
}

/// Tasks whose message was handed over directly are fetched a moment later.
async fn nothing_due_is_pending(world: &World) {
    let now = if world.is_postgres() { "now()" } else { "strftime('%s', 'now')" };
    let due = format!(
        "SELECT count(*) FROM {} WHERE status = 'Pending' AND run_at <= {now}",
        table(world)
    );
    world.until("what is due is fetched", async || world.count(&due).await == 0).await;
}

async fn a_task_of_a_story_that_was_not_told_is_gone(world: &mut World) {
    let store = world.desk().store().clone();
    let tomorrow = world.now() + TimeDelta::days(1);
    let mut tx = store.begin().await.expect("the database");
    tx.enqueue_at(vec![(Job::Deliver(vec![1]), tomorrow)]);
    tx.rollback().await.expect("the database");
    assert_eq!(pending(world).await, 0);
    let mut tx = store.begin().await.expect("the database");
    tx.enqueue_at(vec![(Job::Deliver(vec![1]), tomorrow)]);
    drop(tx);
    assert_eq!(pending(world).await, 0);
    let mut tx = store.begin().await.expect("the database");
    tx.enqueue_at(vec![(Job::Deliver(vec![1]), tomorrow)]);
    tx.commit().await.expect("the database");
    assert_eq!(pending(world).await, 1);
}

async fn a_task_that_is_due_later_does_not_run_early(world: &mut World) {
    let store = world.desk().store().clone();
    let mut tx = store.begin().await.expect("the database");
    let later = tx.now + TimeDelta::hours(1);
    tx.enqueue_at(vec![(Job::Deliver(vec![]), later)]);
    tx.commit().await.expect("the database");
    // The worker has looked at the queue when it has done what came after.
    for number in 0..3 {
        world.client().files(&format!("No. {number}")).await;
        world.settle().await;
        nothing_due_is_pending(world).await;
    }
    assert_eq!(pending(world).await, 1);
}

async fn a_message_whose_task_was_lost_is_found_by_the_sweep(world: &mut World) {
    let (provider, ticket) = waiting(world).await;
    let lost = format!("DELETE FROM {} WHERE status = 'Pending'", table(world));
    assert_eq!(world.changes_rows(&lost).await, 1, "the task of the second attempt");
    is_sent_at_the_second_attempt(world, &provider, &ticket).await;
}

/// A provider that wants to be left alone for ten minutes, and a ticket whose message waits.
async fn waiting(world: &mut World) -> (Provider, Value) {
    let provider = Provider::acts([Act::AskForTime(600)]).await;
    world.restarts_with(provider.settings()).await;
    let ticket = world.client().files("Waits").await;
    world.settle().await;
    nothing_due_is_pending(world).await;
    (provider, ticket)
}

async fn is_sent_at_the_second_attempt(world: &World, provider: &Provider, ticket: &Value) {
    let row = world.notification(&world.admin(), ticket).await;
    world.until_tried_again(&row).await;
    let row = world.notification(&world.admin(), ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(2)), "{row}");
    assert_eq!(provider.heard().len(), 2);
}

async fn a_webhook_whose_task_was_lost_is_found_by_the_sweep(world: &mut World) {
    world.client().files("Reported").await;
    world.settle().await;
    let undone = "UPDATE webhook_events SET state = 'RECEIVED', next_try_at = received_at, \
                  processed_at = NULL";
    assert!(world.changes_rows(undone).await >= 1);
    world.passes(TimeDelta::seconds(11));
    world.sweep().await;
    let open = "SELECT count(*) FROM webhook_events WHERE state <> 'PROCESSED'";
    world.until("the webhook is read again", async || world.count(open).await == 0).await;
    world.settle().await;
    let rows = world.log("status=SENT&receipt=DELIVERED").await;
    assert_eq!(rows.len(), 1, "reading it again is harmless");
}

async fn a_task_whose_worker_died_is_not_needed(world: &mut World) {
    let (provider, ticket) = waiting(world).await;
    // Some worker took the task and died with it.
    let taken = format!("UPDATE {} SET status = 'Running' WHERE status = 'Pending'", table(world));
    assert_eq!(world.changes_rows(&taken).await, 1);
    is_sent_at_the_second_attempt(world, &provider, &ticket).await;
}

async fn a_message_that_cannot_be_read_takes_no_other_with_it(world: &mut World) {
    let (_provider, ticket) = waiting(world).await;
    world.client().files("Waits, too").await;
    world.settle().await;
    // They are due, and no task rings for them.
    let due = "UPDATE notification_log SET status = 'QUEUED', held_by = NULL, \
               next_attempt_at = created_at, parameters = '{}'";
    assert_eq!(world.changes_rows(due).await, 2);
    let odd = format!(
        "UPDATE notification_log SET parameters = 'odd' WHERE ticket_id = {}",
        super::world::id(&ticket)
    );
    assert_eq!(world.changes_rows(&odd).await, 1);
    let claims = world.desk().store().claim(&[1, 2].map(NotificationId)).await;
    assert_eq!(claims.expect("the database").begun.len(), 1, "the other one is to leave");
}
