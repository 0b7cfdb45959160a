//! How many codes are sent: to a number, for an account, from an address, in a day, to a country.
use chrono::TimeDelta;
use deskbell::domain::user::Role;

use super::codes::NUMBER;
use super::world::{World, stories};

stories![
    codes_are_limited_to_a_number_an_account_and_an_address,
    a_day_has_its_budget,
    codes_go_to_allowed_countries_only,
    codes_to_a_country_where_nobody_enters_them_stop,
];

async fn codes_are_limited_to_a_number_an_account_and_an_address(world: &mut World) {
    world.restarts_with(vec![("RATE_LIMIT", "on".to_owned())]).await;
    let mut people = vec![];
    for name in ["ann", "ben", "cat", "dan", "eve", "fay"] {
        people.push(world.opens_account(name, Role::Client, None).await);
    }
    for person in &people[..5] {
        person.asks_for_a_code(NUMBER).await.ok(200);
    }
    let refused = people[5].asks_for_a_code(NUMBER).await;
    refused.refused(429, "codes_used_up");
    people[5].asks_for_a_code("+447700900555").await.ok(200);
    // An account, over several numbers.
    for last in 0..9 {
        world.passes(TimeDelta::minutes(1));
        people[0].asks_for_a_code(&format!("+44770090056{last}")).await.ok(200);
    }
    world.passes(TimeDelta::minutes(1));
    for last in 0..2 {
        let answer = people[0].asks_for_a_code(&format!("+44770090057{last}")).await;
        if last == 1 {
            answer.refused(429, "codes_used_up");
        }
        world.passes(TimeDelta::minutes(1));
    }
}

async fn a_day_has_its_budget(world: &mut World) {
    world.restarts_with(vec![("OTP_DAILY_BUDGET", "2".to_owned())]).await;
    for name in ["ann", "ben", "cat"] {
        let person = world.opens_account(name, Role::Client, None).await;
        let answer = person.asks_for_a_code(NUMBER).await;
        match name {
            "cat" => drop(answer.refused(429, "codes_used_up")),
            _ => drop(answer.ok(200)),
        }
    }
    world.passes(TimeDelta::days(1));
    let dan = world.opens_account("dan", Role::Client, None).await;
    dan.asks_for_a_code(NUMBER).await.ok(200);
}

async fn codes_go_to_allowed_countries_only(world: &mut World) {
    let countries = vec![("OTP_ALLOWED_COUNTRIES", "GB, us".to_owned())];
    world.restarts_with(countries).await;
    let jane = world.opens_account("jane", Role::Client, None).await;
    let refused = jane.asks_for_a_code(NUMBER).await.flaws();
    assert_eq!(refused, [("phone_number".to_owned(), "country".to_owned())]);
    jane.asks_for_a_code("+18765550123").await.flaws();
    jane.asks_for_a_code("+447700900555").await.ok(200);
    assert_eq!(world.count("SELECT count(*) FROM one_time_codes").await, 1);
}

async fn codes_to_a_country_where_nobody_enters_them_stop(world: &mut World) {
    let jane = world.opens_account("jane", Role::Client, None).await;
    let mut refused = 0;
    for last in 10..40 {
        world.passes(TimeDelta::minutes(11));
        let answer = jane.asks_for_a_code(&format!("+88017123456{last}")).await;
        match answer.status {
            200 => {}
            _ => {
                answer.refused(429, "codes_used_up");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 10, "twenty prove it");
    // Elsewhere people are reached as before, and there again a day later.
    jane.asks_for_a_code("+447700900555").await.ok(200);
    world.passes(TimeDelta::hours(25));
    jane.asks_for_a_code(NUMBER).await.ok(200);
}
