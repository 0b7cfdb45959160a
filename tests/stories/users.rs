//! Accounts: what people change about their own, and what admins do with everybody's.
use deskbell::domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Person, World, id, stories};

stories![
    people_change_their_own_data,
    an_admin_opens_accounts_in_every_role,
    accounts_are_found_by_role_words_and_state,
    accounts_come_page_by_page,
    only_admins_administer,
    what_cannot_be_said_about_an_account_is_refused,
    a_number_has_one_owner_however_it_is_spelled,
    tickets_are_filed_for_clients_only,
];

pub(super) fn place(of: &Person) -> String {
    format!("/api/users/{}", of.id)
}

pub(super) fn opening(username: &str, role: &str) -> Value {
    json!({ "username": username, "email": format!("{username}@example.org"), "role": role,
        "password": "correct horse battery", "full_name": format!("Opened {username}") })
}

async fn people_change_their_own_data(world: &mut World) {
    let client = world.client();
    let before = client.sees("/api/auth/me").await;
    assert_eq!(client.patch("/api/auth/me", &json!({})).await.ok(200), before);
    world.passes(chrono::TimeDelta::seconds(1));
    let change = json!({ "full_name": "  Johnny Doe ", "email": "Johnny@Example.com",
        "locale": "pt_BR" });
    let after = client.patch("/api/auth/me", &change).await.ok(200);
    let expected =
        [("full_name", "Johnny Doe"), ("email", "johnny@example.com"), ("locale", "pt-BR")];
    for (field, value) in expected {
        assert_eq!(after[field], value, "{field}");
    }
    assert_eq!(after["whatsapp_verified_by"], "ADMIN", "the number is the same");
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(client.sees("/api/auth/me").await, after);
    let taken = json!({ "email": "ADMIN@example.com" });
    client.patch("/api/auth/me", &taken).await.refused(409, "email_taken");
    for (field, value) in [
        ("role", json!("ADMIN")),
        ("is_active", json!(true)),
        ("whatsapp_opt_in", json!(true)),
        ("username", json!("j")),
        ("id", json!(1)),
        ("password", json!("0123456789")),
    ] {
        let flaws = client.patch("/api/auth/me", &json!({ field: value })).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "unknown_field".to_owned())]);
    }
    let wrong =
        json!({ "full_name": null, "email": "x", "whatsapp_number": "012345", "locale": "" });
    let flaws = client.patch("/api/auth/me", &wrong).await.flaws();
    let fields: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["email", "full_name", "locale", "whatsapp_number"]);
    world
        .stranger()
        .ask(Method::PATCH, "/api/auth/me")
        .json(&json!({}))
        .send()
        .await
        .refused(401, "unauthenticated");
}

async fn an_admin_opens_accounts_in_every_role(world: &mut World) {
    let admin = world.admin();
    for role in ["CLIENT", "DEVELOPER", "ADMIN"] {
        let name = format!("new-{}", role.to_lowercase());
        let body = opening(&name, role);
        let answer = admin.posts_once(&name, "/api/users", &body).await;
        let made = answer.ok(201);
        assert_eq!((&made["role"], &made["username"]), (&json!(role), &json!(name)));
        assert!(!answer.text().contains("argon2") && !answer.text().contains("battery"));
        let place = answer.header("location").expect("where it is");
        assert_eq!(admin.sees(place).await, made);
        let again = admin.posts_once(&name, "/api/users", &body).await;
        assert_eq!((again.ok(201), again.header("idempotency-replayed")), (made, Some("true")));
        let credentials = json!({ "username": name, "password": "correct horse battery" });
        world.stranger().post("/api/auth/login", &credentials).await.ok(200);
        admin.post("/api/users", &body).await.refused(409, "username_taken");
    }
    let flaws = admin.post("/api/users", &json!({})).await.flaws();
    let needed: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(needed, ["email", "full_name", "password", "role", "username"]);
}

async fn accounts_are_found_by_role_words_and_state(world: &mut World) {
    let admin = world.admin();
    for (username, name, role) in [
        ("elodie", "Élodie Ünal", Role::Client),
        ("percent", "100% _Sure_ \\o/", Role::Client),
        ("worker", "Ada Worker", Role::Developer),
    ] {
        let person = world.opens_account(username, role, None).await;
        admin.patch(&place(&person), &json!({ "full_name": name })).await.ok(200);
    }
    let worker = admin.sees("/api/users?q=worker").await["items"][0].clone();
    let off = format!("/api/users/{}", id(&worker));
    admin.patch(&off, &json!({ "is_active": false })).await.ok(200);
    for (query, names) in [
        ("q=élodie", vec!["elodie"]),
        ("q=%C3%89LODIE%20unal", vec![]),
        ("q=ÜNAL", vec!["elodie"]),
        ("q=ada", vec!["worker", "admin"]),
        ("q=worker+ada", vec!["worker"]),
        ("q=100%25", vec!["percent"]),
        ("q=_sure_", vec!["percent"]),
        ("q=%5Co", vec!["percent"]),
        ("q=%25", vec!["percent"]),
        ("q=%2B15550100003", vec!["client"]),
        ("q=elodie@example.com", vec!["elodie"]),
        ("role=DEVELOPER", vec!["worker", "dev"]),
        ("role=DEVELOPER,ADMIN&is_active=true", vec!["dev", "admin"]),
        ("is_active=false", vec!["worker"]),
        ("q=", vec!["worker", "percent", "elodie", "client", "dev", "admin"]),
        ("q=nobody", vec![]),
    ] {
        let page = admin.sees(&format!("/api/users?{query}")).await;
        let items = page["items"].as_array().expect("items");
        let found: Vec<&str> = items.iter().filter_map(|user| user["username"].as_str()).collect();
        assert_eq!(found, names, "{query}");
    }
    for query in ["limit=0", "cursor=x"] {
        let answer = admin.get(&format!("/api/users?{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
    }
    for query in ["role=KING", "role=", "is_active=maybe", "is_active=", "q=a%00b", "limit=ten"] {
        assert!(!admin.get(&format!("/api/users?{query}")).await.flaws().is_empty());
    }
    for query in ["sort=username", "role=KING", "limit=ten", "username=dev"] {
        admin.get(&format!("/api/users?{query}")).await.refused(400, "bad_query");
    }
}

async fn accounts_come_page_by_page(world: &mut World) {
    let admin = world.admin();
    for number in 0..4 {
        world.opens_account(&format!("paged-{number}"), Role::Client, None).await;
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let page = admin.sees(&format!("/api/users?limit=3{cursor}")).await;
        seen.extend(page["items"].as_array().expect("items").iter().map(id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!((seen.len(), &seen), (7, &sorted), "the newest first, each once");
    let tickets = admin.get(&format!("/api/tickets?limit=3{cursor}")).await;
    tickets.refused(422, "bad_cursor");
}

async fn only_admins_administer(world: &mut World) {
    let (client, dev) = (world.client(), world.dev());
    let path = place(&client);
    let body = opening("sneaky", "ADMIN");
    for (method, path) in [
        (Method::GET, "/api/users"),
        (Method::POST, "/api/users"),
        (Method::GET, path.as_str()),
        (Method::PATCH, path.as_str()),
        (Method::DELETE, path.as_str()),
        (Method::GET, "/api/users/999999"),
        (Method::DELETE, "/api/v1/users/999999/"),
    ] {
        let ask = world.stranger().ask(method.clone(), path).json(&body);
        ask.send().await.refused(401, "unauthenticated");
        for person in [&client, &dev] {
            // Whoever may not is told so whatever they typed.
            for body in [&body, &json!({ "role": "ADMIN" }), &json!({ "nonsense": 1 })] {
                let ask = person.ask(method.clone(), path).await.json(body);
                ask.send().await.refused(403, "forbidden");
            }
        }
    }
    let admin = world.admin();
    for path in ["/api/users/999999", "/api/users/0", "/api/users/-1", "/api/users/x"] {
        admin.get(path).await.refused(404, "not_found");
        admin.patch(path, &json!({ "nonsense": 1 })).await.refused(404, "not_found");
        admin.delete(path).await.refused(404, "not_found");
    }
    assert_eq!(client.sees("/api/auth/me").await["role"], "CLIENT");
}

async fn what_cannot_be_said_about_an_account_is_refused(world: &mut World) {
    let (admin, client) = (world.admin(), world.client());
    for (field, value) in [
        ("id", json!(1)),
        ("username", json!("other")),
        ("password", json!("0123456789")),
        ("whatsapp_verified_at", json!("2026-01-01T00:00:00Z")),
        ("created_at", json!(null)),
    ] {
        let flaws = admin.patch(&place(&client), &json!({ field: value })).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "unknown_field".to_owned())]);
    }
    let long = "x".repeat(101);
    for name in ["", " ", "a\u{0}b", "a\nb", long.as_str()] {
        let flaws = admin.patch(&place(&client), &json!({ "full_name": name })).await.flaws();
        assert_eq!(flaws[0].0, "full_name", "{name:?}");
        let mut body = opening("odd", "CLIENT");
        body["full_name"] = json!(name);
        assert_eq!(admin.post("/api/users", &body).await.flaws()[0].0, "full_name");
    }
    let token = format!("Bearer {}", admin.token().await);
    let raw = async |body: &str| {
        let ask = world.stranger().ask(Method::PATCH, &place(&client)).bytes(body.as_bytes());
        ask.with("authorization", &token).with("content-type", "application/json").send().await
    };
    // Half a character is none; a megabyte is no name.
    raw(r#"{"full_name":"\ud800"}"#).await.refused(400, "bad_json");
    raw(r#"{"full_name":"#).await.refused(400, "bad_json");
    let huge = format!(r#"{{"full_name":"{}"}}"#, "x".repeat(1024 * 1024));
    raw(&huge).await.refused(413, "too_large");
    raw(r#"{"is_active":"yes"}"#).await.refused(422, "invalid");
    raw(r#"{"full_name":"a","full_name":"b"}"#).await.refused(422, "invalid");
}

async fn a_number_has_one_owner_however_it_is_spelled(world: &mut World) {
    let admin = world.admin();
    let with = |name: &str, number: &str| {
        let mut opening = opening(name, "CLIENT");
        opening["whatsapp_number"] = json!(number);
        opening
    };
    for (one, other) in [
        ("+5511981050395", "+551181050395"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ] {
        let name = &one[1..4];
        let first = admin.post("/api/users", &with(&format!("first{name}"), one)).await.ok(201);
        let second = with(&format!("other{name}"), other);
        admin.post("/api/users", &second).await.refused(409, "number_taken");
        let other_of_all = json!({ "whatsapp_number": other });
        let client = place(&world.client());
        admin.patch(&client, &other_of_all).await.refused(409, "number_taken");
        let again = [one, other].map(|number| {
            let client = world.client();
            let number = json!({ "whatsapp_number": number });
            async move { client.patch("/api/auth/me", &number).await.status }
        });
        assert_eq!(futures::future::join_all(again).await, [200, 200], "nobody confirmed that yet");
        // Its owner may spell it as they like.
        admin.patch(&format!("/api/users/{}", id(&first)), &other_of_all).await.ok(200);
    }
}

async fn tickets_are_filed_for_clients_only(world: &mut World) {
    let admin = world.admin();
    for nobody in [admin.id, world.dev().id, 99_999] {
        let draft = super::world::draft("For whom", json!({ "client_id": nobody }));
        let flaws = admin.post("/api/tickets", &draft).await.flaws();
        assert_eq!(flaws, [("client_id".to_owned(), "not_a_client".to_owned())]);
    } // A client files for nobody else, whatever else is wrong.
    let (client, other) =
        (world.client(), world.person("other", Role::Client, "+15550177125").await);
    for body in [json!({ "client_id": other.id }), json!({ "client_id": other.id, "title": 5 })] {
        client.post("/api/tickets", &body).await.refused(403, "forbidden");
    }
    let own = json!({ "client_id": client.id, "title": 5 });
    assert_eq!(client.post("/api/tickets", &own).await.flaws()[0].0, "title");
}
