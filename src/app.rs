//! The one place where everything is built: `main` and every test build it the same way.
pub mod doctor;
mod first_start;
mod gmail_connect;
mod open_channels;
mod secrets;
mod simulated;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{NormalizePath, from_fn};
use actix_web::{App, HttpServer};
use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Config, Environment, Role, WhatsApp};
use crate::desk::channels::Channels;
use crate::desk::codes::CodeSettings;
use crate::desk::{self, Desk};
use crate::domain::phone::PhoneNumber;
use crate::http::{self, Cursors, Shared, Stopping};
use crate::ports::clock::{SharedClock, SystemClock};
pub use crate::simulator::Settings as SimulatorSettings;
use crate::simulator::Simulator;
use crate::store::Store;
use crate::worker::Worker;
pub use first_start::Account;
pub use gmail_connect::{gmail_connect, gmail_door};
pub use simulated::{alone as simulator_alone, serve as serve_simulator};

/// Sends in hand have this long to end; Meta is given ten seconds to answer.
const WORK_ENDS_WITHIN: Duration = Duration::from_secs(15);
/// Then requests under way have this long.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(8);
/// Connections to the database have this long to say goodbye.
const CLOSES_WITHIN: Duration = Duration::from_secs(2);
/// A request's head has this long to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The program, built and listening.
pub struct Deskbell {
    /// Where it listens.
    pub address: SocketAddr,
    /// The desk, for those who speak to it directly.
    pub desk: Desk,
    /// Accounts that were made because the database was new, with their passwords.
    pub first_accounts: Vec<Account>,
    /// What the simulator's pages ask for, where they are open to the network.
    pub gate: Option<SecretString>,
    worker: Option<Worker>,
    simulator: Option<Simulator>,
    server: ServerHandle,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    stopping: Stopping,
}

/// What both the server and the command line work with.
pub struct Parts {
    /// The desk.
    pub desk: Desk,
    secret_key: SecretString,
}

impl Parts {
    /// Opens the database, the channel and the desk. `simulated_at` is where the simulator answers.
    ///
    /// # Errors
    /// Where a secret cannot be kept, or the database is away.
    pub async fn open(
        config: &Config,
        clock: SharedClock,
        simulated_at: &str,
    ) -> anyhow::Result<Self> {
        let secret_key =
            secrets::given_or_kept(config.secret_key.as_ref(), &config.data_dir, "secret_key")?;
        let jwt_secret =
            secrets::given_or_kept(config.jwt_secret.as_ref(), &config.data_dir, "jwt_secret")?;
        let store = Store::open(&config.database, clock.clone()).await;
        let store = store.context("the database cannot be opened (DATABASE_URL)")?;
        let channels = open_channels::all(config, &secret_key, simulated_at, clock)?;
        let settings = desk::Settings {
            jwt_secret,
            digest_key: hex::encode(secrets::derived(&secret_key, "digests")).into(),
            default_locale: config.default_locale.clone(),
            open_registration: config.open_registration,
            public_url: config.public_url.clone(),
            rate_limit: config.rate_limit,
            codes: codes(config, &channels),
            line: config.line,
            rates: config.rates.clone(),
        };
        Ok(Self { desk: Desk::open(store, channels, &settings), secret_key })
    }
}

/// Whoever asks is shown a code only where nobody else could be asked for it.
fn codes(config: &Config, channels: &Channels) -> CodeSettings {
    let development = config.environment == Environment::Development;
    CodeSettings {
        product_name: config.codes.product_name.clone(),
        countries: config.codes.countries.clone(),
        daily_budget: config.codes.daily_budget,
        shown: channels.simulated_media().filter(|_| development).collect(),
        mock: config.codes.mock,
        business_number: match &config.whatsapp {
            WhatsApp::Simulated => PhoneNumber::parse(simulated::NUMBER).ok(),
            WhatsApp::Real(settings) => {
                settings.business_number.as_deref().and_then(|it| PhoneNumber::parse(it).ok())
            }
        },
    }
}

impl Deskbell {
    /// Builds the program and starts it.
    ///
    /// # Errors
    /// Where the settings do not fit together, the port is taken, or the database is away.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        Self::build_with(config, Arc::new(SystemClock)).await
    }

    /// As [`Self::build`], by a clock of one's own.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub async fn build_with(config: Config, clock: SharedClock) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(config.bind)
            .with_context(|| format!("nobody can listen at {} (BIND_ADDR)", config.bind))?;
        let address = listener.local_addr()?;
        let url = config.public_url.clone().unwrap_or_else(|| match config.role {
            // The simulator is not here but where the API is.
            Role::Worker => "http://127.0.0.1:8000".to_owned(),
            Role::All | Role::Api => format!("http://{address}"),
        });
        let parts = Parts::open(&config, clock.clone(), &url).await?;
        let store = parts.desk.store();
        if config.role != Role::All && !store.is_shared() {
            bail!(
                "`--role api` and `--role worker` need PostgreSQL: SQLite belongs to one process. Set DATABASE_URL=postgres://…, or leave the role out"
            );
        }
        if !store.is_shared() || config.auto_migrate {
            store.migrate().await?;
        }
        let simulated = config.simulates() && config.role != Role::Worker;
        let first_accounts = match config.whatsapp {
            WhatsApp::Simulated if simulated => first_start::accounts(&parts.desk).await?,
            _ => vec![],
        };
        let gate = (simulated && !address.ip().is_loopback()).then(secrets::random);
        let simulator = simulated.then(|| {
            let settings =
                simulated::settings(&parts.secret_key, &url, gate.clone(), clock.clone());
            simulated::new(settings)
        });
        let stopping = Stopping::default();
        let shared = Shared {
            desk: parts.desk.clone(),
            cursors: Cursors::new(&secrets::derived(&parts.secret_key, "cursors")),
            stopping: stopping.clone(),
            limits: config
                .rate_limit
                .then(|| http::Limits::new(parts.desk.clone(), simulator.is_some())),
            proxies: http::TrustedProxies(config.trusted_proxies.clone()),
            metrics_token: http::MetricsToken(config.metrics_token.clone()),
        };
        let origins = config.cors_origins.clone();
        let (server, serving) = serve(listener, config.role, shared, simulator.clone(), origins)?;
        let worker = (config.role != Role::Api).then(|| Worker::start(&parts.desk));
        Ok(Self {
            address,
            desk: parts.desk,
            first_accounts,
            gate,
            worker,
            simulator,
            server,
            serving,
            stopping,
        })
    }

    /// Stops: takes no more requests, ends the sends in hand, then the requests under way.
    ///
    /// # Errors
    /// Where the server ended with an error.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stopping.begin();
        // Its own simulator still answers the sends in hand.
        if let Some(worker) = self.worker {
            worker.stop(WORK_ENDS_WITHIN).await;
        }
        if let Some(simulator) = self.simulator {
            simulator.stop().await;
        }
        self.server.stop(true).await;
        self.serving.await??;
        // A database that has gone silent cannot keep the program from ending.
        tokio::time::timeout(CLOSES_WITHIN, self.desk.store().close()).await.ok();
        Ok(())
    }
}

fn serve(
    listener: TcpListener,
    role: Role,
    shared: Shared,
    simulator: Option<Simulator>,
    origins: Vec<String>,
) -> anyhow::Result<(ServerHandle, tokio::task::JoinHandle<std::io::Result<()>>)> {
    let server = HttpServer::new(move || {
        let (shared, simulator) = (shared.clone(), simulator.clone());
        App::new()
            .configure(move |cfg| match role {
                Role::Worker => {
                    http::signs_of_life(cfg, &shared);
                    cfg.default_service(actix_web::web::to(http::nowhere));
                }
                Role::All | Role::Api => {
                    if let Some(simulator) = &simulator {
                        simulator.routes(cfg);
                    }
                    http::routes(cfg, &shared);
                }
            })
            // The last of them is the first to see a request.
            .wrap(from_fn(http::limit))
            .wrap(from_fn(http::turn_away))
            .wrap(from_fn(http::wait))
            .wrap(http::cors(&origins))
            .wrap(from_fn(http::speak))
            .wrap(from_fn(http::around))
            .wrap(NormalizePath::trim())
    })
    .workers(std::thread::available_parallelism().map_or(1, usize::from))
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(REQUESTS_END_WITHIN.as_secs())
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    Ok((handle, tokio::spawn(server)))
}

/// A secret for a person's eyes.
pub fn reveal(secret: &SecretString) -> &str {
    secret.expose_secret()
}

/// A password that nobody has to invent.
pub fn new_password() -> String {
    first_start::password()
}
