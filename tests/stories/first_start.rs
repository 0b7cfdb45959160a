//! The first start on a database with nothing in it, and every start after it: the schema is up
//! whatever happened before.
use std::process::Command;

use deskbell::config::Role;
use futures::future::join_all;

use super::world::{Database, World, tell_from_nothing};

const MARKS: &str = "SELECT count(*) FROM schema_marks";
const CHANGES: &str = "SELECT count(*) FROM seaql_migrations";

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_made_on_an_empty_file() {
    tell_from_nothing(Database::Sqlite, from_nothing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_made_on_an_empty_server() {
    tell_from_nothing(Database::Postgres, from_nothing).await;
}

async fn from_nothing(world: &mut World) {
    let client = world.client();
    client.files("Made from nothing").await;
    world.settle().await;
    assert_eq!(world.log("status=SENT").await.len(), 1);
    assert_eq!(world.count(MARKS).await, 1);
    let changes = world.count(CHANGES).await;
    world.restarts_with(vec![]).await;
    assert_eq!(world.count(CHANGES).await, changes);
    assert_eq!(client.sees("/api/tickets").await["items"][0]["title"], "Made from nothing");
}

super::world::stories![
    a_start_that_was_cut_off_is_made_up_for,
    a_version_that_lacks_a_change_does_not_start,
];

async fn a_start_that_was_cut_off_is_made_up_for(world: &mut World) {
    let filed = world.client().files("Found once more").await;
    world.stops().await;
    // A program ended after the last change, and before what follows it.
    world.changes_rows("DELETE FROM schema_marks").await;
    world.changes_rows("DELETE FROM ticket_words").await;
    world.restarts_with(vec![]).await;
    let found = world.client().sees("/api/tickets?q=found").await;
    assert_eq!(found["items"][0]["id"], filed["id"]);
    // Another ended before the last change.
    world.stops().await;
    world.changes_rows("DROP TABLE schema_marks").await;
    let last = "DELETE FROM seaql_migrations WHERE version LIKE '%_000017_%'";
    assert_eq!(world.changes_rows(last).await, 1);
    world.restarts_with(vec![]).await;
    assert_eq!(world.count(MARKS).await, 1);
}

async fn a_version_that_lacks_a_change_does_not_start(world: &mut World) {
    world.stops().await;
    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_later', 0)";
    world.changes_rows(later).await;
    let refused = world.tries_another(Role::All).await.err().expect("it knows less");
    assert!(format!("{refused:#}").contains("m29990101_later"), "{refused:#}");
}

#[test]
fn whoever_asks_for_the_schema_of_nothing_leaves_nothing_behind() {
    let folder = std::env::temp_dir().join(format!("asked_{}", ulid::Ulid::generate()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let asked = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .args(["migrate", "status"])
        .env_clear()
        .current_dir(&folder)
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&asked.stdout);
    assert!(asked.status.success(), "{asked:?}");
    assert!(told.lines().count() > 10 && told.lines().all(|it| it.starts_with("down ")), "{told}");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0, "it is still empty");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_that_start_at_once_on_nothing_agree() {
    tell_from_nothing(Database::Postgres, async |world: &mut World| {
        world.stops().await;
        world.changes_rows("DROP SCHEMA apalis CASCADE").await;
        world.changes_rows("DROP SCHEMA public CASCADE").await;
        world.changes_rows("CREATE SCHEMA public").await;
        let started = join_all((0..4).map(|_| world.another(Role::Api))).await;
        for program in started {
            program.stop().await.expect("it stops");
        }
        assert_eq!(world.count(MARKS).await, 1);
    })
    .await;
}

#[test]
fn what_is_wrong_in_the_settings_file_is_named_and_never_shown() {
    let folder = std::env::temp_dir().join(format!("settings_{}", ulid::Ulid::generate()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = "# ours\nJWT_SECRET=hunter2 hunter2 hunter2\nMETRICS_TOKEN=abcdef$hunter2\nRATE_LIMIT=maybe\n\
                SMTP_URL=\"smtps://user:hunter2@mail.example.com\nDEFAULT_LOCALE=zz\nGMAIL_API_URL=nowhere\n";
    std::fs::write(folder.join(".env"), file).expect("a file");
    for asked in ["serve", "doctor", "migrate"] {
        let asked = Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .arg(asked)
            .env_clear()
            .current_dir(&folder)
            .output()
            .expect("the program runs");
        let told = [asked.stdout, asked.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(!asked.status.success(), "{told}");
        for named in [
            "line 2 of .env: JWT_SECRET",
            "line 3 of .env: METRICS_TOKEN",
            "RATE_LIMIT is one of",
            "line 5 of .env: SMTP_URL",
            "DEFAULT_LOCALE is a language",
            "GMAIL_API_URL is an address",
        ] {
            assert!(told.contains(named), "{named}: {told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

/// As the file says: take the `#` away from what you want.
#[test]
fn every_line_of_the_example_is_a_setting() {
    let folder = std::env::temp_dir().join(format!("example_{}", ulid::Ulid::generate()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let example = include_str!("../../.env.example");
    let setting = |line: &str| {
        let (name, value) = line.strip_prefix('#')?.split_once('=')?;
        let is_name = name.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
        (is_name && !value.is_empty()).then(|| format!("{name}={value}\n"))
    };
    let settings: String = example.lines().filter_map(setting).collect();
    assert!(settings.lines().count() > 20, "{settings}");
    std::fs::write(folder.join(".env"), settings).expect("a file");
    let asked = Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .arg("doctor")
        .env_clear()
        .current_dir(&folder)
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&asked.stdout);
    assert!(!told.contains("of .env"), "{told}");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}
