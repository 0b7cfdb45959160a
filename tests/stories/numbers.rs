//! People's numbers: who confirms them, to whom each belongs, and who agreed to messages.
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::json;

use super::users::{opening, place};
use super::world::{World, id, stories};

stories![
    another_number_is_to_be_confirmed_anew,
    an_admin_who_sets_a_number_confirms_it,
    an_admin_says_who_agreed_to_messages,
    one_confirmed_number_belongs_to_one_account,
    of_many_who_are_given_one_number_one_gets_it,
];

async fn another_number_is_to_be_confirmed_anew(world: &mut World) {
    for person in [world.client(), world.admin()] {
        let same =
            json!({ "whatsapp_number": format!("00{}", person.number().trim_start_matches('+')) });
        let kept = person.patch("/api/auth/me", &same).await.ok(200);
        assert_eq!(kept["whatsapp_verified_by"], "ADMIN", "it is the same number");
        let number = format!("+2012345678{:02}", person.id);
        let changed =
            person.patch("/api/auth/me", &json!({ "whatsapp_number": number })).await.ok(200);
        assert_eq!(changed["whatsapp_number"], number);
        for field in ["whatsapp_verified_at", "whatsapp_verified_by", "whatsapp_opt_in_at"] {
            assert_eq!(changed[field], json!(null), "{field}");
        }
        let none = person.patch("/api/auth/me", &json!({ "whatsapp_number": null })).await.ok(200);
        assert_eq!(none["whatsapp_number"], json!(null));
    }
}

async fn an_admin_who_sets_a_number_confirms_it(world: &mut World) {
    let admin = world.admin();
    let mut body = opening("numbered", "CLIENT");
    body["whatsapp_number"] = json!("+20 123 456 7890");
    let made = admin.post("/api/users", &body).await.ok(201);
    let place = format!("/api/users/{}", id(&made));
    assert_eq!(
        (&made["whatsapp_number"], &made["whatsapp_verified_by"]),
        (&json!("+201234567890"), &json!("ADMIN"))
    );
    assert!(made["whatsapp_verified_at"].is_string() && made["whatsapp_opt_in_at"].is_string());
    let other = admin.patch(&place, &json!({ "whatsapp_number": "+201234567891" })).await.ok(200);
    assert_eq!(other["whatsapp_verified_by"], "ADMIN");

    let registered = world
        .stranger()
        .post(
            "/api/auth/register",
            &json!({ "username": "selfmade",
        "email": "selfmade@example.org", "password": "correct horse battery",
        "full_name": "Self Made", "whatsapp_number": "+201234567892" }),
        )
        .await
        .ok(201);
    assert_eq!(registered["whatsapp_verified_at"], json!(null));
    let place = format!("/api/users/{}", id(&registered));
    let same = json!({ "whatsapp_number": "+201234567892" });
    assert_eq!(admin.patch(&place, &same).await.ok(200)["whatsapp_verified_by"], "ADMIN");
}

async fn an_admin_says_who_agreed_to_messages(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    let no = admin.patch(&place(&client), &json!({ "whatsapp_opt_in": false })).await.ok(200);
    assert_eq!(
        (&no["whatsapp_opt_in_at"], &no["whatsapp_verified_by"]),
        (&json!(null), &json!("ADMIN"))
    );
    let ticket = client.files("Quiet").await;
    admin.does("open", &ticket, json!({})).await;
    let skipped = world.log("event=TICKET_OPENED").await;
    assert_eq!(skipped[0]["skip_reason"], "no_consent");
    let yes = admin.patch(&place(&client), &json!({ "whatsapp_opt_in": true })).await.ok(200);
    assert!(yes["whatsapp_opt_in_at"].is_string());
    let mut body = opening("unasked", "CLIENT");
    body["whatsapp_number"] = json!("+201234567890");
    body["whatsapp_opt_in"] = json!(false);
    let made = admin.post("/api/users", &body).await.ok(201);
    assert_eq!(
        (&made["whatsapp_opt_in_at"], &made["whatsapp_verified_by"]),
        (&json!(null), &json!("ADMIN"))
    );
    world.settle().await;
}

async fn one_confirmed_number_belongs_to_one_account(world: &mut World) {
    let (admin, client, dev) = (world.admin(), world.client(), world.dev());
    let johns = json!({ "whatsapp_number": client.number() });
    admin.patch(&place(&dev), &johns).await.refused(409, "number_taken");
    let mut body = opening("second", "CLIENT");
    body["whatsapp_number"] = json!(client.number());
    admin.post("/api/users", &body).await.refused(409, "number_taken");
    // What nobody confirmed is nobody's, and takes nothing from its owner.
    dev.patch("/api/auth/me", &johns).await.ok(200);
    assert_eq!(client.sees("/api/auth/me").await["whatsapp_verified_by"], "ADMIN");
    admin.patch(&place(&dev), &johns).await.refused(409, "number_taken");
    client.patch("/api/auth/me", &json!({ "whatsapp_number": null })).await.ok(200);
    let given = admin.patch(&place(&dev), &johns).await.ok(200);
    assert_eq!(given["whatsapp_verified_by"], "ADMIN");
}

async fn of_many_who_are_given_one_number_one_gets_it(world: &mut World) {
    let admin = world.admin();
    let mut people = vec![];
    for number in 0..8 {
        people.push(world.opens_account(&format!("many-{number}"), Role::Client, None).await);
    }
    let wanted = json!({ "whatsapp_number": "+201234567890" });
    let places: Vec<String> = people.iter().map(place).collect();
    let answers = join_all(places.iter().map(|place| admin.patch(place, &wanted))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    answers.iter().filter(|it| it.status != 200).for_each(|it| _ = it.refused(409, "number_taken"));
    let mut bodies = vec![];
    for number in 0..8 {
        let mut body = opening(&format!("new-{number}"), "CLIENT");
        body["whatsapp_number"] = json!("+201234567899");
        bodies.push(body);
    }
    let answers = join_all(bodies.iter().map(|body| admin.post("/api/users", body))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 201).count(), 1);
}
