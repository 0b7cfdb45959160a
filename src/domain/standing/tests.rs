//! What one makes of what a provider said, question by question.
mod token;

use chrono::{TimeDelta, TimeZone};

use super::super::finding::Verdict::{self, Failed, LeftOut, Ok as Fine, Warning};
use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

/// All is well.
fn standing() -> Standing {
    let word = |word: &str| Some(word.to_owned());
    Standing {
        version: Version {
            name: "v25.0".to_owned(),
            ends: NaiveDate::from_ymd_opt(2028, 7, 29),
            usual: "v25.0".to_owned(),
        },
        token: Told::Said(Token {
            is_valid: true,
            error: None,
            kind: word("SYSTEM_USER"),
            app_id: word("7"),
            ends: Until::Ever,
            scopes: vec![
                "whatsapp_business_management".to_owned(),
                "whatsapp_business_messaging".to_owned(),
            ],
        }),
        number: Told::Said(Number {
            display: word("+1 555-078-3881"),
            is_as_set: None,
            name: word("Jasper's Market"),
            name_status: word("APPROVED"),
            quality: word("GREEN"),
            status: word("CONNECTED"),
            verification: word("VERIFIED"),
            platform: word("CLOUD_API"),
            mode: word("LIVE"),
            throughput: word("STANDARD"),
            limit: word("TIER_250"),
        }),
        account: Told::Said(Account {
            id: "2".to_owned(),
            name: word("Jasper's"),
            review: word("APPROVED"),
            holds_number: Some(true),
        }),
        app_secrets: Told::Said(vec![true]),
        subscription: Told::Said(Subscription {
            callback_url: word("https://desk.example.com/webhook/whatsapp"),
            is_active: true,
            fields: vec!["messages".to_owned()],
        }),
        subscribed_apps: Told::Said(vec!["7".to_owned()]),
        webhook: Told::Said(Handshake::Ours),
        told: None,
    }
}

fn about() -> Circumstances {
    Circumstances {
        bill: crate::domain::bill::Bill::of("2026-11".to_owned(), &[], None),
        now: now(),
        public_url: Some("https://desk.example.com".to_owned()),
        is_simulated: false,
        written_to: 0,
        unlisted: 0,
    }
}

fn refused<T>(code: i64, is_about_token: bool) -> Told<T> {
    let (message, hint) = ("Meta's words".to_owned(), "somebody does something".to_owned());
    Told::Refused(Refusal { code, message, hint, is_about_token })
}

/// How a question stands; every failure and every warning says what to do.
#[track_caller]
fn stands(of: &Standing, about: &Circumstances, check: Check) -> Option<Verdict> {
    let found = of.findings(about);
    for finding in &found {
        let to_do = matches!(finding.verdict, Failed | Warning);
        assert_eq!(finding.todo.is_some(), to_do, "{finding:?}");
        assert!(!finding.so.is_empty(), "{finding:?}");
        assert!(!finding.so.contains("5550783881") && !finding.so.contains("078-3881"));
    }
    found.into_iter().find(|finding| finding.check == check).map(|finding| finding.verdict)
}

fn number(change: impl FnOnce(&mut Number)) -> Standing {
    let mut of = standing();
    if let Told::Said(number) = &mut of.number {
        change(number);
    }
    of
}

fn word(word: &str) -> Option<String> {
    Some(word.to_owned())
}

#[test]
fn where_all_is_well_all_is_well() {
    let found = standing().findings(&about());
    let wrong: Vec<_> = found.iter().filter(|it| it.verdict != Fine).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(found.len(), 15, "{found:?}");
}

#[test]
fn a_version_is_told_of_before_it_ends() {
    for (ends, expected) in [
        (Some((2026, 9, 24)), Failed),
        (Some((2026, 11, 20)), Failed),
        (Some((2026, 11, 21)), Warning),
        (Some((2027, 2, 9)), Warning),
        (Some((2027, 2, 20)), Fine),
        (None, Fine),
    ] {
        let mut of = standing();
        of.version.ends = ends.and_then(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d));
        assert_eq!(stands(&of, &about(), Check::ApiVersion), Some(expected), "{ends:?}");
    }
}

#[test]
fn what_cannot_be_reached_is_one_fault() {
    let away = || "nobody takes the connection".to_owned();
    let mut of = standing();
    (of.token, of.number, of.account) =
        (Told::Unreached(away()), Told::Unreached(away()), Told::LeftOut(away()));
    (of.app_secrets, of.subscription) = (Told::LeftOut(away()), Told::LeftOut(away()));
    of.subscribed_apps = Told::LeftOut(away());
    let found = of.findings(&about());
    let failed: Vec<Check> =
        found.iter().filter(|it| it.verdict == Failed).map(|it| it.check).collect();
    assert_eq!(failed, [Check::Api]);
}

#[test]
fn a_wrong_number_id_is_told_of_the_number_alone() {
    let mut of = standing();
    of.number = refused(100, false);
    assert_eq!(stands(&of, &about(), Check::Number), Some(Failed));
    assert_eq!(stands(&of, &about(), Check::Token), Some(Fine));
    assert_eq!(stands(&of, &about(), Check::Registration), None);
}

#[test]
fn a_number_is_looked_at_from_all_sides() {
    type Change = fn(&mut Number);
    let rows: [(Change, Check, Verdict); 14] = [
        (|it| it.is_as_set = Some(true), Check::Number, Fine),
        (|it| it.is_as_set = Some(false), Check::Number, Failed),
        (|it| it.name_status = word("DECLINED"), Check::Number, Warning),
        (|it| it.platform = word("NOT_APPLICABLE"), Check::Registration, Failed),
        (|it| it.status = word("DISCONNECTED"), Check::Registration, Failed),
        (|it| it.status = word("FLAGGED"), Check::Registration, Warning),
        (|it| it.status = word("BANNED"), Check::Registration, Failed),
        (|it| it.status = None, Check::Registration, Fine),
        (|it| it.quality = word("RED"), Check::Quality, Failed),
        (|it| it.quality = word("YELLOW"), Check::Quality, Warning),
        (|it| it.quality = word("UNKNOWN"), Check::Quality, Fine),
        (|it| it.mode = word("SANDBOX"), Check::Recipients, Warning),
        (|it| it.limit = None, Check::Limit, LeftOut),
        (|it| it.limit = word("TIER_OF_ANOTHER_KIND"), Check::Limit, LeftOut),
    ];
    for (at, (change, check, expected)) in rows.into_iter().enumerate() {
        assert_eq!(stands(&number(change), &about(), check), Some(expected), "row {at}");
    }
    let unlisted = Circumstances { unlisted: 2, ..about() };
    assert_eq!(stands(&standing(), &unlisted, Check::Recipients), Some(Failed));
}

#[test]
fn a_limit_is_told_of_before_it_is_used_up() {
    for (tier, used, expected) in [
        ("TIER_250", 199, Fine),
        ("TIER_250", 200, Warning),
        ("TIER_250", 250, Failed),
        ("TIER_2K", 1_599, Fine),
        ("TIER_2K", 1_600, Warning),
        ("TIER_100K", 1_000, Fine),
        ("TIER_UNLIMITED", 1_000_000, Fine),
    ] {
        let about = Circumstances { written_to: used, ..about() };
        let of = number(|it| it.limit = word(tier));
        assert_eq!(stands(&of, &about, Check::Limit), Some(expected), "{used} of {tier}");
    }
}

#[test]
fn an_account_holds_the_number_and_was_reviewed() {
    for (holds, review, expected) in [
        (Some(true), None, Fine),
        (None, word("APPROVED"), Fine),
        (Some(false), word("APPROVED"), Failed),
        (Some(true), word("PENDING"), Warning),
        (Some(true), word("REJECTED"), Failed),
    ] {
        let mut of = standing();
        let (id, name) = ("2".to_owned(), None);
        of.account = Told::Said(Account { id, name, review, holds_number: holds });
        assert_eq!(stands(&of, &about(), Check::Account), Some(expected), "{:?}", of.account);
    }
}

#[test]
fn an_app_secret_is_the_apps_own() {
    for (each, expected) in [
        (vec![true], Fine),
        (vec![true, true], Fine),
        (vec![false, true], Warning),
        (vec![false], Failed),
        (vec![false, false], Failed),
        (vec![], Failed),
    ] {
        let mut of = standing();
        of.app_secrets = Told::Said(each.clone());
        assert_eq!(stands(&of, &about(), Check::AppSecret), Some(expected), "{each:?}");
    }
}

#[test]
fn our_webhook_answers_as_ours_and_with_https() {
    let plain = Circumstances { public_url: word("http://desk.example.com"), ..about() };
    let simulated = Circumstances { is_simulated: true, ..plain.clone() };
    for (webhook, about, expected) in [
        (Told::Said(Handshake::Ours), simulated, Fine),
        (Told::Said(Handshake::Ours), about(), Fine),
        (Told::Said(Handshake::Ours), plain, Warning),
        (Told::Said(Handshake::Other(403)), about(), Failed),
        (Told::Said(Handshake::Other(502)), about(), Failed),
        (Told::Unreached("its certificate is not accepted".to_owned()), about(), Failed),
        (Told::LeftOut("PUBLIC_URL is not set".to_owned()), about(), LeftOut),
    ] {
        let mut of = standing();
        of.webhook = webhook;
        assert_eq!(stands(&of, &about, Check::Webhook), Some(expected), "{:?}", of.webhook);
    }
}

#[test]
fn a_subscription_has_two_halves() {
    let app = |callback: &str, is_active, field: &str| {
        let fields = vec![field.to_owned()];
        Told::Said(Subscription { callback_url: word(callback), is_active, fields })
    };
    let ours = "https://desk.example.com/webhook/whatsapp";
    let not_asked = || Told::LeftOut("no app secret is right".to_owned());
    for (subscription, apps, expected) in [
        (app(ours, true, "messages"), vec!["7"], Fine),
        (app("https://desk.example.com/webhook/whatsapp/", true, "messages"), vec!["7"], Fine),
        (app("https://old.example.com/webhook/whatsapp", true, "messages"), vec!["7"], Failed),
        (app(ours, false, "messages"), vec!["7"], Failed),
        (app(ours, true, "account_update"), vec!["7"], Failed),
        (app(ours, true, "messages"), vec!["8"], Failed),
        (app(ours, true, "messages"), vec![], Failed),
        (not_asked(), vec!["7"], Fine),
        (not_asked(), vec![], Failed),
    ] {
        let mut of = standing();
        of.subscription = subscription;
        of.subscribed_apps = Told::Said(apps.iter().map(|&app| app.to_owned()).collect());
        let stands = stands(&of, &about(), Check::Subscription);
        assert_eq!(stands, Some(expected), "{:?} {apps:?}", of.subscription);
    }
}

#[test]
fn what_is_kept_is_read_again() {
    let mut of = standing();
    of.webhook = Told::LeftOut("why".to_owned());
    of.account = refused(200, false);
    let kept = serde_json::to_string(&of).unwrap();
    assert_eq!(serde_json::from_str::<Standing>(&kept).unwrap(), of);
}
