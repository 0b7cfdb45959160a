//! `deskbell templates`: what they are, how they stand at Meta, registering them.
use anyhow::bail;
use clap::Subcommand;
use deskbell::app::Parts;
use deskbell::config::Config;
use deskbell::desk::{Pushed, wanted};
use deskbell::ports::clock::SystemClock;
use deskbell::store::templates::Standing;

/// What can be done with the templates.
#[derive(Clone, Copy, Default, Subcommand)]
pub(super) enum Command {
    /// Show each with its text; asks nobody.
    #[default]
    List,
    /// Ask Meta how each stands; fails where one is not as it should be.
    Status,
    /// Register what is missing, and give our text to what has another.
    Push,
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
        Command::Push => parts.desk.push_templates().await?,
        Command::Status | Command::List => {
            let all = parts.desk.sync_templates().await?;
            all.into_iter().map(|standing| (standing, Pushed::Left)).collect()
        }
    };
    told.iter().for_each(|(standing, pushed)| println!("{}", line(standing, pushed)));
    let bad = told.iter().filter(|(standing, pushed)| is_bad(standing, pushed)).count();
    if bad > 0 {
        bail!("{bad} of {} templates are not as they should be", told.len());
    }
    println!("all {} templates are as they should be", told.len());
    Ok(())
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
        Pushed::Refused(_) => true,
        Pushed::Created | Pushed::Edited => standing.status == "REJECTED",
        Pushed::Left => standing.trouble.is_some(),
    }
}
