//! With which settings the program of a story starts.
use deskbell::config::Config;

use super::World;

/// The settings of the program; a story may add to them.
pub type Settings = Vec<(&'static str, String)>;

/// Signs callback data, and the webhooks of the built-in simulator.
pub const SECRET_KEY: &str = "the stories' own secret key, 32 bytes and more";

impl World {
    /// The settings with which the program would start now.
    pub fn config(&self) -> Config {
        self.config_with(&[])
    }

    /// The same with these settings besides.
    pub fn config_with(&self, more: &[(&'static str, &str)]) -> Config {
        let own = |name: &str| {
            if let Some((_, value)) = more.iter().find(|(known, _)| *known == name) {
                return Some((*value).to_owned());
            }
            let set = self.settings.iter().rev().find(|(known, _)| *known == name);
            set.map(|(_, value)| value.clone()).or_else(|| usual(name, &self.kept.url))
        };
        let mut config = Config::read(own).expect("the stories' settings are right");
        config.data_dir = self.kept.folder.clone();
        config
    }

    /// From its next start on the program has this setting besides.
    pub fn sets(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// The next start is with these settings, too.
    pub fn will_start_with(&mut self, settings: Settings) {
        self.settings.extend(settings);
    }
}

/// The settings of a program that nobody has anything special to tell.
pub(super) fn usual_config(url: &str) -> Config {
    Config::read(|name| usual(name, url)).expect("the stories' settings are right")
}

fn usual(name: &str, url: &str) -> Option<String> {
    match name {
        "BIND_ADDR" => Some("127.0.0.1:0".to_owned()),
        "DATABASE_URL" => Some(url.to_owned()),
        "JWT_SECRET" => Some("signs the stories' tokens, 32 bytes and more".to_owned()),
        "SECRET_KEY" => Some(SECRET_KEY.to_owned()),
        "RATE_LIMIT" => Some("off".to_owned()),
        _ => None,
    }
}
