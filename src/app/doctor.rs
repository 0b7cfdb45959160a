//! What `deskbell doctor` asks: the settings, the database and every provider, one question after the
//! other. It starts no server, and makes nothing that is not there.
mod others;
mod send;

use std::time::Duration;

use chrono::TimeDelta;

use super::{secrets, simulated};
use crate::channels::whatsapp;
use crate::config::{Config, Environment, WhatsApp};
use crate::desk::findings;
use crate::domain::bill::Bill;
use crate::domain::callback::Callbacks;
use crate::domain::finding::{Check, Finding, Verdict};
use crate::domain::standing::Circumstances;
use crate::ports::channel::Channel;
use crate::ports::clock::{Clock, SharedClock};
use crate::store::Store;
use crate::store::usage::month;

pub use send::send_to;

/// A database that does not answer by then is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// Clocks that differ by more than this make leases and what people see disagree.
const CLOCKS_MAY_DIFFER: TimeDelta = TimeDelta::seconds(2);

/// Everything that was found, the settings first.
pub async fn examine(config: &Config, clock: SharedClock) -> Vec<Finding> {
    let mut found = vec![settings(config), kept_secrets(config)];
    let (database, store) = database(config, clock.clone()).await;
    found.extend(database);
    found.push(public_url(config));
    found.extend(whatsapp(config, store.as_ref(), &*clock).await);
    found.extend(others::others(config, clock.clone()).await);
    if let Some(store) = store {
        store.close().await;
    }
    found
}

fn settings(config: &Config) -> Finding {
    let environment = match config.environment {
        Environment::Development => "development",
        Environment::Production => "production",
    };
    let whatsapp = match config.whatsapp {
        WhatsApp::Real(_) => "WhatsApp by Meta",
        WhatsApp::Simulated => "WhatsApp simulated, since no token is set",
    };
    Finding::ok(Check::Settings, format!("{environment}, {whatsapp}"))
}

fn kept_secrets(config: &Config) -> Finding {
    let given = [("JWT_SECRET", &config.jwt_secret), ("SECRET_KEY", &config.secret_key)];
    let unset: Vec<&str> =
        given.iter().filter(|(_, secret)| secret.is_none()).map(|(name, _)| *name).collect();
    match unset.as_slice() {
        [] => Finding::ok(Check::Secrets, "both are set"),
        names => {
            let names = names.join(" and ");
            Finding::ok(Check::Secrets, format!("{names}: made at the first start, kept in data/"))
        }
    }
}

fn public_url(config: &Config) -> Finding {
    const CHECK: Check = Check::PublicUrl;
    let todo =
        "whoever runs Deskbell sets PUBLIC_URL=https://… to the address of its proxy or tunnel";
    match (&config.public_url, &config.whatsapp) {
        (Some(url), _) => Finding::ok(CHECK, url),
        (None, WhatsApp::Simulated) => Finding::ok(CHECK, "not set, and nobody needs it so far"),
        (None, WhatsApp::Real(_)) => {
            Finding::warning(CHECK, "not set: nobody can say whether Meta reaches us", todo)
        }
    }
}

async fn database(config: &Config, clock: SharedClock) -> (Vec<Finding>, Option<Store>) {
    const CHECK: Check = Check::Database;
    if !config.database.is_there() {
        let todo = "`deskbell serve` makes it at the first start";
        return (vec![Finding::warning(CHECK, "there is none yet", todo)], None);
    }
    let opened = tokio::time::timeout(PATIENCE, Store::open(&config.database, clock)).await;
    let store = match opened {
        Ok(Ok(store)) => store,
        away => {
            let why = match away {
                Ok(Err(error)) => error.to_string(),
                _ => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            let todo = "whoever runs Deskbell checks DATABASE_URL, whether the database runs, and \
                whether it takes connections from here with this user and password";
            return (vec![Finding::failed(CHECK, why, todo)], None);
        }
    };
    let kind = if store.is_shared() { "PostgreSQL answers" } else { "SQLite answers" };
    let found = vec![Finding::ok(CHECK, kind), schema(config, &store).await, clocks(&store).await];
    (found, Some(store))
}

async fn schema(config: &Config, store: &Store) -> Finding {
    const CHECK: Check = Check::Schema;
    let todo = "whoever runs Deskbell runs `deskbell migrate`";
    match store.missing_migrations().await {
        Ok(0) => Finding::ok(CHECK, "up to date"),
        Ok(missing) => {
            let so = format!("{missing} changes are missing");
            match config.auto_migrate || !store.is_shared() {
                true => Finding::warning(CHECK, so, "`deskbell serve` makes them at its start"),
                false => Finding::failed(CHECK, so, todo),
            }
        }
        Err(error) => Finding::failed(CHECK, error.to_string(), todo),
    }
}

async fn clocks(store: &Store) -> Finding {
    const CHECK: Check = Check::Clock;
    let todo = "whoever runs Deskbell lets both machines keep time by NTP";
    match store.clock_skew().await {
        Ok(skew) if skew.abs() <= CLOCKS_MAY_DIFFER => {
            Finding::ok(CHECK, "program and database agree")
        }
        Ok(skew) => {
            let so = format!("the database's differs by {} s", skew.num_seconds().abs());
            Finding::warning(CHECK, so, todo)
        }
        Err(error) => Finding::failed(CHECK, error.to_string(), todo),
    }
}

async fn whatsapp(config: &Config, store: Option<&Store>, clock: &dyn Clock) -> Vec<Finding> {
    let simulated = matches!(config.whatsapp, WhatsApp::Simulated);
    let settings = match &config.whatsapp {
        WhatsApp::Real(settings) => settings.as_ref().clone(),
        WhatsApp::Simulated => match secrets::given_or_there(
            config.secret_key.as_ref(),
            &config.data_dir,
            "secret_key",
        ) {
            Some(key) => simulated::channel(&key, &here(config)),
            None => return vec![nothing_to_ask(config)],
        },
    };
    let callbacks = Callbacks::new(b"nothing is sent");
    let channel = match whatsapp::WhatsApp::open(settings, callbacks) {
        Ok(channel) => channel,
        Err(error) => {
            let todo = "whoever runs Deskbell corrects that setting";
            return vec![Finding::failed(Check::Settings, format!("{error:#}"), todo)];
        }
    };
    let asked = match simulated {
        true => config.public_url.clone().unwrap_or_else(|| here(config)),
        false => config.public_url.clone().unwrap_or_default(),
    };
    let asked = Some(asked).filter(|url| !url.is_empty());
    let Some(standing) = channel.examine(asked.as_deref()).await else { return vec![] };
    let known = match store {
        Some(store) => {
            let (provider, sender) = (channel.provider(), channel.sender());
            let (asked, rates) = (asked.as_deref(), config.rates.as_ref());
            store.circumstances(provider, sender, asked, simulated, rates).await.ok()
        }
        None => None,
    };
    // Where the database is away, that was said above.
    let about = known.unwrap_or(Circumstances {
        now: clock.now(),
        public_url: asked,
        is_simulated: simulated,
        written_to: 0,
        bill: Bill::of(month(clock.now()), &[], config.rates.as_ref()),
        unlisted: 0,
    });
    let mut found = standing.findings(&about);
    found.extend(findings::templates_now(&channel).await);
    if let Some(store) = store {
        // Where the database is away, that was said above.
        found.extend(findings::reports(store, &channel).await.ok().flatten());
    }
    found.sort_by_key(|finding| finding.check);
    let away = found.iter().any(|it| it.check == Check::Api && it.verdict == Verdict::Failed);
    if simulated && away { vec![nothing_to_ask(config)] } else { found }
}

/// Where the server would listen.
fn here(config: &Config) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.bind))
}

fn nothing_to_ask(config: &Config) -> Finding {
    let at = here(config);
    let so = format!(
        "WhatsApp is simulated inside `deskbell serve`, which does not run at {at}: token, number, \
         account and webhook were left out"
    );
    Finding::left_out(Check::Api, so)
}
