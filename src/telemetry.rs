//! Logs: as text for people, as JSON for programs.
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to log on standard error. Only `main` does; tests listen to nothing.
pub fn begin(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true);
            lines.with_current_span(true).with_span_list(false).init();
        }
    }
    for name in &config.ignored {
        tracing::warn!(
            setting = name,
            "{name} has no effect: WhatsApp is simulated as long as WHATSAPP_ACCESS_TOKEN is not set"
        );
    }
}
