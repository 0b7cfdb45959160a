//! What webhooks tell: every kind is read or kept, what is broken loses nothing else, and silence is
//! noticed.
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::world::{Provider, Status, World, batch, id, signed, stories};

stories![
    every_kind_of_update_is_taken_once_and_again,
    a_row_that_cannot_be_read_loses_no_other_report,
    reports_about_the_messages_of_others_are_given_up_after_a_day,
    reports_about_closed_and_deleted_tickets_are_merged,
    a_webhook_that_falls_silent_is_noticed_with_its_causes,
    what_messages_count_as_is_summed_up,
    a_restriction_keeps_us_from_sending_until_it_ends,
    bodies_that_nobody_would_send_bring_nothing_down,
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/fixtures/meta");

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(FOLDER).expect("the fixtures");
    let mut read: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let path = file.expect("a fixture").path();
            let body = std::fs::read(&path).expect("a fixture that can be read");
            (path.display().to_string(), body)
        })
        .collect();
    read.sort();
    read
}

async fn events(world: &World, state: &str) -> i64 {
    world.count(&format!("SELECT count(*) FROM webhook_events WHERE state = '{state}'")).await
}

async fn every_kind_of_update_is_taken_once_and_again(world: &mut World) {
    let provider = Provider::acts([]).await;
    world.restarts_with(provider.settings()).await;
    let all = fixtures();
    assert!(all.len() > 50, "{} fixtures", all.len());
    for (file, body) in all.iter().chain(all.iter().rev()) {
        let answer = world.webhook(body.clone()).await;
        assert_eq!(answer.status, 200, "{file}: {}", answer.text());
    }
    world.settle().await;
    let kept = world.count("SELECT count(*) FROM webhook_events").await;
    assert_eq!(usize::try_from(kept).expect("a count"), all.len(), "each once");
    let failed = world.admin().sees("/api/webhooks?state=FAILED").await;
    assert_eq!(failed["items"], json!([]), "every kind is known or let be");
    // Each kind of news about the account has a place of its own.
    assert!(world.count("SELECT count(*) FROM channel_facts").await >= 10);
    assert_eq!(world.desk().barred_by("meta").await.expect("the database"), None);
    // Nobody here is written to or of because of them.
    assert_eq!((provider.heard().len(), world.log("").await.len()), (0, 0));
    let tickets = world.admin().sees("/api/tickets").await;
    assert_eq!(tickets["items"], json!([]));
}

async fn a_row_that_cannot_be_read_loses_no_other_report(world: &mut World) {
    let mut told = vec![];
    for title in ["One", "Two", "Three"] {
        told.push(world.files_in_silence(title).await);
    }
    let broken = world.notification(&world.admin(), &told[1].0).await;
    let spoil = |word: &str| {
        format!("UPDATE notification_log SET lane = '{word}' WHERE id = {}", id(&broken))
    };
    world.changes_rows(&spoil("NONSENSE")).await;
    let statuses =
        told.iter().map(|(_, message)| Status::about(message, "delivered", world).value());
    world.webhook(batch(statuses)).await.taken();
    world.settle().await;
    let delivered = "SELECT count(*) FROM notification_log WHERE receipt = 'DELIVERED'";
    assert_eq!(world.count(delivered).await, 2);
    let admin = world.admin();
    let failed = admin.sees("/api/webhooks?state=FAILED").await;
    let [event] = failed["items"].as_array().expect("a list").as_slice() else {
        panic!("one event came to nothing in part: {failed}");
    };
    assert!(event["note"].as_str().is_some_and(|note| note.starts_with("1 reports")), "{event}");

    // Once the row is mended, reading it again brings the report back.
    world.changes_rows(&spoil("NORMAL")).await;
    let replay = format!("/api/webhooks/{}/replay", id(event));
    admin.post(&replay, &json!({})).await.ok(202);
    world.settle().await;
    assert_eq!(world.count(delivered).await, 3);
    assert_eq!(events(world, "FAILED").await, 0);
}

async fn reports_about_the_messages_of_others_are_given_up_after_a_day(world: &mut World) {
    let unplaced = async |world: &World| world.count("SELECT count(*) FROM unplaced_reports").await;
    for kind in ["sent", "delivered", "read", "delivered"] {
        world.reports(Status::new("wamid.of-a-campaign", kind, world)).await;
    }
    world.reports(Status::new("wamid.of-a-campaign", "failed", world).because(131_026)).await;
    assert_eq!((unplaced(world).await, events(world, "PROCESSED").await), (4, 4));
    let page = world.stranger().get("/metrics").await.text();
    assert!(page.contains("deskbell_webhook_reports_unplaced 4"), "{page}");
    for _ in 0..6 {
        world.later(TimeDelta::hours(3)).await;
        assert_eq!(unplaced(world).await, 4);
    }
    world.later(TimeDelta::hours(6)).await;
    assert_eq!(unplaced(world).await, 0);
}

async fn reports_about_closed_and_deleted_tickets_are_merged(world: &mut World) {
    let admin = world.admin();
    let (closed, of_closed) = world.files_in_silence("Closed").await;
    let (deleted, of_deleted) = world.files_in_silence("Deleted").await;
    let row = world.notification(&admin, &deleted).await;
    world.client().does("close", &closed, json!({})).await;
    admin.delete(&format!("/api/tickets/{}", id(&deleted))).await;
    world.settle().await;
    let statuses = [
        Status::about(&of_closed, "read", world).value(),
        Status::about(&of_deleted, "read", world).value(),
    ];
    world.webhook(batch(statuses)).await.taken();
    world.settle().await;
    let told = world.told(&admin, &closed).await;
    let first = told.iter().find(|row| row["event"] == "TICKET_CREATED").expect("it was told");
    assert_eq!((&first["status"], &first["receipt"]), (&json!("SENT"), &json!("READ")));
    let row = world.in_full(&row).await;
    assert_eq!((&row["status"], &row["receipt"]), (&json!("SENT"), &json!("READ")));
    assert_eq!((&row["to"], &row["body"]), (&json!(""), &json!("")), "nothing comes back");
}

async fn a_webhook_that_falls_silent_is_noticed_with_its_causes(world: &mut World) {
    world.fault(&world.admin(), "NO_STATUS").await;
    for title in ["One", "Two", "Three"] {
        world.client().files(title).await;
    }
    world.settle().await;
    let silent = async |world: &World| {
        world.later(TimeDelta::minutes(1)).await;
        world.desk().silent_webhooks().await.expect("the database")
    };
    assert_eq!(silent(world).await, []);
    world.later(TimeDelta::minutes(15)).await;
    let found = silent(world).await;
    let [finding] = found.as_slice() else { panic!("one webhook is silent: {found:?}") };
    assert_eq!((finding.provider, finding.silence.messages), ("meta", 3));
    assert!(finding.causes[0].contains("subscribed to `messages`"), "{finding:?}");
    let page = world.stranger().get("/metrics").await.text();
    assert!(page.contains("deskbell_webhook_silent{provider=\"meta\"} 1"), "{page}");
    for row in world.log("").await {
        assert_eq!(row["receipt_overdue"], true, "{row}");
        assert!(row["hint"].as_str().is_some_and(|hint| hint.contains("15 minutes")), "{row}");
    }

    // A signature that was refused meanwhile is the likeliest cause.
    let body = batch([]).into_bytes();
    let forged = signed(&body, b"another app's secret");
    world.webhook_under(Some(&forged), body).await.refused(401, "bad_signature");
    let found = silent(world).await;
    assert!(found[0].causes[0].contains("META_APP_SECRET"), "{found:?}");

    let message = world.ledger().await.pop().expect("a message");
    world.webhook(batch([Status::about(&message, "sent", world).value()])).await.taken();
    world.settle().await;
    assert_eq!(silent(world).await, []);
    let page = world.stranger().get("/metrics").await.text();
    assert!(page.contains("deskbell_webhook_silent{provider=\"meta\"} 0"), "{page}");
}

async fn what_messages_count_as_is_summed_up(world: &mut World) {
    let priced = |mut status: Value, category: &str, kind: &str| {
        status["pricing"] = json!({ "billable": kind == "regular", "pricing_model": "PMP",
            "type": kind, "category": category });
        status
    };
    let mut statuses = vec![];
    for (title, category, kind) in [
        ("One", "utility", "regular"),
        ("Two", "utility", "regular"),
        ("Three", "service", "free_customer_service"),
    ] {
        let (_, message) = world.files_in_silence(title).await;
        // Meta says it with `sent`, and once more with what follows.
        statuses.push(priced(Status::about(&message, "delivered", world).value(), category, kind));
        statuses.push(priced(Status::about(&message, "sent", world).value(), category, kind));
        statuses.push(Status::about(&message, "read", world).value());
    }
    world.webhook(batch(statuses)).await.taken();
    world.settle().await;
    let rates = "USD, utility=0.5, US.utility=0.25, service=1";
    world.restarts_with(vec![("WHATSAPP_RATES", rates.to_owned())]).await;
    world.examined().await;
    let counts = |category: &str, kind: &str, count: i64| json!({ "category": category, "type": kind, "billable": kind == "regular", "count": count });
    let expected = json!({
        "month": world.now().format("%Y-%m").to_string(),
        "messages": [
            counts("service", "free_customer_service", 1), counts("utility", "regular", 2),
        ],
        "free_replies_left": 999,
        "estimated_cost": { "amount": "0.50", "currency": "USD", "unpriced": [] },
    });
    let usage = async |world: &World| {
        world.admin().sees("/api/channels").await["items"][0]["usage"].clone()
    };
    assert_eq!(usage(world).await, expected, "American numbers have a rate of their own");

    // Each story adds rows; a worker folds them together, and nothing is lost or counted twice.
    let more = "INSERT INTO usage_counts (sender, month, country, category, kind, billable, count) \
        SELECT sender, month, country, category, kind, billable, 1 FROM usage_counts \
        WHERE category = 'utility'";
    for _ in 0..7 {
        world.changes_rows(more).await;
    }
    let rows = "SELECT count(*) FROM usage_counts";
    let before = (world.count(rows).await, usage(world).await);
    assert!(before.0 > 64, "{before:?}");
    world.examined().await;
    assert_eq!((world.count(rows).await, usage(world).await), (2, before.1));
    // What is older than the month is another month's.
    world.passes(TimeDelta::days(31));
    assert_eq!(usage(world).await["messages"], json!([]));
}

async fn a_restriction_keeps_us_from_sending_until_it_ends(world: &mut World) {
    let barred = async |world: &World| {
        let bar = world.desk().barred_by("meta").await.expect("the database");
        bar.map(|fact| fact.name)
    };
    let tells = async |world: &World, value: Value, at: i64| {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": at,
            "changes": [{ "field": "account_update", "value": value }] }] });
        world.webhook(body.to_string()).await.taken();
        world.settle().await;
    };
    assert_eq!(barred(world).await, None);
    let now = world.now().with_timezone(&Utc).timestamp();
    let restricted = json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [
        { "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": now + 3600 }] });
    tells(world, restricted, now).await;
    assert_eq!(barred(world).await.as_deref(), Some("account_update.ACCOUNT_RESTRICTION"));
    world.passes(TimeDelta::hours(2));
    assert_eq!(barred(world).await, None, "it ended by itself");

    let ban = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } });
    tells(world, ban("DISABLE"), now + 10).await;
    assert_eq!(barred(world).await.as_deref(), Some("account_update.DISABLED_UPDATE"));
    tells(world, ban("REINSTATE"), now + 20).await;
    assert_eq!(barred(world).await, None);
    // What is older and comes later changes nothing.
    tells(world, ban("DISABLE"), now + 15).await;
    assert_eq!(barred(world).await, None);
}

async fn bodies_that_nobody_would_send_bring_nothing_down(world: &mut World) {
    let (ticket, message) = world.files_in_silence("Stays as it is").await;
    let before = world.notification(&world.admin(), &ticket).await;
    let mut bodies: Vec<Vec<u8>> = fixtures().into_iter().map(|(_, body)| body).collect();
    bodies.push(batch([Status::about(&message, "sent", world).value()]).into_bytes());
    // Chance that is the same each time, so that what it finds can be found again.
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |most: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % most as u64).expect("a small number")
    };
    let odd: [&[u8]; 8] = [
        b"null",
        b"[]",
        b"{}",
        b"-1",
        b"1e400",
        b"\"\\u0000\"",
        b"\xff\xfe",
        b"99999999999999999999",
    ];
    for round in 0..120 {
        let mut body = bodies[below(bodies.len())].clone();
        for _ in 0..=below(3) {
            let (at, length) = (below(body.len()), below(12));
            let end = (at + length).min(body.len());
            match below(3) {
                0 => drop(body.drain(at..end)),
                1 => drop(body.splice(at..end, odd[below(odd.len())].iter().copied())),
                _ => body.truncate(at.max(1)),
            }
            if body.is_empty() {
                body.push(b' ');
            }
        }
        let answer = world.webhook(body.clone()).await;
        let body = String::from_utf8_lossy(&body);
        assert_eq!(answer.status, 200, "{round}: {body}: {}", answer.text());
    }
    world.settle().await;
    assert_eq!(events(world, "RECEIVED").await, 0);
    let after = world.notification(&world.admin(), &ticket).await;
    assert_eq!((&after["id"], &after["body"]), (&before["id"], &before["body"]));
    world.stranger().get("/healthz").await.ok(200);
}
