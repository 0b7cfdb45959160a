//! The door of the provider's webhooks: what is signed is kept, what is not is turned away.
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Provider, Settings, World, batch, signed, stories};

stories![
    what_is_not_signed_is_turned_away_and_not_kept,
    the_signature_is_over_the_raw_bytes,
    two_secrets_count_while_one_is_rotated,
    without_a_secret_nothing_is_taken,
    a_subscription_is_answered_with_its_challenge,
    four_mebibytes_are_taken_and_no_more,
    whatever_meta_sends_is_acknowledged_and_changes_nothing,
];

const EMPTY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;

async fn kept(world: &World) -> i64 {
    world.count("SELECT count(*) FROM webhook_events").await
}

async fn real(world: &mut World, more: Settings) {
    let provider = Provider::acts([]).await;
    world.restarts_with([provider.settings(), more].concat()).await;
}

async fn what_is_not_signed_is_turned_away_and_not_kept(world: &mut World) {
    let good = signed(EMPTY.as_bytes(), b"secret");
    let upper = good.to_uppercase();
    for signature in [
        None,
        Some(""),
        Some("sha256="),
        Some("sha256=zz"),
        Some("sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        Some(good.as_str()),
        Some(upper.as_str()),
        Some(good.trim_start_matches("sha256=")),
    ] {
        let answer = world.webhook_under(signature, EMPTY.into()).await;
        answer.refused(401, "bad_signature");
    }
    assert_eq!(kept(world).await, 0);
    world.webhook(EMPTY).await.taken();
    assert_eq!(kept(world).await, 1);
}

async fn the_signature_is_over_the_raw_bytes(world: &mut World) {
    real(world, vec![]).await;
    let signature = signed(EMPTY.as_bytes(), b"the stories' app secret");
    let spaced = EMPTY.replace(':', ": ");
    let answer = world.webhook_under(Some(&signature), spaced.into()).await;
    answer.refused(401, "bad_signature");
    world.webhook_under(Some(&signature), EMPTY.into()).await.taken();
}

async fn two_secrets_count_while_one_is_rotated(world: &mut World) {
    real(world, vec![("META_APP_SECRET", "the old one, the new one".to_owned())]).await;
    for (secret, status) in [("the old one", 200), ("the new one", 200), ("a third one", 401)] {
        let signature = signed(EMPTY.as_bytes(), secret.as_bytes());
        let answer = world.webhook_under(Some(&signature), EMPTY.into()).await;
        assert_eq!(answer.status, status, "{secret}");
    }
}

async fn without_a_secret_nothing_is_taken(world: &mut World) {
    real(world, vec![("META_APP_SECRET", String::new())]).await;
    for signature in [None, Some(signed(EMPTY.as_bytes(), b""))] {
        let answer = world.webhook_under(signature.as_deref(), EMPTY.into()).await;
        answer.refused(503, "no_app_secret");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(kept(world).await, 0);
}

async fn a_subscription_is_answered_with_its_challenge(world: &mut World) {
    real(world, vec![("WHATSAPP_VERIFY_TOKEN", "a word of ours".to_owned())]).await;
    let asks = async |query: &str| {
        world.stranger().ask(Method::GET, &format!("/webhook/whatsapp{query}")).send().await
    };
    let good = "?hub.mode=subscribe&hub.verify_token=a%20word%20of%20ours&hub.challenge=1158201444";
    let answer = asks(good).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "1158201444"));
    let kind = answer.header("content-type").expect("a content type");
    assert!(kind.starts_with("text/plain"), "{kind}");
    let markup = good.replace("1158201444", "%3Cscript%3E");
    let answer = asks(&markup).await;
    assert_eq!(answer.text(), "<script>");
    assert!(answer.header("content-type").is_some_and(|it| it.starts_with("text/plain")));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    for bad in [
        "",
        "?hub.mode=subscribe&hub.challenge=1",
        "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        "?hub.mode=subscribe&hub.verify_token=a%20word&hub.challenge=1",
        "?hub.mode=unsubscribe&hub.verify_token=a%20word%20of%20ours&hub.challenge=1",
        "?hub.verify_token=a%20word%20of%20ours&hub.challenge=1",
        "?hub.mode=subscribe&hub.verify_token=a%20word%20of%20ours",
        "?hub.mode=subscribe&hub.mode=x&hub.verify_token=a%20word%20of%20ours&hub.challenge=1",
    ] {
        assert_eq!(asks(bad).await.status, 403, "{bad}");
    }
    asks("?").await.refused(403, "bad_verify_token");
}

async fn four_mebibytes_are_taken_and_no_more(world: &mut World) {
    let most = 4 * 1024 * 1024;
    let long = |length: usize| {
        let mut body = batch([]);
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    world.webhook(long(most)).await.taken();
    assert_eq!(kept(world).await, 1);
    world.webhook(long(most + 1)).await.refused(413, "too_large");
    assert_eq!(kept(world).await, 1);
    world.settle().await;
}

async fn whatever_meta_sends_is_acknowledged_and_changes_nothing(world: &mut World) {
    let ticket = world.client().files("Stays as it is").await;
    world.settle().await;
    let (before, known) = (everything(world, &ticket).await, kept(world).await);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/fixtures");
    let files = std::fs::read_dir(folder).expect("the fixtures");
    let mut sent = 0;
    for file in files {
        let file = file.expect("a fixture").path();
        if file.is_dir() {
            continue;
        }
        let body = std::fs::read(&file).expect("a fixture that can be read");
        let answer = world.webhook(body).await;
        assert_eq!(answer.status, 200, "{}: {}", file.display(), answer.text());
        sent += 1;
    }
    assert!(sent >= 10, "{sent} fixtures");
    world.settle().await;
    assert_eq!(kept(world).await, known + sent);
    assert_eq!(everything(world, &ticket).await, before);
}

async fn everything(world: &World, ticket: &Value) -> Value {
    let admin = world.admin();
    let notification = world.notification(&admin, ticket).await;
    let (full, tickets) = (world.in_full(&notification).await, admin.sees("/api/tickets").await);
    json!([full, tickets, world.ledger().await])
}
