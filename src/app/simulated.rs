//! The simulator in the place of Meta: its credentials, and running it alone.
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::middleware::NormalizePath;
use actix_web::{App, HttpServer};
use secrecy::SecretString;

use super::secrets;
use crate::channels::mime::Sender;
use crate::channels::{gmail, twilio, whatsapp};
use crate::desk;
use crate::http;
use crate::ports::clock::{Clock, SharedClock, SystemClock};
use crate::simulator::{self, Simulator};

/// The simulated number.
pub(super) const NUMBER: &str = "+15550001111";
/// Meta's id of the simulated number.
const SIMULATED_NUMBER_ID: &str = "100000000000001";
/// And of the simulated account.
const SIMULATED_ACCOUNT_ID: &str = "100000000000002";

/// The real client, pointed at the simulator. Every process of an installation derives the same
/// credentials.
pub(super) fn channel(key: &SecretString, url: &str) -> whatsapp::Settings {
    whatsapp::Settings {
        api_url: format!("{url}/simulator"),
        api_version: "v25.0".to_owned(),
        access_token: secret(key, "simulated access token"),
        access_token_file: None,
        phone_number_id: SIMULATED_NUMBER_ID.to_owned(),
        business_number: None,
        business_account_id: Some(SIMULATED_ACCOUNT_ID.to_owned()),
        is_simulated: true,
        verify_token: Some(secret(key, "simulated verify token")),
        app_secrets: vec![secret(key, "simulated app secret")],
    }
}

pub(super) fn settings(
    key: &SecretString,
    url: &str,
    gate: Option<SecretString>,
    clock: SharedClock,
) -> simulator::Settings {
    simulator::Settings {
        access_token: secret(key, "simulated access token"),
        phone_number_id: SIMULATED_NUMBER_ID.to_owned(),
        business_account_id: SIMULATED_ACCOUNT_ID.to_owned(),
        display_number: NUMBER.to_owned(),
        app_secret: secret(key, "simulated app secret"),
        webhook_url: Some(format!("{url}/webhook/whatsapp")),
        gate,
        twilio: simulator::TwilioSettings {
            inbound_url: Some(format!("{url}{}", twilio::WEBHOOK)),
            ..twilio_account(key)
        },
        google: google(key),
        rules: simulator::Rules::default(),
        now: Arc::new(move || clock.now()),
    }
}

/// The real client of Twilio, pointed at the simulator. It carries SMS only: WhatsApp has a simulated
/// Meta, and nobody wants a second message where that refuses one on purpose.
pub(super) fn sms(key: &SecretString, url: &str) -> twilio::Settings {
    let account = twilio_account(key);
    twilio::Settings {
        api_url: format!("{url}/simulator"),
        account_sid: account.account_sid,
        auth_token: account.auth_token,
        webhook_key: None,
        number: Some(account.number),
        messaging_service: None,
        whatsapp_from: None,
        content_sids: BTreeMap::new(),
        callback_base: Some(url.to_owned()),
        is_simulated: true,
    }
}

/// The real client of Gmail, pointed at the simulator.
pub(super) fn email(key: &SecretString, url: &str, product: &str) -> gmail::Settings {
    let account = google(key);
    gmail::Settings {
        client_id: account.client_id,
        client_secret: account.client_secret,
        refresh_token: account.refresh_token,
        from: Sender::parse(&account.address, product).unwrap_or_else(|| Sender::known(product)),
        api_url: format!("{url}/simulator"),
        token_url: format!("{url}/simulator/token"),
        is_simulated: true,
    }
}

/// The account at the simulated Twilio.
fn twilio_account(key: &SecretString) -> simulator::TwilioSettings {
    simulator::TwilioSettings {
        auth_token: secret(key, "simulated twilio auth token"),
        ..simulator::TwilioSettings::default()
    }
}

/// The client and the mailbox at the simulated Google.
fn google(key: &SecretString) -> simulator::GoogleSettings {
    simulator::GoogleSettings {
        client_secret: secret(key, "simulated google client secret"),
        refresh_token: secret(key, "simulated google refresh token"),
        ..simulator::GoogleSettings::default()
    }
}

fn secret(key: &SecretString, purpose: &str) -> SecretString {
    SecretString::from(hex::encode(secrets::derived(key, purpose)))
}

/// A simulator whose account has our templates already, as nobody has to push them before a first
/// message; it checks them as it checks others.
pub(super) fn new(settings: simulator::Settings) -> Simulator {
    let simulator = Simulator::new(settings);
    simulator.register(desk::wanted().map(|it| whatsapp::templates::request(&it)));
    simulator
}

/// The simulator alone, for other people's software and for tests that kill the program.
///
/// # Errors
/// Where the server cannot run.
pub async fn serve(listener: TcpListener, settings: simulator::Settings) -> anyhow::Result<()> {
    let simulator = new(settings);
    let inside = simulator.clone();
    HttpServer::new(move || {
        let simulator = inside.clone();
        App::new()
            .configure(move |cfg| simulator.routes(cfg))
            .default_service(actix_web::web::to(http::nowhere))
            .wrap(NormalizePath::trim())
    })
    .listen(listener)?
    .run()
    .await?;
    simulator.stop().await;
    Ok(())
}

/// The number's id of the simulator alone.
pub fn alone(
    access_token: String,
    app_secret: String,
    phone_number_id: String,
    webhook_url: Option<String>,
) -> simulator::Settings {
    let clock = SystemClock;
    simulator::Settings {
        access_token: SecretString::from(access_token),
        phone_number_id,
        business_account_id: SIMULATED_ACCOUNT_ID.to_owned(),
        display_number: NUMBER.to_owned(),
        app_secret: SecretString::from(app_secret),
        webhook_url,
        gate: None,
        twilio: simulator::TwilioSettings::default(),
        google: simulator::GoogleSettings::default(),
        rules: simulator::Rules::default(),
        now: Arc::new(move || clock.now()),
    }
}
