//! Limits on passwords and registrations: they hold for many at once, and lock nobody's owner out.
use std::net::Ipv4Addr;

use chrono::TimeDelta;
use deskbell::domain::user::Role;
use futures::future::join_all;
use serde_json::{Value, json};

use super::world::{Answer, Door, World, stories};

stories![
    of_fifty_wrong_passwords_at_once_ten_are_looked_at,
    whoever_guesses_elsewhere_locks_nobody_out,
    an_unknown_name_is_limited_like_a_known_one,
    nobody_learns_which_e_mail_is_whose_by_trying,
    right_passwords_are_not_counted,
    one_address_cannot_try_every_name,
    the_current_password_is_guarded_by_the_same_limit,
    three_accounts_an_hour_from_one_address,
    flawed_and_taken_registrations_use_nothing_up,
];

async fn with_limits(world: &mut World) {
    world.restarts_with(vec![("RATE_LIMIT", "on".to_owned())]).await;
}

async fn tries(door: &Door, name: &str, password: &str) -> Answer {
    door.post("/api/auth/login", &json!({ "username": name, "password": password })).await
}

fn elsewhere(world: &World, last: u8) -> Door {
    world.stranger().from(Ipv4Addr::new(127, 0, 0, last))
}

async fn of_fifty_wrong_passwords_at_once_ten_are_looked_at(world: &mut World) {
    with_limits(world).await;
    let door = world.stranger();
    let answers = join_all((0..50).map(|_| tries(door, "client", "a wrong password"))).await;
    let looked_at = answers.iter().filter(|it| it.status == 401).count();
    assert_eq!(looked_at, 10);
    for answer in answers.iter().filter(|it| it.status != 401) {
        answer.refused(429, "too_many_attempts");
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
    world.client().tries(&world.client().password).await.refused(429, "too_many_attempts");
    world.passes(TimeDelta::seconds(60));
    world.client().tries(&world.client().password).await.ok(200);
}

async fn whoever_guesses_elsewhere_locks_nobody_out(world: &mut World) {
    let client = world.client();
    client.begins_a_session().await;
    with_limits(world).await;
    for last in 2..=22 {
        let door = elsewhere(world, last);
        for _ in 0..10 {
            let status = tries(&door, "client", "a wrong password").await.status;
            assert!([401, 429].contains(&status), "{status}");
        }
    }
    // Many addresses share what one name has elsewhere; from where the owner was before, they are in.
    let stranger = elsewhere(world, 99);
    tries(&stranger, "client", &client.password).await.refused(429, "too_many_attempts");
    client.tries(&client.password).await.ok(200);
    let dev = world.dev();
    tries(&stranger, "dev", &dev.password).await.ok(200);
}

async fn nobody_learns_which_e_mail_is_whose_by_trying(world: &mut World) {
    let email = world.client().sees("/api/auth/me").await["email"].clone();
    with_limits(world).await;
    let door = elsewhere(world, 2);
    for _ in 0..11 {
        tries(&door, "client", "a wrong password").await;
    }
    for email in [email.as_str().expect("an e-mail"), "nobody@example.com"] {
        tries(&door, email, "a wrong password").await.refused(401, "wrong_credentials");
    }
}

async fn an_unknown_name_is_limited_like_a_known_one(world: &mut World) {
    with_limits(world).await;
    let door = elsewhere(world, 2);
    let mut said: Vec<Vec<u16>> = vec![];
    for name in ["client", "nobody-at-all"] {
        let mut statuses = vec![];
        for _ in 0..12 {
            statuses.push(tries(&door, name, "a wrong password").await.status);
        }
        said.push(statuses);
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0][9..], [401, 429, 429]);
}

async fn right_passwords_are_not_counted(world: &mut World) {
    with_limits(world).await;
    let client = world.client();
    // Twice as many as may be wrong.
    let answers = join_all((0..20).map(|_| client.tries(&client.password))).await;
    answers.iter().for_each(|answer| _ = answer.ok(200));
}

async fn one_address_cannot_try_every_name(world: &mut World) {
    with_limits(world).await;
    let door = elsewhere(world, 3);
    let names: Vec<String> = (0..70).map(|number| format!("name-{number}")).collect();
    let answers = join_all(names.iter().map(|name| tries(&door, name, "a wrong password"))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 401).count(), 60);
    assert_eq!(answers.iter().filter(|it| it.status == 429).count(), 10);
    tries(&elsewhere(world, 4), "client", &world.client().password).await.ok(200);
}

async fn the_current_password_is_guarded_by_the_same_limit(world: &mut World) {
    with_limits(world).await;
    let client = world.client();
    client.token().await;
    let guess = json!({ "current_password": "a wrong password", "new_password": "0123456789" });
    let path = "/api/auth/change-password";
    let answers = join_all((0..20).map(|_| client.post(path, &guess))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 422).count(), 10);
    let keyed = client.posts_once("key", path, &guess).await;
    keyed.refused(429, "too_many_attempts");
    world.passes(TimeDelta::seconds(60));
    let right = json!({ "current_password": client.password, "new_password": "0123456789" });
    client.post(path, &right).await.done();
    client.posts_once("key", path, &guess).await.refused(422, "invalid");
}

fn application(number: usize) -> Value {
    json!({ "username": format!("jane-{number}"), "email": format!("jane-{number}@example.org"),
        "password": "correct horse battery", "full_name": "Jane Roe" })
}

async fn three_accounts_an_hour_from_one_address(world: &mut World) {
    with_limits(world).await;
    let door = world.stranger();
    let register =
        async |door: &Door, number| door.post("/api/auth/register", &application(number)).await;
    let answers = join_all((0..20).map(|number| register(door, number))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 201).count(), 3);
    for answer in answers.iter().filter(|it| it.status != 201) {
        answer.refused(429, "registrations_used_up");
    }
    register(&elsewhere(world, 5), 100).await.ok(201);
    world.passes(TimeDelta::hours(1));
    register(door, 200).await.ok(201);
    world.restarts_with(vec![("RATE_LIMIT", "off".to_owned())]).await;
    for number in 300..305 {
        register(world.stranger(), number).await.ok(201);
    }
    // An admin is no stranger.
    world.restarts_with(vec![("RATE_LIMIT", "on".to_owned())]).await;
    for number in 0..5 {
        let name = format!("opened-{number}");
        world.opens_account(&name, Role::Client, None).await;
    }
}

async fn flawed_and_taken_registrations_use_nothing_up(world: &mut World) {
    with_limits(world).await;
    let door = world.stranger();
    door.post("/api/auth/register", &application(1)).await.ok(201);
    for _ in 0..5 {
        door.post("/api/auth/register", &json!({})).await.refused(422, "invalid");
        door.post("/api/auth/register", &application(1)).await.refused(409, "username_taken");
    }
    for number in [2, 3] {
        door.post("/api/auth/register", &application(number)).await.ok(201);
    }
    // But nobody asks for long who is here.
    let mut statuses = vec![];
    world.passes(TimeDelta::hours(1));
    for _ in 0..25 {
        let status = door.post("/api/auth/register", &application(1)).await.status;
        statuses.push(status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 20);
    assert_eq!(statuses.last(), Some(&429));
}
