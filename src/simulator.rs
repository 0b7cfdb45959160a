//! Meta's WhatsApp Cloud API as a program of our own: a citizen, not a mock.
//!
//! It answers a client as Meta does, over real HTTP: the same shapes, errors and limits, and
//! signed webhooks. It knows wires and nothing of Deskbell. Beside Meta's routes it has pages and
//! a JSON API of its own, by which one reads each phone, answers as that person, and chooses what
//! goes wrong.

mod account;
mod address;
mod answer;
mod api;
mod catalogue;
mod courier;
mod faults;
mod fields;
mod gate;
mod google;
mod graph;
mod inbound;
mod interactive;
mod kind;
mod ledger;
mod limits;
mod line;
mod link;
mod mail;
mod mail_page;
mod mailbox_api;
mod mailboxes;
mod management;
mod markup;
mod media;
mod media_door;
mod message;
mod odd;
mod one_time_code;
mod page;
mod phones;
mod plan;
mod provider;
mod refusal;
mod request;
mod routes;
mod rules;
mod rules_api;
mod said;
mod shown;
mod signature;
mod spelling;
mod standing;
mod status;
mod tasks;
mod template;
mod template_body;
mod templates;
mod twilio;
mod view;
mod wamid;
mod webhook;
mod world;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use self::world::World;
pub use self::{
    google::Settings as GoogleSettings,
    rules::Rules,
    twilio::{Settings as TwilioSettings, SharedKey},
};

/// What the simulator is told when it is made.
pub struct Settings {
    /// The bearer token that Meta would have issued.
    pub access_token: SecretString,
    /// The id of the business's number, which stands in the path of a send.
    pub phone_number_id: String,
    /// The id of the WhatsApp Business Account, which webhooks carry as `entry[].id`.
    pub business_account_id: String,
    /// The business's number, such as `+15550001111`.
    pub display_number: String,
    /// What webhooks are signed with.
    pub app_secret: SecretString,
    /// Where webhooks are posted; without it, none are.
    pub webhook_url: Option<String>,
    /// The token that the pages and the simulator's own API ask for; without it, they ask nobody.
    pub gate: Option<SecretString>,
    /// The account at Twilio.
    pub twilio: TwilioSettings,
    /// The client and the mailbox at Google.
    pub google: GoogleSettings,
    /// The rules that the providers keep at first.
    pub rules: Rules,
    /// What time it is.
    pub now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

/// The simulator. Cheap to clone; every clone is the same one.
#[derive(Clone)]
pub struct Simulator {
    world: Arc<World>,
}

impl Simulator {
    /// A simulator whose phones are empty. It may be made before there is a runtime.
    pub fn new(settings: Settings) -> Self {
        Self { world: Arc::new(World::new(settings)) }
    }

    /// Creates templates in its account, from requests that Meta would take; others are left out.
    pub fn register(&self, requests: impl IntoIterator<Item = serde_json::Value>) {
        let mut memory = self.world.memory();
        for request in requests {
            if let Err(refusal) = memory.templates.create(&request) {
                tracing::warn!(%refusal, "simulator: a template is left out");
            }
        }
    }

    /// Puts everything under `/simulator`.
    pub fn routes(&self, cfg: &mut ServiceConfig) {
        routes::mount(Arc::clone(&self.world), cfg);
    }

    /// Posts no webhook any more, and answers whom a fault keeps waiting.
    pub async fn stop(&self) {
        self.world.stop().await;
    }
}

#[cfg(test)]
impl Settings {
    /// Those of the simulators in the tests of its parts.
    fn of_a_test() -> Self {
        Self {
            access_token: "token".into(),
            phone_number_id: "106540352242922".into(),
            business_account_id: "102290129340398".into(),
            display_number: "+15550001111".into(),
            app_secret: "secret".into(),
            webhook_url: None,
            gate: None,
            now: Arc::new(|| DateTime::UNIX_EPOCH),
            twilio: TwilioSettings::default(),
            google: GoogleSettings::default(),
            rules: Rules::default(),
        }
    }
}
