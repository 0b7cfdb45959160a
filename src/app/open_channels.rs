//! Every channel that is set up, in the order in which its medium prefers them: Meta before Twilio
//! for WhatsApp, Gmail before a mail server for e-mail.
use std::sync::Arc;

use secrecy::SecretString;

use super::{secrets, simulated};
use crate::channels::{gmail, smtp, twilio, whatsapp};
use crate::config::{Config, Provider, WhatsApp};
use crate::desk::Templates;
use crate::desk::channels::Channels;
use crate::domain::callback::Callbacks;
use crate::ports::channel::Channel;
use crate::ports::clock::SharedClock;

/// Opens them; `here` is where this program, and with it the simulator, answers.
///
/// # Errors
/// Where a setting cannot be used.
pub(super) fn all(
    config: &Config,
    key: &SecretString,
    here: &str,
    clock: SharedClock,
) -> anyhow::Result<Channels> {
    let callbacks = Callbacks::new(&secrets::derived(key, "callback data"));
    let settings = match &config.whatsapp {
        WhatsApp::Real(settings) => settings.as_ref().clone(),
        WhatsApp::Simulated => simulated::channel(key, here),
    };
    let usual = Arc::new(whatsapp::WhatsApp::open(settings, callbacks.clone())?);
    let mut others: Vec<Arc<dyn Channel>> = vec![];
    if let Some(settings) = of_twilio(config, key, here) {
        for channel in twilio::Twilio::open(settings, callbacks)? {
            others.push(Arc::new(channel));
        }
    }
    if let Some(settings) = of_google(config, key, here) {
        others.push(Arc::new(gmail::Gmail::open(settings, clock)?));
    }
    if let Some(settings) = &config.smtp {
        others.push(Arc::new(smtp::Smtp::open(settings.clone())?));
    }
    Ok(Channels::new(usual, others, Templates::new(&config.default_locale)))
}

/// Twilio's settings, with the address under which it reaches us. Without TLS it is no Twilio, but
/// something beside us, which reaches us where we listen.
fn of_twilio(config: &Config, key: &SecretString, here: &str) -> Option<twilio::Settings> {
    let settings = match &config.twilio {
        Provider::Absent => return None,
        Provider::Simulated => return Some(simulated::sms(key, here)),
        Provider::Real(settings) => settings.as_ref().clone(),
    };
    let beside_us = settings.api_url.starts_with("http://").then(|| here.to_owned());
    Some(twilio::Settings { callback_base: config.public_url.clone().or(beside_us), ..settings })
}

fn of_google(config: &Config, key: &SecretString, here: &str) -> Option<gmail::Settings> {
    match &config.gmail {
        Provider::Absent => None,
        Provider::Simulated => Some(simulated::email(key, here, &config.codes.product_name)),
        Provider::Real(settings) => Some(settings.as_ref().clone()),
    }
}
