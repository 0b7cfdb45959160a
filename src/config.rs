//! Settings, read once through a function that a test can replace. Wrong and missing ones are named
//! all at once, each with what is wrong and an example.
mod business;
mod codes;
mod email;
mod line;
mod network;
mod rates;
mod reader;
mod token;
mod twilio;

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::channels::{gmail, smtp, twilio as sms, whatsapp};
use crate::domain::pace::Limits;
use crate::domain::rates::Rates;
use crate::store;
pub use codes::Codes;

/// What this process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers people, and works.
    #[default]
    All,
    /// Answers people.
    Api,
    /// Works.
    Worker,
}

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On somebody's desk.
    Development,
    /// For real.
    Production,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Who carries WhatsApp messages.
#[derive(Clone, Debug)]
pub enum WhatsApp {
    /// Meta, or whoever stands in for it.
    Real(Box<whatsapp::Settings>),
    /// The simulator inside this program, or inside another process of this installation.
    Simulated,
}

/// Who stands behind a channel.
#[derive(Clone, Debug)]
pub enum Provider<T> {
    /// The provider itself, or whoever stands in for it.
    Real(Box<T>),
    /// The simulator.
    Simulated,
    /// Nobody.
    Absent,
}

impl<T> Provider<T> {
    /// Whether the simulator stands in for it.
    pub fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated)
    }
}

/// Everything that the program has to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it runs.
    pub environment: Environment,
    /// What this process does.
    pub role: Role,
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where people reach it, without a slash at the end; `http://` and where it listens unless set.
    pub public_url: Option<String>,
    /// The database.
    pub database: store::Settings,
    /// Whether `serve` brings the schema of PostgreSQL up.
    pub auto_migrate: bool,
    /// Signs access tokens; made and kept in the data folder where it is not set.
    pub jwt_secret: Option<SecretString>,
    /// Signs callback data and cursors; made and kept in the data folder where it is not set.
    pub secret_key: Option<SecretString>,
    /// Where secrets that were made are kept.
    pub data_dir: PathBuf,
    /// The language of people who chose none.
    pub default_locale: String,
    /// Whether anybody may open an account.
    pub open_registration: bool,
    /// Origins whose pages a browser may let ask, as browsers write them.
    pub cors_origins: Vec<String>,
    /// Networks of proxies that are believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether it matters how often anybody asks.
    pub rate_limit: bool,
    /// What is decided about one-time codes.
    pub codes: Codes,
    /// What whoever reads the metrics has to show.
    pub metrics_token: Option<SecretString>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines there are.
    pub log_filter: String,
    /// Who carries WhatsApp messages.
    pub whatsapp: WhatsApp,
    /// How fast they may go.
    pub line: Limits,
    /// What a message costs, as far as the operator said.
    pub rates: Option<Rates>,
    /// Who carries SMS, and WhatsApp messages by another way.
    pub twilio: Provider<sms::Settings>,
    /// Who carries e-mails.
    pub gmail: Provider<gmail::Settings>,
    /// Who carries them besides.
    pub smtp: Option<smtp::Settings>,
    /// What was set and has no effect, since WhatsApp is simulated.
    pub ignored: Vec<&'static str>,
}

/// Settings that are wrong or missing, one line each.
#[derive(Debug, thiserror::Error)]
#[error("the settings are wrong:\n  {}", .0.join("\n  "))]
pub struct Wrong(pub Vec<String>);

impl Config {
    /// Whether the simulator stands in for anybody.
    pub fn simulates(&self) -> bool {
        let others = self.twilio.is_simulated() || self.gmail.is_simulated();
        others || matches!(self.whatsapp, WhatsApp::Simulated)
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// Names every setting that is wrong or missing.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Result<Self, Wrong> {
        let mut reader = reader::Reader {
            var: &|name| var(name).filter(|value| !value.trim().is_empty()),
            wrong: vec![],
        };
        let config = reader.config();
        if reader.wrong.is_empty() { Ok(config) } else { Err(Wrong(reader.wrong)) }
    }
}

#[cfg(test)]
mod tests;
