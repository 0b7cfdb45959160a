//! What the doctor asks of the providers besides Meta.
use secrecy::SecretString;

use super::super::{open_channels, secrets};
use super::here;
use crate::config::Config;
use crate::domain::finding::{Check, Finding, Verdict};
use crate::ports::clock::SharedClock;

/// Everything that was found about them. A simulator that does not run is nobody to ask.
pub(super) async fn others(config: &Config, clock: SharedClock) -> Vec<Finding> {
    let kept = secrets::given_or_there(config.secret_key.as_ref(), &config.data_dir, "secret_key");
    let is_new = kept.is_none();
    let key = kept.unwrap_or_else(|| SecretString::from("nothing is signed with this"));
    let channels = match open_channels::all(config, &key, &here(config), clock) {
        Ok(channels) => channels,
        Err(error) => {
            let todo = "whoever runs Deskbell corrects that setting";
            return vec![Finding::failed(Check::Settings, format!("{error:#}"), todo)];
        }
    };
    let mut found = vec![];
    for channel in channels.all().skip(1) {
        let simulated = channel.is_simulated();
        if simulated && is_new {
            continue;
        }
        let Some(standing) = channel.examine(config.public_url.as_deref()).await else { continue };
        let told = standing.told.unwrap_or_default();
        let away = told.iter().any(|it| it.check == Check::Api && it.verdict == Verdict::Failed);
        if !(simulated && away) {
            found.extend(told);
        }
    }
    found
}
