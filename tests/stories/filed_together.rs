//! What many file at the same time is written as one; none of them is to notice.
use std::collections::HashSet;

use futures::future::join_all;
use serde_json::json;

use super::world::{World, draft, id, stories};

stories![
    of_many_who_file_at_once_one_who_is_refused_takes_no_other_with_them,
    whoever_else_files_into_the_same_database_is_no_harm,
];

const SEVERAL: usize = 24;

/// From now on the database itself takes no ticket of this title.
async fn refuses(world: &World, title: &str) {
    let rule = if world.is_postgres() {
        format!("ALTER TABLE tickets ADD CONSTRAINT refused CHECK (title <> '{title}')")
    } else {
        format!(
            "CREATE TRIGGER refused BEFORE INSERT ON tickets WHEN new.title = '{title}' \
             BEGIN SELECT raise(ABORT, 'refused'); END"
        )
    };
    world.changes_rows(&rule).await;
}

async fn of_many_who_file_at_once_one_who_is_refused_takes_no_other_with_them(world: &mut World) {
    refuses(world, "Refused").await;
    let client = world.client();
    let asked = (0..SEVERAL).map(|at| {
        let title = if at % 8 == 3 { "Refused".to_owned() } else { format!("Taken {at}") };
        let (client, body) = (client.clone(), draft(&title, json!({})));
        async move { (title, client.post("/api/tickets", &body).await) }
    });
    let answers = join_all(asked).await;
    let mut filed = HashSet::new();
    for (title, answer) in answers {
        if title == "Refused" {
            answer.refused(500, "internal");
        } else {
            assert!(filed.insert(id(&answer.ok(201))), "{title} has an id of its own");
        }
    }
    world.settle().await;
    let page = client.sees("/api/tickets?limit=200").await;
    let listed = page["items"].as_array().expect("a list").iter().map(id).collect::<HashSet<_>>();
    assert_eq!(listed, filed);
    assert_eq!(world.log("").await.len(), filed.len(), "the admin hears of each once");
    assert_eq!(world.ledger().await.len(), filed.len());
    for ticket in &listed {
        let history = client.sees(&format!("/api/tickets/{ticket}/events")).await;
        assert_eq!(history["items"].as_array().map(Vec::len), Some(1), "{ticket}");
    }
    // Whoever writes next finds everything as it should be.
    client.files("Next").await;
}

async fn whoever_else_files_into_the_same_database_is_no_harm(world: &mut World) {
    let client = world.client();
    let first = client.files("First").await;
    world.settle().await;
    // As another program would, whose own tables tell it which id is the next.
    for (table, columns) in [
        (
            "tickets",
            "title, description, priority, category, project_name, status, client_id, version, \
             created_at, updated_at",
        ),
        (
            "notification_log",
            "event, channel, lane, recipient_id, recipient_address, body, provider, status, \
             attempts, forgiven, resends, expires_at, created_at",
        ),
    ] {
        let again = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}");
        assert_eq!(world.changes_rows(&again).await, 1, "{table}");
    }
    // Somebody who is told to ask again in a moment does so.
    let second = client.files("Second").await;
    let third = client.files("Third").await;
    let ids = [&first, &second, &third].map(id);
    assert!(ids[0] + 1 < ids[1] && ids[1] < ids[2], "{ids:?}");
    world.settle().await;
    assert_eq!(world.ledger().await.len(), 3);
    let page = client.sees("/api/tickets").await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(4));
}
