//! `deskbell templates`: what they are, how they stand at Meta, registering them.
use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use deskbell::app::Parts;
use deskbell::config::Config;
use deskbell::desk::{Desk, Pushed, TemplatesError, left, wanted};
use deskbell::ports::clock::{Clock, SystemClock};
use deskbell::store::templates::Standing;

/// What can be done with the templates.
#[derive(Clone, Copy, Default, Subcommand)]
pub(super) enum Command {
    /// Show each with its text; asks nobody.
    #[default]
    List,
    /// Ask Meta how each stands; fails where one is not as it should be.
    Status,
    /// Register what is missing, and give our text to what has another. Meta takes 100 new ones an
    /// hour.
    Push {
        /// Where Meta takes no more for now, wait and go on, until all of them are registered.
        #[arg(long)]
        wait: bool,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    if matches!(command, Command::List) {
        list();
        return Ok(());
    }
    // The built-in simulator answers where the program listens.
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.bind));
    let parts = Parts::open(config, std::sync::Arc::new(SystemClock), &url).await?;
    if !parts.desk.store().is_shared() || config.auto_migrate {
        parts.desk.store().migrate().await?;
    }
    let told = match command {
        Command::Push { wait: true } => push_to_the_end(&parts.desk).await?,
        Command::Push { wait: false } => parts.desk.push_templates().await?,
        Command::Status | Command::List => {
            let all = parts.desk.sync_templates().await?;
            all.into_iter().map(|standing| (standing, Pushed::Left)).collect()
        }
    };
    told.iter().for_each(|(standing, pushed)| println!("{}", line(standing, pushed)));
    if let Some((many, again)) = left(&told) {
        let at = at(again);
        bail!(
            "{many} of {} templates are still to be registered: Meta takes no more for now (100 new \
             ones an hour); run `deskbell templates push` again after {at}, or with --wait, which \
             goes on by itself",
            told.len()
        );
    }
    let bad = told.iter().filter(|(standing, pushed)| is_bad(standing, pushed)).count();
    if bad > 0 {
        bail!("{bad} of {} templates are not as they should be", told.len());
    }
    println!("all {} templates are as they should be", told.len());
    Ok(())
}

async fn push_to_the_end(desk: &Desk) -> Result<Vec<(Standing, Pushed)>, TemplatesError> {
    desk.push_all_templates(async |many, again| {
        eprintln!("{many} are left: Meta takes no more for now; going on at {}", at(again));
        tokio::time::sleep(again).await;
    })
    .await
}

/// By the clock of the world.
fn at(again: Duration) -> String {
    (SystemClock.now() + again).format("%H:%M UTC").to_string()
}

fn list() {
    for template in wanted() {
        println!("{} {} {}", template.name, template.language, template.category());
        let body = template.body().unwrap_or("(Meta's own words for a one-time code)");
        body.lines().for_each(|line| println!("    {line}"));
        println!();
    }
}

fn line(standing: &Standing, pushed: &Pushed) -> String {
    let Standing { name, language, status, .. } = standing;
    let category = standing.category.as_deref().unwrap_or("-");
    let (mark, more) = match (pushed, &standing.trouble) {
        (Pushed::Refused(why), _) => ("FAILS", format!(": {why}")),
        (Pushed::Waits(_), _) => ("WAITS", ": Meta takes no more for now".to_owned()),
        (Pushed::Created, _) => ("new", ": registered".to_owned()),
        (Pushed::Edited, _) => ("new", ": given our text, to be reviewed".to_owned()),
        (Pushed::Left, Some(trouble)) => ("FAILS", format!(": {trouble}")),
        (Pushed::Left, None) => ("ok", String::new()),
    };
    format!("{mark:<5} {name} {language} {status} {category}{more}")
}

/// What waits for its review after a push is as it should be.
fn is_bad(standing: &Standing, pushed: &Pushed) -> bool {
    match pushed {
        Pushed::Refused(_) | Pushed::Waits(_) => true,
        Pushed::Created | Pushed::Edited => standing.status == "REJECTED",
        Pushed::Left => standing.trouble.is_some(),
    }
}
