//! `deskbell simulator`: its options, and running it.
use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use clap::{Args, ValueEnum};
use deskbell::app;
use deskbell::app::SimulatorSettings;

/// Whether something is kept.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Every option has a value that works; give those that your software is set to.
#[derive(Args)]
pub struct SimulatorCommand {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8010")]
    bind: SocketAddr,
    /// Asked for by its pages and its own API, as `?token=…` or as a bearer token.
    #[arg(long)]
    token: Option<String>,
    /// The bearer token that Meta takes.
    #[arg(long, default_value = "simulated", help_heading = "Meta")]
    access_token: String,
    /// What Meta signs webhooks with.
    #[arg(long, default_value = "simulated", help_heading = "Meta")]
    app_secret: String,
    /// The id of the number at Meta.
    #[arg(long, default_value = "100000000000001", help_heading = "Meta")]
    phone_number_id: String,
    /// The id of the WhatsApp Business Account.
    #[arg(long, default_value = "100000000000002", help_heading = "Meta")]
    business_account_id: String,
    /// The number at Meta.
    #[arg(long, default_value = "+15550001111", help_heading = "Meta")]
    number: String,
    /// Where Meta posts webhooks.
    #[arg(long, help_heading = "Meta")]
    webhook_url: Option<String>,
    /// How many messages a second the number at Meta may send; 0 is no limit.
    #[arg(long, default_value_t = 80, help_heading = "Meta")]
    messages_per_second: u32,
    /// Whether one person gets one message in 6 s, beyond a burst of 45.
    #[arg(long, value_enum, default_value_t = Switch::On, help_heading = "Meta")]
    pair_limit: Switch,
    /// The account at Twilio.
    #[arg(long, default_value = "AC00000000000000000000000000000001", help_heading = "Twilio")]
    twilio_account_sid: String,
    /// Its auth token.
    #[arg(long, default_value = "simulated", help_heading = "Twilio")]
    twilio_auth_token: String,
    /// Its number for SMS.
    #[arg(long, default_value = "+15550002222", help_heading = "Twilio")]
    twilio_number: String,
    /// Its number on WhatsApp; the usual one is the sandbox's.
    #[arg(long, default_value = "+14155238886", help_heading = "Twilio")]
    twilio_whatsapp_number: String,
    /// Its Messaging Service.
    #[arg(long, default_value = "MG00000000000000000000000000000001", help_heading = "Twilio")]
    twilio_messaging_service_sid: String,
    /// Where Twilio posts what people write.
    #[arg(long, help_heading = "Twilio")]
    twilio_inbound_url: Option<String>,
    /// The client at Google.
    #[arg(long, default_value = "simulated.apps.googleusercontent.com", help_heading = "Google")]
    google_client_id: String,
    /// Its secret.
    #[arg(long, default_value = "simulated", help_heading = "Google")]
    google_client_secret: String,
    /// A refresh token that it was granted.
    #[arg(long, default_value = "1//simulated", help_heading = "Google")]
    google_refresh_token: String,
    /// The mailbox that mails are from.
    #[arg(long, default_value = "desk@example.com", help_heading = "Google")]
    google_address: String,
}

impl SimulatorCommand {
    /// Runs it until it is told to end.
    pub async fn run(self) -> anyhow::Result<()> {
        let bind = self.bind;
        let listener = TcpListener::bind(bind)
            .with_context(|| format!("nobody can listen at {bind} (--bind)"))?;
        let at = listener.local_addr()?;
        println!(
            "The simulator listens at http://{at}/simulator\n\
             \x20 Meta:   http://{at}/simulator/v25.0/{}/messages\n\
             \x20 Twilio: http://{at}/simulator/2010-04-01/Accounts/{}/Messages.json\n\
             \x20 Gmail:  http://{at}/simulator/gmail/v1/users/me/messages/send\n\
             \x20 Google: http://{at}/simulator/token",
            self.phone_number_id, self.twilio_account_sid
        );
        app::serve_simulator(listener, self.settings()).await
    }

    fn settings(self) -> SimulatorSettings {
        let mut settings = app::simulator_alone(
            self.access_token,
            self.app_secret,
            self.phone_number_id,
            self.webhook_url,
        );
        settings.gate = self.token.map(Into::into);
        settings.business_account_id = self.business_account_id;
        settings.display_number = self.number;
        settings.rules.messages_per_second = self.messages_per_second;
        settings.rules.pair_limit = self.pair_limit == Switch::On;
        let twilio = &mut settings.twilio;
        twilio.account_sid = self.twilio_account_sid;
        twilio.auth_token = self.twilio_auth_token.into();
        twilio.number = self.twilio_number;
        twilio.whatsapp_number = self.twilio_whatsapp_number;
        twilio.messaging_service_sid = self.twilio_messaging_service_sid;
        twilio.inbound_url = self.twilio_inbound_url;
        let google = &mut settings.google;
        google.client_id = self.google_client_id;
        google.client_secret = self.google_client_secret.into();
        google.refresh_token = self.google_refresh_token.into();
        google.address = self.google_address;
        settings
    }
}
