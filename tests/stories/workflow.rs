//! A ticket's whole life: each step with its audience, and what the history keeps.
use deskbell::domain::user::Role;
use serde_json::{Value, json};

use super::world::{Person, World, id, stories};

stories![
    a_ticket_lives_its_whole_life_and_everybody_hears_their_part,
    a_ticket_that_passes_to_another_developer_tells_both,
    a_rejected_ticket_tells_its_client_why_and_can_come_back,
    a_withdrawn_ticket_is_closed_and_tells_nobody_who_was_not_concerned,
    a_missing_resolution_drops_its_line,
];

/// What is new on each of these phones since the last look.
struct News {
    people: Vec<Person>,
    seen: Vec<usize>,
}

impl News {
    fn on(people: Vec<Person>) -> Self {
        Self { seen: vec![0; people.len()], people }
    }

    async fn is(&mut self, world: &World, expected: &[(&str, &str)]) {
        world.settle().await;
        let mut news = vec![];
        for (person, seen) in self.people.iter().zip(&mut self.seen) {
            let headlines = world.phone(person).headlines().await;
            let new = headlines[*seen..].iter().map(|it| (person.username.clone(), it.clone()));
            news.extend(new);
            *seen = headlines.len();
        }
        let news: Vec<_> = news.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
        assert_eq!(news, expected);
    }
}

async fn a_ticket_lives_its_whole_life_and_everybody_hears_their_part(world: &mut World) {
    let second = world.person("second", Role::Admin, "+15550100012").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let people = vec![admin.clone(), second, dev.clone(), client.clone()];
    let mut news = News::on(people);

    let ticket = client.files("Login page not working").await;
    assert_eq!((&ticket["status"], &ticket["version"]), (&json!("NEW"), &json!(1)));
    assert_eq!(ticket["allowed_transitions"], json!(["close"]));
    news.is(world, &[("admin", "New Ticket Created"), ("second", "New Ticket Created")]).await;

    let opened = admin.does("open", &ticket, json!({})).await;
    assert_eq!((&opened["status"], &opened["version"]), (&json!("OPENED"), &json!(2)));
    news.is(world, &[("client", "Your Ticket Has Been Opened")]).await;

    let assigned = admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    assert_eq!(assigned["developer"], json!({ "id": dev.id, "full_name": "Dan Developer" }));
    let heard = [("dev", "Ticket Assigned To You"), ("client", "A Developer Has Been Assigned")];
    news.is(world, &heard).await;

    let started = dev.does("start", &ticket, json!({})).await;
    assert_eq!(started["status"], "IN_PROGRESS");
    assert_eq!(started["allowed_transitions"], json!(["finish"]));
    news.is(world, &[("client", "Work Has Started")]).await;

    let finished = dev.does("finish", &ticket, json!({ "resolution": "Turned it on" })).await;
    assert_eq!(finished["resolution"], "Turned it on");
    let heard =
        [("admin", "Work Finished"), ("second", "Work Finished"), ("client", "Work Is Finished")];
    news.is(world, &heard).await;

    let closed = client.does("close", &ticket, json!({})).await;
    assert_eq!(closed["allowed_transitions"], json!(["reopen"]));
    for reached in ["opened_at", "assigned_at", "started_at", "finished_at", "closed_at"] {
        assert!(closed[reached].is_string(), "{reached}: {closed}");
    }
    news.is(world, &[("dev", "Ticket Closed")]).await;

    let reopened = client.does("reopen", &ticket, json!({ "reason": "Off again" })).await;
    for cleared in [
        "developer",
        "resolution",
        "rejection_reason",
        "assigned_at",
        "started_at",
        "finished_at",
        "closed_at",
    ] {
        assert_eq!(reopened[cleared], json!(null), "{cleared}");
    }
    assert_eq!((&reopened["status"], &reopened["version"]), (&json!("OPENED"), &json!(7)));
    let heard =
        [("admin", "Ticket Reopened"), ("second", "Ticket Reopened"), ("dev", "Ticket Reopened")];
    news.is(world, &heard).await;
    the_history_keeps_everything(world, &ticket).await;
}

async fn the_history_keeps_everything(world: &World, ticket: &Value) {
    let page = world.client().sees(&format!("/api/tickets/{}/events", id(ticket))).await;
    let mut entries = page["items"].as_array().expect("a list of events").clone();
    entries.reverse();
    let told: Vec<Value> = entries
        .iter()
        .map(|it| {
            json!([
                it["event"],
                it["actor"]["full_name"],
                it["from_status"],
                it["to_status"],
                it["note"]
            ])
        })
        .collect();
    let expected = json!([
        ["TICKET_CREATED", "John Doe", null, "NEW", null],
        ["TICKET_OPENED", "Ada Admin", "NEW", "OPENED", null],
        ["TICKET_ASSIGNED", "Ada Admin", "OPENED", "ASSIGNED", null],
        ["WORK_STARTED", "Dan Developer", "ASSIGNED", "IN_PROGRESS", null],
        ["WORK_FINISHED", "Dan Developer", "IN_PROGRESS", "FINISHED", "Turned it on"],
        ["TICKET_CLOSED", "John Doe", "FINISHED", "CLOSED", null],
        ["TICKET_REOPENED", "John Doe", "CLOSED", "OPENED", "Off again"],
    ]);
    assert_eq!(json!(told), expected);
    assert_eq!(entries[2]["developer"]["id"], world.dev().id);
}

async fn a_ticket_that_passes_to_another_developer_tells_both(world: &mut World) {
    let other = world.person("other", Role::Developer, "+15550100022").await;
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    let ticket = client.files("Login page not working").await;
    admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
    dev.does("start", &ticket, json!({})).await;
    let again = admin.says("assign", &ticket, json!({ "developer_id": dev.id })).await;
    again.refused(409, "already_assigned");

    let mut news = News::on(vec![dev.clone(), other.clone(), client]);
    world.settle().await;
    news.is(
        world,
        &[
            ("dev", "Ticket Assigned To You"),
            ("client", "A Developer Has Been Assigned"),
            ("client", "Work Has Started"),
        ],
    )
    .await;
    let passed = admin.does("assign", &ticket, json!({ "developer_id": other.id })).await;
    assert_eq!((&passed["status"], &passed["started_at"]), (&json!("ASSIGNED"), &json!(null)));
    news.is(
        world,
        &[
            ("dev", "Ticket Passed On"),
            ("other", "Ticket Assigned To You"),
            ("client", "A Developer Has Been Assigned"),
        ],
    )
    .await;
    dev.get(&format!("/api/tickets/{}", id(&ticket))).await.refused(404, "not_found");
}

async fn a_rejected_ticket_tells_its_client_why_and_can_come_back(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let ticket = client.files("Give me a pony").await;
    let rejected = admin.does("reject", &ticket, json!({ "reason": "We have none" })).await;
    assert_eq!(rejected["rejection_reason"], "We have none");
    assert!(rejected["rejected_at"].is_string(), "{rejected}");
    world.settle().await;
    let texts = world.phone(&client).texts().await;
    assert!(texts[0].contains("\n*Status:* Rejected\n*Reason:* We have none\n"), "{}", texts[0]);

    let reopened = client.does("reopen", &ticket, json!({ "reason": "A small one" })).await;
    assert_eq!(reopened["rejection_reason"], json!(null));
    world.settle().await;
    let texts = world.phone(&admin).texts().await;
    let last = texts.last().expect("a message");
    assert!(last.contains("Ticket Reopened") && last.contains("*Reason:* A small one"), "{last}");
}

async fn a_withdrawn_ticket_is_closed_and_tells_nobody_who_was_not_concerned(world: &mut World) {
    let client = world.client();
    let ticket = client.files("Never mind").await;
    let closed = client.does("close", &ticket, json!({})).await;
    assert_eq!(closed["status"], "CLOSED");
    world.settle().await;
    assert_eq!(world.phone(&world.admin()).headlines().await, ["New Ticket Created"]);
    assert!(world.phone(&client).texts().await.is_empty());
    assert!(world.phone(&world.dev()).texts().await.is_empty());
}

async fn a_missing_resolution_drops_its_line(world: &mut World) {
    let (admin, dev, client) = (world.admin(), world.dev(), world.client());
    // In free text, that is; a template says `—`.
    world.writes(&client, "Good morning").await;
    world.settle().await;
    for body in [json!({}), json!({ "resolution": null }), json!({ "resolution": "  " })] {
        let ticket = client.files("Login page not working").await;
        admin.does("assign", &ticket, json!({ "developer_id": dev.id })).await;
        dev.does("start", &ticket, json!({})).await;
        let finished = dev.does("finish", &ticket, body).await;
        assert_eq!(finished["resolution"], json!(null));
    }
    world.settle().await;
    let texts = world.phone(&client).texts().await;
    let finished: Vec<_> = texts.iter().filter(|it| it.contains("Work Is Finished")).collect();
    assert_eq!(finished.len(), 3);
    for text in finished {
        assert!(!text.contains("Resolution"), "{text}");
        assert!(text.contains("*Status:* Finished\n\nPlease check"), "{text}");
    }
}
