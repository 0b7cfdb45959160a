//! `deskbell gmail connect`: obtains the refresh token by which e-mails are sent.
use anyhow::Context;
use clap::Subcommand;
use deskbell::app;

const TOKENS: &str = "https://oauth2.googleapis.com/token";

/// What can be done about Gmail.
#[derive(Clone, Copy, Subcommand)]
pub(super) enum Command {
    /// Obtain the refresh token: consent in a browser on this machine.
    Connect {
        /// Where the browser comes back to on this machine; a client of the kind "Web application"
        /// names `http://127.0.0.1:<port>/oauth2callback` among its redirect URIs.
        #[arg(long, default_value_t = 8765)]
        port: u16,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Connect { port } = command;
    super::settings::all_is_read()?;
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let needed = |name: &'static str| {
        given(name).with_context(|| {
            format!("set {name} first: Google Cloud Console > APIs & Services > Credentials")
        })
    };
    let (id, secret) = (needed("EMAIL_CLIENT_ID")?, needed("EMAIL_CLIENT_SECRET")?);
    let token_url = given("GOOGLE_TOKEN_URL").unwrap_or_else(|| TOKENS.to_owned());
    let door = app::gmail_door(port).await?;
    let show = |page: &str| {
        println!(
            "Open this page as the mailbox that e-mails are to come from, and agree:\n\n{page}\n"
        );
    };
    let token = app::gmail_connect(id, secret.into(), &token_url, door, show).await?;
    println!(
        "Put this into .env, and restart Deskbell:\n\nEMAIL_REFRESH_TOKEN={}",
        app::reveal(&token)
    );
    Ok(())
}
