//! Reading each setting, and noting what is wrong with it.
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

use super::{Config, Environment, LogFormat, Role, WhatsApp};
use crate::channels::whatsapp;
use crate::domain::account::locale;
use crate::messages::language::Language;
use crate::store;

/// Reads settings one by one; what is wrong is noted, and something stands in for it meanwhile.
pub(super) struct Reader<'a> {
    pub(super) var: &'a dyn Fn(&str) -> Option<String>,
    pub(super) wrong: Vec<String>,
}

/// Shorter secrets can be guessed.
const SHORTEST_SECRET: usize = 32;
/// What only Meta itself needs.
const OF_META: [&str; 4] = [
    "META_APP_SECRET",
    "WHATSAPP_WEBHOOK_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "WHATSAPP_PHONE_NUMBER_ID",
];
const GRAPH: &str = "https://graph.facebook.com";
const GRAPH_VERSION: &str = whatsapp::version::USUAL;

impl Reader<'_> {
    pub(super) fn config(&mut self) -> Config {
        let environment = self.one_of(
            "DESKBELL_ENV",
            Environment::Development,
            &[("development", Environment::Development), ("production", Environment::Production)],
        );
        let production = environment == Environment::Production;
        let codes = self.codes(production);
        let product = codes.product_name.clone();
        let mut config = Config {
            ignored: vec![],
            environment,
            role: Role::All,
            bind: self.bind(),
            public_url: self.public_url(),
            database: self.database(),
            auto_migrate: self.flag("DESKBELL_AUTO_MIGRATE", true),
            jwt_secret: self.secret_of_length("JWT_SECRET", production),
            secret_key: self.secret_of_length("SECRET_KEY", production),
            data_dir: PathBuf::from("data"),
            default_locale: self.default_locale(),
            open_registration: self.flag("OPEN_REGISTRATION", true),
            cors_origins: self.cors_origins(),
            trusted_proxies: self.trusted_proxies(),
            rate_limit: self.is_on("RATE_LIMIT", production),
            codes,
            metrics_token: self.metrics_token(production),
            log_format: self.one_of(
                "LOG_FORMAT",
                LogFormat::Text,
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            ),
            log_filter: self.log_filter(),
            whatsapp: self.whatsapp(production),
            line: self.line(production),
            rates: self.rates(),
            twilio: self.twilio(production),
            gmail: self.gmail(production, &product),
            smtp: self.smtp(&product),
        };
        if matches!(config.whatsapp, WhatsApp::Simulated) {
            let set = OF_META.into_iter().filter(|name| self.text(name).is_some());
            config.ignored = set.collect();
        }
        config
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.var)(name).map(|value| value.trim().to_owned())
    }

    pub(super) fn complain(&mut self, name: &str, what: &str, example: &str) {
        self.wrong.push(format!("{name} {what}, for example {name}={example}"));
    }

    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let words = [("true", true), ("1", true), ("false", false), ("0", false)];
        self.one_of(name, default, &words)
    }

    fn one_of<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(given) = self.text(name) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&given)) {
            return *value;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.complain(name, &format!("is one of {}", known.join(", ")), words[0].0);
        default
    }

    fn default_locale(&mut self) -> String {
        let given = self.text("DEFAULT_LOCALE").unwrap_or_else(|| "en".to_owned());
        let read = locale(&given).ok();
        read.filter(|tag| Language::of(tag).is_some()).unwrap_or_else(|| {
            let what = "is a language that messages are written in, perhaps with a country";
            self.complain("DEFAULT_LOCALE", what, "pt-BR");
            given
        })
    }

    fn log_filter(&mut self) -> String {
        let given =
            self.text("RUST_LOG").unwrap_or_else(|| "info,sqlx=warn,apalis=warn".to_owned());
        if EnvFilter::try_new(&given).is_err() {
            let what = "says which lines to log, by level and by module";
            self.complain("RUST_LOG", what, "info,deskbell=debug");
        }
        given
    }

    fn bind(&mut self) -> SocketAddr {
        let default = SocketAddr::from(([127, 0, 0, 1], 8000));
        let Some(given) = self.text("BIND_ADDR") else { return default };
        given.parse().unwrap_or_else(|_| {
            self.complain("BIND_ADDR", "is an address and a port", "127.0.0.1:8000");
            default
        })
    }

    fn public_url(&mut self) -> Option<String> {
        let given = self.text("PUBLIC_URL")?;
        self.address("PUBLIC_URL", &given, "https://desk.example.com")
    }

    pub(super) fn address(&mut self, name: &str, given: &str, example: &str) -> Option<String> {
        let read = reqwest::Url::parse(given).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()
        });
        if read.is_none() {
            self.complain(name, "is an address with http:// or https://", example);
            return None;
        }
        Some(given.trim_end_matches('/').to_owned())
    }

    /// An address that is the usual one unless set.
    pub(super) fn address_or(&mut self, name: &str, usual: &str) -> String {
        let given = self.text(name).unwrap_or_else(|| usual.to_owned());
        self.address(name, &given, usual).unwrap_or_else(|| usual.to_owned())
    }

    fn database(&mut self) -> store::Settings {
        let url =
            self.text("DATABASE_URL").unwrap_or_else(|| "sqlite://data/deskbell.db".to_owned());
        if !store::is_address(&url) {
            let what = "names a file (sqlite://path) or a server (postgres://user@host/database)";
            self.complain("DATABASE_URL", what, "postgres://deskbell@localhost/deskbell");
        }
        // More connections than this make PostgreSQL slower, not faster.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let connections = u32::try_from(cores * 4).unwrap_or(8).clamp(8, 32);
        store::Settings { url: SecretString::from(url), connections }
    }

    fn secret_of_length(&mut self, name: &str, needed: bool) -> Option<SecretString> {
        let example = "$(openssl rand -hex 32)";
        match self.text(name) {
            Some(given) if given.len() >= SHORTEST_SECRET => Some(SecretString::from(given)),
            Some(_) => {
                self.complain(name, "has 32 bytes or more", example);
                None
            }
            None if needed => {
                self.complain(name, "is needed in production", example);
                None
            }
            None => None,
        }
    }

    fn whatsapp(&mut self, production: bool) -> WhatsApp {
        let token = self.access_token(production);
        let (api_url, api_version) = self.graph();
        if token.is_none() && !production {
            return WhatsApp::Simulated;
        }
        let phone_number_id = self.text("WHATSAPP_PHONE_NUMBER_ID").unwrap_or_default();
        if phone_number_id.is_empty() || !phone_number_id.chars().all(|c| c.is_ascii_digit()) {
            let what = "is needed: the id of the number, all digits, from WhatsApp > API Setup";
            self.complain("WHATSAPP_PHONE_NUMBER_ID", what, "106540352242922");
        }
        let verify_token = self.text("WHATSAPP_VERIFY_TOKEN").map(SecretString::from);
        let app_secrets = self.app_secrets();
        if production && verify_token.is_none() {
            self.complain("WHATSAPP_VERIFY_TOKEN", "is needed in production", "a-word-of-your-own");
        }
        if production && app_secrets.is_empty() {
            let what = "is needed in production: App settings > Basic > App secret";
            self.complain("META_APP_SECRET", what, "0123456789abcdef0123456789abcdef");
        }
        // Without a token it does not start.
        let Some((access_token, access_token_file)) = token else { return WhatsApp::Simulated };
        WhatsApp::Real(Box::new(whatsapp::Settings {
            api_url,
            api_version,
            access_token,
            access_token_file,
            phone_number_id,
            business_number: self.business_number(),
            business_account_id: self.business_account_id(),
            is_simulated: false,
            verify_token,
            app_secrets,
        }))
    }

    /// Two with a comma, while one is rotated.
    fn app_secrets(&self) -> Vec<SecretString> {
        let given = self.text("META_APP_SECRET").or_else(|| self.text("WHATSAPP_WEBHOOK_SECRET"));
        let given = given.unwrap_or_default();
        let each = given.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        each.map(|secret| SecretString::from(secret.to_owned())).collect()
    }

    /// A version at the end of the address counts as the version.
    fn graph(&mut self) -> (String, String) {
        let url = self.address_or("WHATSAPP_API_URL", GRAPH);
        let asked = self.text("WHATSAPP_API_VERSION");
        if let Some((base, last)) = url.rsplit_once('/')
            && is_version(last)
        {
            return (base.to_owned(), asked.unwrap_or_else(|| last.to_owned()));
        }
        let version = asked.unwrap_or_else(|| GRAPH_VERSION.to_owned());
        if !is_version(&version) {
            self.complain("WHATSAPP_API_VERSION", "is a version of the Graph API", GRAPH_VERSION);
        }
        (url, version)
    }

    /// A limit that only a benchmark may do without.
    pub(super) fn is_on(&mut self, name: &str, production: bool) -> bool {
        let on = self.one_of(name, true, &[("on", true), ("off", false)]);
        if production && !on {
            self.complain(name, "cannot be off in production; leave it out", "on");
        }
        on
    }
}

fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or_default();
    let (major, minor) = number.split_once('.').unwrap_or_default();
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    digits(major) && digits(minor)
}
