//! The walls of the house stand where `src/lib.rs` draws them: imports go down only, a big crate
//! comes in by its own door, and no file outgrows one thought. Reads the sources as text.
mod codes;
mod deploy;
mod links;
mod papers;
mod paths;
mod words;

use std::fs;
use std::path::Path;

use paths::{Used, paths};

/// From the ground up. Rooms on one floor do not know each other.
const FLOORS: [&[&str]; 7] = [
    &["domain"],
    &["messages", "metrics", "ports"],
    &["store", "channels"],
    &["desk", "config"],
    &["http", "worker"],
    &["app"],
    &["main", "lib"],
];

/// By which doors a crate comes in: a room with all its files, or one file.
const DOORS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store"]),
    ("entity", &["store"]),
    ("migration", &["store/schema.rs"]),
    ("sea_orm_migration", &["store/schema.rs"]),
    // The worker listens to PostgreSQL for tasks of other processes.
    ("sqlx", &["store", "worker"]),
    // `store/jobs.rs` writes a task as a row of its own and needs no crate for that.
    ("apalis", &["worker"]),
    ("apalis_postgres", &["store/schema.rs", "worker.rs"]),
    ("apalis_sqlite", &["store/schema.rs", "worker.rs"]),
    ("actix_web", &["http", "app", "simulator"]),
    // Settings hold addresses, and are checked by the reader of addresses that will use them.
    ("reqwest", &["channels", "config", "simulator"]),
    ("askama", &["messages", "simulator"]),
    ("mail_parser", &["simulator", "channels/mime.rs"]),
    ("lettre", &["channels/mime.rs", "channels/smtp.rs", "channels/smtp/errors.rs"]),
    ("csv", &["http/api/log_export.rs"]),
    ("schemars", &["http"]),
    ("utoipa_swagger_ui", &["http/docs.rs"]),
    ("jsonwebtoken", &["desk/tokens.rs"]),
    ("argon2", &["desk/passwords.rs"]),
    ("aws_lc_rs", &["desk/seal.rs"]),
    // A role is a word on the command line.
    ("clap", &["main", "config.rs"]),
    ("dotenvy", &["main/settings.rs"]),
    // A filter is checked by the reader that will use it.
    ("tracing_subscriber", &["telemetry.rs", "config"]),
    ("validator", &["domain/account.rs"]),
    ("moka", &["desk/access.rs", "http/limits.rs"]),
    ("prometheus", &["metrics"]),
    ("ipnet", &["config", "http/address.rs"]),
    ("actix_cors", &["http/cors.rs"]),
    // What goes wrong while a channel is opened is read on the command line only.
    ("anyhow", &["main", "app", "channels"]),
];

/// Lines of a file, its tests not counted.
const LONGEST: usize = 300;
/// Files that may be longer: how long, and why.
const LONG: &[(&str, usize, &str)] = &[];

#[test]
fn imports_go_down() {
    refuse(upward);
}

#[test]
fn each_big_crate_comes_in_by_its_own_door() {
    refuse(by_the_window);
}

#[test]
fn a_file_is_one_thought_and_says_which() {
    refuse(|file, source| too_long(file, source).into_iter().chain(speechless(file, source)));
}

/// Looks at every source; all that is wrong is said at once.
fn refuse<W: IntoIterator<Item = String>>(wrong: impl Fn(&str, &str) -> W) {
    let sources = sources("src");
    assert!(sources.len() > 10, "hardly a source was found: this test looks in the wrong place");
    let mut found: Vec<String> =
        sources.iter().flat_map(|(file, source)| wrong(file, source)).collect();
    found.sort();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Every source under this folder, by its path from there.
fn sources(folder: &str) -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut folders, mut found) = (vec![top.clone()], vec![]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of sources can be read") {
            let path = entry.expect("and each of its entries").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let source = fs::read_to_string(&path).expect("a source is text");
                let file = path.strip_prefix(&top).expect("it stands there").to_string_lossy();
                found.push((file.replace('\\', "/"), source));
            }
        }
    }
    found
}

/// Imports of rooms that stand on the same floor or above.
fn upward(file: &str, source: &str) -> Vec<String> {
    let room = room(file);
    let paths = paths(source);
    let used = paths.iter().filter_map(|path| path.room(file).map(|used| (path, used)));
    used.filter(|(_, used)| !may_use(room, used))
        .map(|(path, _)| format!("{file}: {} (imports go down only)", path.words.join("::")))
        .collect()
}

fn may_use(room: &str, used: &str) -> bool {
    let floor = |room| FLOORS.iter().position(|rooms| rooms.contains(&room));
    match (room, used) {
        _ if room == used => true,
        // Beside the house: logs, and the providers as a program of our own.
        ("telemetry", _) => used == "config",
        (_, "telemetry") => room == "main",
        ("simulator", _) => false,
        (_, "simulator") => room == "app",
        // The two mouths know no wire.
        ("http" | "worker", "channels") => false,
        // A room that stands nowhere is none.
        _ => floor(used).is_some() && floor(used) < floor(room),
    }
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

/// Crates that came in elsewhere than by their doors.
fn by_the_window(file: &str, source: &str) -> Vec<String> {
    let open = |door: &&str| file == *door || room(file) == *door;
    let shut = |path: &Used| {
        let (name, doors) = DOORS.iter().find(|(name, _)| *name == path.words[0])?;
        let said = format!("{file}: {name} comes in by {} only", doors.join(", "));
        (!doors.iter().any(open)).then_some(said)
    };
    let mut found: Vec<String> = paths(source).iter().filter_map(shut).collect();
    found.dedup();
    found
}

fn too_long(file: &str, source: &str) -> Option<String> {
    if file.ends_with("tests.rs") {
        return None;
    }
    let lines = source.lines().take_while(|line| *line != "#[cfg(test)]").count();
    match LONG.iter().find(|(long, _, _)| *long == file) {
        Some(_) if lines <= LONGEST => {
            Some(format!("{file}: has come home to {lines} lines; take it off the list LONG"))
        }
        Some((_, most, why)) if lines > *most => {
            Some(format!("{file}: {lines} lines, {most} are granted ({why}); split it by meaning"))
        }
        None if lines > LONGEST => {
            Some(format!("{file}: {lines} lines, {LONGEST} at most; split it by meaning"))
        }
        _ => None,
    }
}

fn speechless(file: &str, source: &str) -> Option<String> {
    let opening = source.lines().map_while(|line| line.strip_prefix("//! "));
    let opening = opening.collect::<Vec<_>>().join(" ");
    let said = opening.trim_end().ends_with(['.', ':']);
    (!said)
        .then(|| format!("{file}: does not open with a sentence (`//! …`) that says why it exists"))
}

#[test]
fn an_arrow_up_or_sideways_is_refused_however_it_is_written() {
    for (file, source) in [
        ("store/x.rs", "use crate::desk::Desk;"),
        ("store.rs", "pub(crate) use crate::channels::whatsapp as wire;"),
        (
            "domain/x.rs",
            "use crate::{\n    domain::text::{self, Flaws},\n    store::{Store, Tx},\n};",
        ),
        ("desk/x.rs", "use crate::config;"),
        ("desk/x.rs", "fn port() -> u16 { crate::config::Config::default().bind.port() }"),
        ("http/api/x.rs", "use crate::worker::Worker;"),
        ("http/x.rs", "use crate::channels::whatsapp;"),
        ("store/x.rs", "use super::super::desk::Desk;"),
        ("store/x.rs", "mod tests { fn f() {} use super::super::super::desk::Desk; }"),
        ("store.rs", "use super::{desk, domain};"),
        ("simulator/x.rs", "use crate::domain::phone::PhoneNumber;"),
        ("worker.rs", "use crate::simulator::Simulator;"),
        ("telemetry.rs", "use crate::desk::Desk;"),
        ("app.rs", "use crate::attic::Box;"),
        ("app.rs", "use crate::*;"),
        ("app.rs", "let quote = '\"'; use crate::attic::Box; let other = '\"';"),
    ] {
        assert!(!upward(file, source).is_empty(), "{file}: {source}");
    }
}

#[test]
fn an_arrow_down_passes_and_so_does_what_is_no_arrow() {
    for (file, source) in [
        ("desk/x.rs", "use crate::store::{Store, error::StoreError};\nuse super::Desk;"),
        ("store/x.rs", "mod a { mod b {} use super::super::error::StoreError; }"),
        ("store/x.rs", "// use crate::desk::Desk;\n/* crate::desk */ /// [`crate::desk`]"),
        ("store/x.rs", r##"let said = "crate::desk::Desk \" crate::app"; r#"crate::app::X"#;"##),
        ("config.rs", "use crate::{channels::whatsapp, store};"),
        ("main.rs", "use deskbell::{app, telemetry};"),
        ("app/x.rs", "use crate::simulator::{self, Simulator};"),
        (
            "simulator/x.rs",
            "use crate::simulator::world::World; fn f<'a>(x: &'a str) -> char { 'x' }",
        ),
        ("telemetry.rs", "use crate::config::Config;"),
    ] {
        assert_eq!(upward(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}

#[test]
fn a_crate_that_comes_in_by_the_window_is_refused() {
    for (file, source, refused) in [
        ("desk/x.rs", "use sea_orm::EntityTrait;", 1),
        ("desk/x.rs", "fn f(x: &::sea_orm::Value) {}", 1),
        ("http/x.rs", "use {\n    actix_web::web,\n    entity::{ticket, user},\n};", 1),
        ("store/jobs.rs", "use apalis::prelude::*;", 1),
        ("desk/find.rs", "let hash = argon2::Argon2::default();", 1),
        ("store/x.rs", "use entity as tables;", 0),
        ("desk/passwords.rs", "use argon2::Argon2;", 0),
        ("worker/x.rs", "use sqlx::postgres::PgListener;", 0),
        ("desk/x.rs", "fn f(entity: Row) { entity.migration::<u8>() }", 0),
    ] {
        assert_eq!(by_the_window(file, source).len(), refused, "{file}: {source}");
    }
}

#[test]
fn a_file_that_is_long_or_says_nothing_is_refused() {
    let lines = |count: usize| "//! Why.\n".to_owned() + &"use x;\n".repeat(count - 1);
    assert!(too_long("desk/x.rs", &lines(301)).is_some());
    assert!(too_long("desk/x.rs", &lines(300)).is_none());
    assert!(too_long("desk/x.rs", &(lines(300) + "#[cfg(test)]\nmod tests {}\n")).is_none());
    for (long, most, _) in LONG {
        assert!(too_long(long, &lines(most + 1)).is_some() && too_long(long, &lines(1)).is_some());
    }
    assert!(speechless("desk/x.rs", "use std::fs;").is_some());
    assert!(speechless("desk/x.rs", "//! files\nuse std::fs;").is_some());
    assert!(speechless("desk/x.rs", "//! Reads\n//! files.\nuse std::fs;").is_none());
}
