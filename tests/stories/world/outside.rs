//! The simulator as a server of its own, which several programs share and which outlives them.
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use deskbell::app::simulator_alone;
use deskbell::simulator::Simulator;

use super::Settings;
use super::door::Door;
use super::provider::{ACCESS_TOKEN, NUMBER_ID, settings_for};
use super::webhook::APP_SECRET;

/// The simulator outside of every program. It answers once it knows where its reports go.
pub struct OutsideSimulator {
    pub(super) door: Arc<Door>,
    listener: TcpListener,
    running: Mutex<Option<(ServerHandle, Simulator)>>,
}

impl OutsideSimulator {
    /// A simulator that has an address and does not answer yet.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self { door: Arc::new(Door::at(address)), listener, running: Mutex::default() }
    }

    /// The settings by which programs send to it.
    pub fn settings(&self) -> Settings {
        settings_for(&format!("{}/simulator", self.door.base()))
    }

    /// Where it answers.
    pub fn address(&self) -> String {
        self.door.base()
    }

    /// Answers from now on, and posts its reports to the program at this address.
    pub(super) async fn posts_to(&self, base: &str) {
        let webhook = Some(format!("{base}/webhook/whatsapp"));
        let (token, secret) = (ACCESS_TOKEN.to_owned(), APP_SECRET.to_owned());
        let mut settings = simulator_alone(token, secret, NUMBER_ID.to_owned(), webhook);
        // A story's clock stands still, so that every message would fall into one second.
        (settings.rules.messages_per_second, settings.rules.pair_limit) = (0, false);
        settings.rules.templates_per_hour = 0;
        let simulator = Simulator::new(settings);
        let inside = simulator.clone();
        let listener = self.listener.try_clone().expect("a listener");
        let server = HttpServer::new(move || {
            let simulator = inside.clone();
            App::new().configure(move |cfg| simulator.routes(cfg))
        });
        let server = server.workers(1).disable_signals().listen(listener).expect("a listener");
        let server = server.run();
        *self.running.lock().expect("the server") = Some((server.handle(), simulator));
        tokio::spawn(server);
    }

    /// Ends it.
    pub async fn stop(&self) {
        let running = self.running.lock().expect("the server").take();
        if let Some((server, simulator)) = running {
            simulator.stop().await;
            server.stop(false).await;
        }
    }
}
