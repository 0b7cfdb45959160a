//! The simulator in the place of Meta: its credentials, and running it alone.
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::middleware::NormalizePath;
use actix_web::{App, HttpServer};
use secrecy::SecretString;

use super::secrets;
use crate::channels::whatsapp;
use crate::http;
use crate::ports::clock::{Clock, SharedClock, SystemClock};
use crate::simulator::{self, Simulator};

/// Meta's id of the simulated number.
const SIMULATED_NUMBER_ID: &str = "100000000000001";

/// The real client, pointed at the simulator. Every process of an installation derives the same
/// credentials.
pub(super) fn channel(key: &SecretString, url: &str) -> whatsapp::Settings {
    whatsapp::Settings {
        api_url: format!("{url}/simulator"),
        api_version: "v25.0".to_owned(),
        access_token: secret(key, "simulated access token"),
        phone_number_id: SIMULATED_NUMBER_ID.to_owned(),
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
        business_account_id: "100000000000002".to_owned(),
        display_number: "+15550001111".to_owned(),
        app_secret: secret(key, "simulated app secret"),
        webhook_url: Some(format!("{url}/webhook/whatsapp")),
        gate,
        now: Arc::new(move || clock.now()),
    }
}

fn secret(key: &SecretString, purpose: &str) -> SecretString {
    SecretString::from(hex::encode(secrets::derived(key, purpose)))
}

/// The simulator alone, for other people's software and for tests that kill the program.
///
/// # Errors
/// Where the server cannot run.
pub async fn serve(listener: TcpListener, settings: simulator::Settings) -> anyhow::Result<()> {
    let simulator = Simulator::new(settings);
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
        business_account_id: "100000000000002".to_owned(),
        display_number: "+15550001111".to_owned(),
        app_secret: SecretString::from(app_secret),
        webhook_url,
        gate: None,
        now: Arc::new(move || clock.now()),
    }
}
