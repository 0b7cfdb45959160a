//! The command line.
#[path = "main/doctor.rs"]
mod doctor;
#[path = "main/gmail.rs"]
mod gmail;
#[path = "main/settings.rs"]
mod settings;
#[path = "main/simulator_command.rs"]
mod simulator_command;
#[path = "main/templates.rs"]
mod templates;

use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use deskbell::app::{self, Deskbell, Parts};
use deskbell::config::{Config, Environment, Role, WhatsApp};
use deskbell::desk::error::DeskError;
use deskbell::domain::account::Application;
use deskbell::domain::user;
use deskbell::http;
use deskbell::ports::clock::SystemClock;
use deskbell::store::Store;
use deskbell::telemetry;
use simulator_command::SimulatorCommand;
use tokio::signal::unix::{SignalKind, signal};

/// A password's hash takes 19 MiB for a moment, which the system's own allocator would keep.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An incident and ticket desk that reaches people on WhatsApp.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The server: API and worker.
    Serve {
        /// What this process does; `api` and `worker` need PostgreSQL.
        #[arg(long, value_enum, default_value_t)]
        role: Role,
    },
    /// The schema of the database.
    Migrate {
        #[command(subcommand)]
        step: Option<Step>,
    },
    /// Accounts from the shell.
    User {
        #[command(subcommand)]
        what: UserCommand,
    },
    /// Looks at the settings, the database and every provider: what is so, and what to do.
    Doctor {
        /// A number or an e-mail address that gets one test message over each channel.
        #[arg(long)]
        send_to: Option<String>,
    },
    /// The message templates of this program, and how they stand at Meta.
    Templates {
        #[command(subcommand)]
        what: Option<templates::Command>,
    },
    /// Gmail, by which e-mails are sent.
    #[command(subcommand)]
    Gmail(gmail::Command),
    /// Prints the OpenAPI document.
    Openapi,
    /// The simulator of WhatsApp, Twilio and Gmail alone, for any software: docs/SIMULATOR.md.
    Simulator(Box<SimulatorCommand>),
}

#[derive(Subcommand)]
enum Step {
    /// Bring it up (the default).
    Up,
    /// Take it down, and all data with it.
    Down,
    /// Show which changes stand.
    Status,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Make an account; its password is read from standard input or made and printed once.
    Create {
        /// What it logs in with.
        #[arg(long)]
        username: String,
        /// Its e-mail.
        #[arg(long)]
        email: String,
        /// ADMIN, DEVELOPER or CLIENT.
        #[arg(long)]
        role: String,
        /// What people call them; the username unless given.
        #[arg(long)]
        full_name: Option<String>,
        /// Their number on WhatsApp, which you vouch for.
        #[arg(long)]
        whatsapp_number: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before there are threads, which may read the environment.
    settings::load();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.context("no threads could be started").and_then(|runtime| {
        runtime.block_on(run(cli.command.unwrap_or(Command::Serve { role: Role::All })))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deskbell: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { role } => serve(role).await,
        Command::Migrate { step } => migrate(step.unwrap_or(Step::Up)).await,
        Command::User { what } => create_user(what).await,
        Command::Doctor { send_to } => doctor::run(send_to).await,
        Command::Templates { what } => {
            templates::run(what.unwrap_or_default(), &settings::read()?).await
        }
        Command::Openapi => print_openapi(),
        Command::Gmail(what) => gmail::run(what).await,
        Command::Simulator(command) => command.run().await,
    }
}

async fn serve(role: Role) -> anyhow::Result<()> {
    let config = Config { role, ..settings::read()? };
    telemetry::begin(&config);
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let deskbell = Deskbell::build(config.clone()).await?;
    println!("{}", banner(&config, &deskbell));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: sends and requests in hand are finished first");
    deskbell.stop().await
}

/// What a person needs who has just started it.
fn banner(config: &Config, deskbell: &Deskbell) -> String {
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", deskbell.address));
    if config.role == Role::Worker {
        return format!("Deskbell works; its signs of life are at http://{}", deskbell.address);
    }
    let mut lines = vec![format!("Deskbell listens at {url}")];
    if config.simulates() {
        let gate = deskbell.gate.as_ref().map(|gate| format!("?token={}", app::reveal(gate)));
        let gate = gate.unwrap_or_default();
        let what = match config.whatsapp {
            WhatsApp::Simulated => "WhatsApp",
            WhatsApp::Real(_) if config.twilio.is_simulated() => "SMS",
            WhatsApp::Real(_) => "E-mail",
        };
        lines.push(format!("{what} is simulated: {url}/simulator{gate} shows every phone"));
    }
    if config.environment == Environment::Development && !deskbell.first_accounts.is_empty() {
        lines.push(
            "\nThe database is new. These accounts were made; their passwords are shown once:"
                .into(),
        );
        for account in &deskbell.first_accounts {
            lines.push(format!(
                "  {:<8} {}  {}",
                account.username, account.password, account.number
            ));
        }
        lines.extend(
            deskbell
                .first_accounts
                .iter()
                .rfind(|a| a.username == "client")
                .map(|client| first_steps(&url, &client.password)),
        );
    }
    lines.join("\n")
}

fn first_steps(url: &str, password: &str) -> String {
    format!(
        r#"
Log in as `client` and file a ticket:

  TOKEN=$(curl -s {url}/api/auth/login -H 'Content-Type: application/json' \
    -d '{{"username":"client","password":"{password}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s {url}/api/tickets -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d '{{"title":"Login page not working","description":"Users cannot login to the portal...","priority":"HIGH","category":"BUG","project_name":"Web Portal"}}'

The message then stands on the admin's phone:

  curl -s {url}/simulator/api/phones/%2B15550100001/messages
"#
    )
}

async fn parts(config: &Config) -> anyhow::Result<Parts> {
    Parts::open(config, Arc::new(SystemClock), "http://127.0.0.1").await
}

async fn migrate(step: Step) -> anyhow::Result<()> {
    let config = settings::read()?;
    // Whoever only asks leaves nothing behind: no file, and no secrets.
    if matches!(step, Step::Status) && !config.database.is_there() {
        Store::changes().iter().for_each(|name| println!("down {name}"));
        return Ok(());
    }
    let store = Store::open(&config.database, Arc::new(SystemClock)).await;
    let store = store.context("the database cannot be opened (DATABASE_URL)")?;
    match step {
        Step::Up => store.migrate().await?,
        Step::Down => store.migrate_down().await?,
        Step::Status => {}
    }
    for (name, stands) in store.migrations().await? {
        println!("{} {name}", if stands { "up  " } else { "down" });
    }
    Ok(())
}

fn print_openapi() -> anyhow::Result<()> {
    let document = serde_json::to_string_pretty(&http::openapi::document())?;
    // Whoever reads it may have seen enough.
    match writeln!(std::io::stdout(), "{document}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

async fn create_user(command: UserCommand) -> anyhow::Result<()> {
    let UserCommand::Create { username, email, role, full_name, whatsapp_number, password_stdin } =
        command;
    let config = settings::read()?;
    let Ok(role) = role.to_uppercase().parse::<user::Role>() else {
        bail!("--role is ADMIN, DEVELOPER or CLIENT");
    };
    let (password, made) = match password_stdin {
        true => (from_standard_input()?, false),
        false => (app::new_password(), true),
    };
    let parts = parts(&config).await?;
    if !parts.desk.store().is_shared() || config.auto_migrate {
        parts.desk.store().migrate().await?;
    }
    let application = Application {
        full_name: Some(full_name.unwrap_or_else(|| username.clone())),
        username: Some(username),
        email: Some(email),
        password: Some(password.clone()),
        whatsapp_number,
        locale: None,
    };
    let user = match parts.desk.create_user(application, role).await {
        Ok(user) => user,
        Err(DeskError::Invalid(flaws)) => {
            let flaws: Vec<String> = flaws.into_iter().map(|flaw| flaw.message).collect();
            bail!("{}", flaws.join("; "))
        }
        Err(error) => return Err(error.into()),
    };
    println!("{} {} was made, with id {}", user.role, user.username, user.id.0);
    if made {
        println!("password: {password}");
    }
    Ok(())
}

fn from_standard_input() -> anyhow::Result<String> {
    let mut typed = String::new();
    std::io::stdin().read_to_string(&mut typed).context("no password came on standard input")?;
    Ok(typed.trim_end_matches(['\r', '\n']).to_owned())
}
