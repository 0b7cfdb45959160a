//! Meta's WhatsApp Cloud API as a program of our own: a citizen, not a mock.
//!
//! It answers a client as Meta does, over real HTTP: the same shapes, errors and limits, and
//! signed webhooks. It knows wires and nothing of Deskbell. Beside Meta's routes it has pages and
//! a JSON API of its own, by which one reads each phone, answers as that person, and chooses what
//! goes wrong.

mod address;
mod answer;
mod api;
mod catalogue;
mod courier;
mod faults;
mod fields;
mod gate;
mod graph;
mod inbound;
mod interactive;
mod kind;
mod ledger;
mod line;
mod link;
mod markup;
mod message;
mod page;
mod phones;
mod plan;
mod refusal;
mod request;
mod routes;
mod shown;
mod signature;
mod status;
mod template;
mod view;
mod wamid;
mod webhook;
mod world;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use self::world::World;

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

    /// Puts everything under `/simulator`.
    pub fn routes(&self, cfg: &mut ServiceConfig) {
        routes::mount(Arc::clone(&self.world), cfg);
    }

    /// Posts no webhook any more, and answers whom a fault keeps waiting.
    pub async fn stop(&self) {
        self.world.stop().await;
    }
}
