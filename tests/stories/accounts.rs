//! Accounts: opening one, logging in, and how long a token is good for.
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, World, stories};

stories![
    whoever_registers_is_a_client_and_can_log_in,
    what_is_taken_is_said,
    all_flaws_of_an_application_are_named_at_once,
    a_wrong_name_and_a_wrong_password_look_the_same,
    a_token_is_good_for_fifteen_minutes,
    whoever_is_switched_off_stays_outside,
    only_a_bearer_token_of_ours_opens,
];

fn application(username: &str) -> Value {
    json!({ "username": username, "email": format!("{username}@example.org"),
        "password": "correct horse battery", "full_name": "Jane Roe" })
}

async fn registers(world: &World, application: &Value) -> Answer {
    world.stranger().post("/api/auth/register", application).await
}

async fn whoever_registers_is_a_client_and_can_log_in(world: &mut World) {
    let mut wanted = application("Jane.Roe");
    wanted["whatsapp_number"] = json!("0044 (7700) 900-123");
    let answer = registers(world, &wanted).await;
    let jane = answer.ok(201);
    let place = answer.header("location").expect("where the account is");
    assert_eq!(place, format!("/api/users/{}", jane["id"]));
    for (field, value) in [
        ("username", json!("jane.roe")),
        ("email", json!("jane.roe@example.org")),
        ("full_name", json!("Jane Roe")),
        ("role", json!("CLIENT")),
        ("whatsapp_number", json!("+447700900123")),
        ("whatsapp_verified_at", json!(null)),
        ("whatsapp_verified_by", json!(null)),
        ("whatsapp_opt_in_at", json!(null)),
        ("locale", json!("en")),
        ("is_active", json!(true)),
    ] {
        assert_eq!(jane[field], value, "{field}");
    }
    assert!(!answer.text().contains("argon2") && !answer.text().contains("password"));

    for name in ["jane.roe", "JANE.ROE", "Jane.Roe@Example.org"] {
        let credentials = json!({ "username": name, "password": "correct horse battery" });
        let known = world.stranger().post("/api/auth/login", &credentials).await.ok(200);
        assert_eq!((&known["token_type"], &known["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(known["user"], jane, "{name}");
        let token = known["access_token"].as_str().expect("a token");
        assert_eq!(me(world, token).await.ok(200), jane);
    }
}

async fn me(world: &World, token: &str) -> Answer {
    let ask = world.stranger().ask(Method::GET, "/api/auth/me");
    ask.with("authorization", &format!("Bearer {token}")).send().await
}

async fn what_is_taken_is_said(world: &mut World) {
    registers(world, &application("jane")).await.ok(201);
    let mut same_name = application("JANE");
    same_name["email"] = json!("another@example.org");
    registers(world, &same_name).await.refused(409, "username_taken");
    let mut same_email = application("jane2");
    same_email["email"] = json!("Jane@EXAMPLE.org");
    registers(world, &same_email).await.refused(409, "email_taken");
    // A number that nobody confirmed is nobody's.
    let mut johns = application("jane3");
    johns["whatsapp_number"] = json!(world.client().number());
    registers(world, &johns).await.ok(201);
}

async fn all_flaws_of_an_application_are_named_at_once(world: &mut World) {
    let wrong = json!({ "username": "ab", "email": "nobody", "password": "too short",
        "full_name": "\u{7}", "whatsapp_number": "01234567890", "locale": "../etc" });
    let flaws = registers(world, &wrong).await.flaws();
    let fields: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    let all = ["email", "full_name", "locale", "password", "username", "whatsapp_number"];
    assert_eq!(fields, all);
    let flaws = registers(world, &json!({})).await.flaws();
    let needed: Vec<&str> = flaws.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(needed, ["email", "full_name", "password", "username"]);
    assert!(flaws.iter().all(|(_, code)| code == "required"), "{flaws:?}");
    for (field, value) in [("role", json!("ADMIN")), ("is_active", json!(true)), ("id", json!(1))] {
        let mut greedy = application("greedy");
        greedy[field] = value;
        let flaws = registers(world, &greedy).await.flaws();
        assert_eq!(flaws, [(field.to_owned(), "unknown_field".to_owned())]);
    }
    let mut number = application("number");
    number["whatsapp_number"] = json!("01234567890");
    let said = registers(world, &number).await.refused(422, "invalid");
    let shown = said["errors"][0]["message"].as_str().expect("a message");
    assert!(shown.contains("+201234567890"), "the right form is not shown: {shown}");
}

async fn a_wrong_name_and_a_wrong_password_look_the_same(world: &mut World) {
    let mut said = vec![];
    let (right, long) = (world.client().password, "x".repeat(10_000));
    for (name, password) in [
        ("client", "a wrong password"),
        ("nobody", "a wrong password"),
        ("nobody", right.as_str()),
        ("client", ""),
        ("", right.as_str()),
        ("cli\u{0}ent", right.as_str()),
        ("client", long.as_str()),
    ] {
        let credentials = json!({ "username": name, "password": password });
        let answer = world.stranger().post("/api/auth/login", &credentials).await;
        let mut problem = answer.refused(401, "wrong_credentials");
        problem["request_id"] = json!(null);
        said.push(problem);
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    let flaws = world.stranger().post("/api/auth/login", &json!({})).await.flaws();
    assert_eq!(flaws.len(), 2, "{flaws:?}");
}

async fn a_token_is_good_for_fifteen_minutes(world: &mut World) {
    let token = world.client().logs_in().await;
    world.passes(TimeDelta::seconds(15 * 60 - 1));
    me(world, &token).await.ok(200);
    world.passes(TimeDelta::seconds(2));
    me(world, &token).await.refused(401, "unauthenticated");
}

async fn whoever_is_switched_off_stays_outside(world: &mut World) {
    let client = world.client();
    let token = client.logs_in().await;
    world
        .changes_rows(&format!("UPDATE users SET is_active = FALSE WHERE id = {}", client.id))
        .await;
    me(world, &token).await.refused(401, "unauthenticated");
    let credentials = json!({ "username": client.username, "password": client.password });
    let answer = world.stranger().post("/api/auth/login", &credentials).await;
    answer.refused(401, "wrong_credentials");
}

async fn only_a_bearer_token_of_ours_opens(world: &mut World) {
    let token = world.client().logs_in().await;
    let halves = token.rsplit_once('.').expect("a JWT");
    for header in [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer nonsense".to_owned()),
        Some(format!("Basic {token}")),
        Some(format!("Bearer {}.", halves.0)),
        Some(format!("Bearer {}.{}", halves.0, halves.1.chars().rev().collect::<String>())),
        // {"alg":"none"}
        Some(format!("Bearer eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).expect("claims"))),
    ] {
        let ask = world.stranger().ask(Method::GET, "/api/auth/me");
        let ask = match &header {
            Some(header) => ask.with("authorization", header),
            None => ask,
        };
        ask.send().await.refused(401, "unauthenticated");
    }
    let ask = world.stranger().ask(Method::GET, "/api/auth/me");
    ask.with("authorization", &format!("bearer {token}")).send().await.ok(200);
}
