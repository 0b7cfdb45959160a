//! `deskbell doctor`: what it found, a line a question.
use std::io::Write;
use std::sync::Arc;

use anyhow::bail;
use deskbell::app;
use deskbell::config::Wrong;
use deskbell::domain::finding::{Check, Finding, Verdict};
use deskbell::ports::clock::SystemClock;

/// Looks at everything, and fails where one question does.
pub async fn run(send_to: Option<String>) -> anyhow::Result<()> {
    let found = match super::settings::read() {
        Ok(config) => {
            let clock = Arc::new(SystemClock);
            let mut found = app::doctor::examine(&config, clock.clone()).await;
            if let Some(to) = send_to {
                found.extend(app::doctor::send_to(&config, &to, clock).await);
            }
            found
        }
        Err(Wrong(wrong)) => wrong.into_iter().map(setting).collect(),
    };
    print(&found)?;
    let count = |verdict| found.iter().filter(|finding| finding.verdict == verdict).count();
    let (failed, warnings) = (count(Verdict::Failed), count(Verdict::Warning));
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} of {} checks failed, {warnings} want a look", found.len()),
    }
}

/// What is wrong with a setting, and how it would be right, is said in one line already.
fn setting(wrong: String) -> Finding {
    let verdict = Verdict::Failed;
    Finding { check: Check::Settings, verdict, so: wrong, todo: None }
}

fn print(found: &[Finding]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for Finding { check, verdict, so, todo } in found {
        writeln!(out, "{:<8}  {:<13} {so}", mark(*verdict), check.as_str().to_lowercase())?;
        if let Some(todo) = todo {
            writeln!(out, "{:>25}{todo}", "→ ")?;
        }
    }
    Ok(())
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILS",
        Verdict::LeftOut => "left out",
    }
}
