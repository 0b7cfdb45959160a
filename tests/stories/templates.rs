//! In which form a message goes: free text for whoever wrote within a day, else the template that
//! says the same.
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::world::{Person, World, stories};

stories![
    a_template_goes_until_the_person_writes_and_again_after_a_day,
    a_window_stays_with_the_number_that_opened_it,
    a_shut_window_that_only_meta_knows_of_is_answered_once_by_the_template,
    what_a_template_cannot_hold_is_made_to_fit,
    a_person_is_told_in_their_language_as_far_as_it_is_approved,
    a_code_goes_in_the_language_of_its_person_as_far_as_it_is_approved,
    after_a_code_that_was_refused_for_its_template_the_next_goes_in_english,
    what_is_about_no_ticket_has_its_template_too,
    a_template_that_is_refused_holds_its_own_messages_and_one_tries,
];

const CREATED: &str = "deskbell_ticket_created_admin";
const OPENED: &str = "deskbell_ticket_opened_client";

/// The form of the newest message to somebody: its type on the wire, and the template in the log.
async fn form(world: &World, person: &Person, ticket: &Value) -> (Value, Value) {
    let messages = world.phone(person).messages().await;
    let newest = messages.last().expect("a message");
    let told = world.told(person, ticket).await;
    assert_eq!(told[0]["provider_message_id"], newest["id"]);
    (newest["type"].clone(), told[0]["template"].clone())
}

async fn a_template_goes_until_the_person_writes_and_again_after_a_day(world: &mut World) {
    let admin = world.admin();
    let file = async |title: &str| {
        let ticket = world.client().files(title).await;
        world.settle().await;
        form(world, &admin, &ticket).await
    };
    let (text, template) = ((json!("text"), json!(null)), (json!("template"), json!(CREATED)));
    assert_eq!(file("Before").await, template);
    world.writes(&admin, "Good morning").await;
    assert_eq!(file("After").await, text);
    world.passes(TimeDelta::hours(23));
    assert_eq!(file("Within a day").await, text);
    world.passes(TimeDelta::hours(1));
    assert_eq!(file("A day later").await, template);
    let bodies = world.phone(&admin).texts().await;
    let without = |text: &str, title: &str| text.replace(title, "");
    assert_eq!(without(&bodies[0], "Before"), without(&bodies[1], "After"), "the same words");
}

async fn a_window_stays_with_the_number_that_opened_it(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.writes(&client, "Hello").await;
    let place = format!("/api/users/{}", client.id);
    let opened = async || {
        let ticket = client.files("Printer on fire").await;
        admin.does("open", &ticket, json!({})).await;
        world.settle().await;
        world.told(&client, &ticket).await[0]["template"].clone()
    };
    assert_eq!(opened().await, json!(null));
    admin.patch(&place, &json!({ "whatsapp_number": "+15550177001" })).await.ok(200);
    assert_eq!(opened().await, OPENED, "nobody wrote from there");
}

async fn a_shut_window_that_only_meta_knows_of_is_answered_once_by_the_template(world: &mut World) {
    let admin = world.admin();
    for (kind, attempts) in [("ERROR", ["REJECTED", "ACCEPTED"]), ("FAILED_LATER", ["ACCEPTED"; 2])]
    {
        world.passes(TimeDelta::minutes(1));
        world.writes(&admin, "Hello").await;
        world.passes(TimeDelta::seconds(2));
        let fault =
            json!([{ "number": admin.number(), "kind": kind, "code": 131_047, "times": 1 }]);
        world.faults(fault).await;
        let ticket = world.client().files(kind).await;
        world
            .until("the template went", async || {
                world.sweep().await;
                world.notification(&admin, &ticket).await["template"] == CREATED
            })
            .await;
        world.settle().await;
        let row = world.notification(&admin, &ticket).await;
        assert_eq!((&row["status"], &row["attempts"]), (&json!("SENT"), &json!(2)), "{row}");
        let log = world.in_full(&row).await["attempt_log"].clone();
        let outcomes: Vec<_> = log.as_array().expect("attempts").iter().collect();
        assert_eq!(outcomes.len(), 2);
        assert!(outcomes.iter().zip(attempts).all(|(it, expected)| it["outcome"] == expected));
    }
    // A template has no other form.
    let fault = json!([{ "number": admin.number(), "kind": "ERROR", "code": 131_047 }]);
    world.faults(fault).await;
    world.passes(TimeDelta::hours(25));
    let ticket = world.client().files("Never").await;
    world.settle().await;
    let row = world.notification(&admin, &ticket).await;
    assert_eq!((&row["status"], &row["attempts"]), (&json!("FAILED"), &json!(1)), "{row}");
}

async fn what_a_template_cannot_hold_is_made_to_fit(world: &mut World) {
    let admin = world.admin();
    let fields = json!({ "description": "two\n\nlines\tand  more 🔥 ".repeat(400) });
    world.client().files_with("Everything burns", fields).await;
    world.settle().await;
    let texts = world.phone(&admin).texts().await;
    assert!(texts[0].contains("*Title:* Everything burns\n"), "{}", texts[0]);
    assert!(texts[0].contains("two lines and more 🔥 two lines"), "{}", texts[0]);
    assert!(texts[0].contains("…\n\nPlease review and assign"), "{}", texts[0]);
    let length = texts[0].chars().count();
    assert!((900..=1024).contains(&length), "{length}");

    let ticket = world.client().files("Plain").await;
    admin.does("assign", &ticket, json!({ "developer_id": world.dev().id })).await;
    world.dev().does("start", &ticket, json!({})).await;
    world.dev().does("finish", &ticket, json!({})).await;
    world.settle().await;
    let texts = world.phone(&world.client()).texts().await;
    let finished = texts.last().expect("a message");
    assert!(finished.contains("*Status:* Finished\n*Resolution:* —\n\n"), "{finished}");
}

async fn a_person_is_told_in_their_language_as_far_as_it_is_approved(world: &mut World) {
    let client = world.client();
    client.patch("/api/auth/me", &json!({ "locale": "pt-BR" })).await.ok(200);
    world.pushes_templates().await;
    let open = async |title: &str| {
        let ticket = client.files(title).await;
        world.admin().does("open", &ticket, json!({})).await;
        world.settle().await;
        world.phone(&client).headlines().await.pop().expect("a message")
    };
    assert_eq!(open("Um").await, "Seu chamado foi aberto");
    let turn = json!({ "name": OPENED, "language": "pt_BR", "status": "PAUSED" });
    world.turns_templates(turn).await;
    world.desk().sync_templates().await.expect("the simulator answers");
    assert_eq!(open("Dois").await, "Your Ticket Has Been Opened");
    world.writes(&client, "Oi").await;
    assert_eq!(open("Três").await, "Seu chamado foi aberto", "free text needs nobody's leave");
    client.patch("/api/auth/me", &json!({ "locale": "de" })).await.ok(200);
    assert_eq!(open("Vier").await, "Your Ticket Has Been Opened", "no letter is in German");
}

async fn a_code_goes_in_the_language_of_its_person_as_far_as_it_is_approved(world: &mut World) {
    const CODE: &str = "deskbell_verification_code";
    let client = world.client();
    world.pushes_templates().await;
    let ask = json!({ "phone_number": client.number() });
    let pause = json!({ "name": CODE, "language": "pt_BR", "status": "PAUSED" });
    for (locale, turn, expected) in [
        ("pt-BR", None, "pt_BR"),
        ("ar", None, "ar"),
        ("pt-BR", Some(pause), "en"),
        ("de", None, "en"),
    ] {
        client.patch("/api/auth/me", &json!({ "locale": locale })).await.ok(200);
        if let Some(turn) = turn {
            world.turns_templates(turn).await;
        }
        world.desk().sync_templates().await.expect("the simulator answers");
        client.post("/api/user/request-phone-verify", &ask).await.ok(200);
        let message = world.phone(&client).messages().await.pop().expect("a message");
        let template = &message["raw"]["template"];
        assert_eq!(
            (&template["name"], &template["language"]["code"]),
            (&json!(CODE), &json!(expected))
        );
        // Three times for one code; then it is another one.
        world.passes(TimeDelta::minutes(11));
    }
}

async fn after_a_code_that_was_refused_for_its_template_the_next_goes_in_english(
    world: &mut World,
) {
    let client = world.client();
    client.patch("/api/auth/me", &json!({ "locale": "pt-BR" })).await.ok(200);
    world.pushes_templates().await;
    world.desk().sync_templates().await.expect("the simulator answers");
    let ask = json!({ "phone_number": client.number() });
    let languages = async |world: &World| {
        let messages = world.phone(&client).messages().await;
        let language = |it: &Value| it["raw"]["template"]["language"]["code"].clone();
        messages.iter().map(language).collect::<Vec<_>>()
    };
    // Meta's list calls it approved, and a send is refused all the same.
    let fault =
        json!([{ "number": client.number(), "kind": "ERROR", "code": 132_015, "times": 1 }]);
    world.faults(fault).await;
    client.post("/api/user/request-phone-verify", &ask).await.ok(202);
    assert!(languages(world).await.is_empty());
    world.later(TimeDelta::seconds(30)).await;
    assert_eq!(languages(world).await, ["en"]);
    // Somebody looks, and finds nothing wrong with it.
    world.desk().sync_templates().await.expect("the simulator answers");
    world.passes(TimeDelta::minutes(11));
    client.post("/api/user/request-phone-verify", &ask).await.ok(200);
    assert_eq!(languages(world).await, ["en", "pt_BR"]);
}

async fn what_is_about_no_ticket_has_its_template_too(world: &mut World) {
    let client = world.client();
    client.patch("/api/auth/me", &json!({ "locale": "pt-BR" })).await.ok(200);
    world.pushes_templates().await;
    let number = json!({ "whatsapp_number": "+447700900299" });
    client.patch("/api/auth/me", &number).await.ok(200);
    world.settle().await;
    let messages = world.phone(&client).messages().await;
    let [told] = &messages[..] else { panic!("one message to the old number: {messages:?}") };
    assert_eq!(told["type"], "template");
    let body = told["body"].as_str().expect("words");
    assert!(body.starts_with("⚠️ *Seu número foi alterado*"), "{body}");
    let row = world.log("event=NUMBER_CHANGED").await.remove(0);
    assert_eq!(row["template"], "deskbell_number_changed", "{row}");
}

async fn a_template_that_is_refused_holds_its_own_messages_and_one_tries(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    world.pushes_templates().await;
    // Meta's list calls it approved, and a send is refused all the same.
    let fault = json!([{ "number": client.number(), "kind": "ERROR", "code": 132_015 }]);
    world.faults(fault).await;
    let mut tickets = vec![];
    for title in ["One", "Two", "Three", "Four", "Five"] {
        let ticket = client.files(title).await;
        admin.does("open", &ticket, json!({})).await;
        world.settle().await;
        tickets.push(ticket);
    }
    assert_eq!(world.ledger_of(&admin).await.len(), 5, "nobody else waits");
    let waiting = world.log("event=TICKET_OPENED&status=QUEUED").await;
    assert_eq!(waiting.len(), 5, "{waiting:?}");
    assert!(waiting.iter().all(|row| row["hint"].is_string()), "{waiting:?}");
    let attempts = async |world: &World| {
        let rows = world.log("event=TICKET_OPENED").await;
        rows.iter().filter_map(|row| row["attempts"].as_i64()).sum::<i64>()
    };
    assert_eq!(attempts(world).await, 1, "the first shows it");
    world.later(TimeDelta::seconds(30)).await;
    assert_eq!(attempts(world).await, 1);
    world.passes(TimeDelta::seconds(31));
    world.until("one tries", async || attempts(world).await == 2).await;
    world.settle().await;

    // Whoever writes is answered freely; once the template goes, all go, the oldest first.
    world.no_faults().await;
    world.passes(TimeDelta::minutes(3));
    world
        .until("all went", async || {
            world.later(TimeDelta::seconds(1)).await;
            world.log("event=TICKET_OPENED&status=SENT").await.len() == 5
        })
        .await;
    world.settle().await;
    let texts = world.phone(&client).texts().await;
    assert_eq!(texts.len(), 5);
    let held = "SELECT count(*) FROM notification_log WHERE held_by IS NOT NULL";
    assert_eq!(world.count(held).await, 0);
}
