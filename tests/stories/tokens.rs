//! Access tokens that somebody else made, that are too old, or that are something else.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, World, stories};

stories![
    only_what_we_signed_opens,
    a_refresh_token_opens_nothing,
    the_role_in_a_token_counts_for_nothing,
    nobody_opens_anything_without_a_token,
];

const OURS: &str = "signs the stories' tokens, 32 bytes and more";

async fn shows(world: &World, token: &str) -> Answer {
    let ask = world.stranger().ask(Method::GET, "/api/auth/me");
    ask.with("authorization", &format!("Bearer {token}")).send().await
}

fn claims(world: &World) -> Value {
    let now = world.now().timestamp();
    json!({ "iss": "deskbell", "aud": "deskbell-api", "sub": world.client().id.to_string(),
        "iat": now, "exp": now + 900, "jti": "x", "role": "CLIENT" })
}

fn signed(algorithm: Algorithm, claims: &Value, key: &str) -> String {
    let key = EncodingKey::from_secret(key.as_bytes());
    encode(&Header::new(algorithm), claims, &key).expect("a token")
}

async fn only_what_we_signed_opens(world: &mut World) {
    let good = claims(world);
    shows(world, &signed(Algorithm::HS256, &good, OURS)).await.ok(200);
    let with = |field: &str, value: Value| {
        let mut claims = good.clone();
        claims[field] = value;
        signed(Algorithm::HS256, &claims, OURS)
    };
    let without = |field: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().expect("claims").remove(field);
        signed(Algorithm::HS256, &claims, OURS)
    };
    let bare = |header: Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&header), part(&good))
    };
    let now = world.now().timestamp();
    let mut bad = vec![
        signed(Algorithm::HS384, &good, OURS),
        signed(Algorithm::HS512, &good, OURS),
        signed(Algorithm::HS256, &good, "another key of thirty-two bytes or more"),
        signed(Algorithm::HS256, &good, ""),
        bare(json!({ "alg": "none" })),
        bare(json!({ "alg": "None", "typ": "JWT" })),
        bare(json!({ "alg": "HS256" })),
        bare(json!({ "alg": "RS256", "kid": "../../dev/null" })),
        with("iss", json!("somebody")),
        with("aud", json!("another-api")),
        with("exp", json!(now)),
        with("exp", json!(-1)),
        with("exp", json!("never")),
        with("sub", json!("0")),
        with("sub", json!("1 OR 1=1")),
        with("sub", json!("99999999999999999999")),
    ];
    bad.extend(["iss", "aud", "sub", "exp"].map(without));
    for token in bad {
        shows(world, &token).await.refused(401, "unauthenticated");
    }
    world.passes(TimeDelta::minutes(15));
    shows(world, &signed(Algorithm::HS256, &good, OURS)).await.refused(401, "unauthenticated");
}

async fn a_refresh_token_opens_nothing(world: &mut World) {
    let token = world.client().begins_a_session().await;
    shows(world, &token).await.refused(401, "unauthenticated");
}

async fn the_role_in_a_token_counts_for_nothing(world: &mut World) {
    let mut claims = claims(world);
    claims["role"] = json!("ADMIN");
    let token = signed(Algorithm::HS256, &claims, OURS);
    assert_eq!(shows(world, &token).await.ok(200)["role"], "CLIENT");
    let ask = world.stranger().ask(Method::GET, "/api/users");
    let answer = ask.with("authorization", &format!("Bearer {token}")).send().await;
    answer.refused(403, "forbidden");
}

async fn nobody_opens_anything_without_a_token(world: &mut World) {
    for (method, path) in [
        (Method::GET, "/api/auth/me"),
        (Method::PATCH, "/api/auth/me"),
        (Method::POST, "/api/auth/change-password"),
        (Method::GET, "/api/users"),
        (Method::POST, "/api/users"),
        (Method::GET, "/api/users/1"),
        (Method::PATCH, "/api/users/1"),
        (Method::DELETE, "/api/users/1"),
    ] {
        let ask = world.stranger().ask(method, path).bytes("not even JSON");
        ask.send().await.refused(401, "unauthenticated");
    }
    for (method, path) in [
        (Method::GET, "/api/auth/login"),
        (Method::GET, "/api/auth/refresh"),
        (Method::DELETE, "/api/auth/logout"),
        (Method::PUT, "/api/users/1"),
    ] {
        let answer = world.stranger().ask(method, path).send().await;
        answer.refused(405, "method_not_allowed");
        assert!(answer.header("allow").is_some());
    }
}
