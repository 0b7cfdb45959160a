//! What an operator is told besides what a provider says of our number: how the templates stand, and
//! whether anything is heard of what goes out.
use super::look_after_templates::compared;
use super::silence::silent;
use crate::domain::finding::{Check, Finding};
use crate::ports::channel::Channel;
use crate::ports::templates::Unwilling;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::templates::Standing;

/// Templates in trouble that are named; `deskbell templates status` names all.
const NAMED: usize = 3;

/// How the templates stand, asked of the provider now.
pub async fn templates_now(channel: &dyn Channel) -> Option<Finding> {
    const CHECK: Check = Check::Templates;
    let told = match compared(channel.registry()?).await {
        Ok(all) => templates(&all),
        Err(Unwilling::NotSet(todo)) => Finding::warning(CHECK, "nobody could look", todo),
        Err(why) => Finding::left_out(CHECK, format!("not known: {why}")),
    };
    Some(told)
}

/// How they stood when somebody looked last, or as the provider reported since.
pub(super) fn templates(all: &[Standing]) -> Finding {
    const CHECK: Check = Check::Templates;
    let troubled: Vec<&Standing> = all.iter().filter(|it| it.trouble.is_some()).collect();
    if all.is_empty() {
        return Finding::left_out(CHECK, "no worker has looked yet");
    }
    let named: Vec<String> = troubled.iter().take(NAMED).filter_map(|it| told(it)).collect();
    let so = match troubled.len() {
        0 => return Finding::ok(CHECK, format!("all {} stand as they should", all.len())),
        many if many > NAMED => {
            format!("{many} of {}: {}; and so on", all.len(), named.join("; "))
        }
        some => format!("{some} of {}: {}", all.len(), named.join("; ")),
    };
    let todo = "whoever runs Deskbell runs `deskbell templates push`, which registers what is missing \
        and mends what it may; then `deskbell templates status` says of each what is left to do";
    match troubled.iter().any(|it| !goes_out(it)) {
        true => Finding::failed(CHECK, so, todo),
        false => Finding::warning(CHECK, so, todo),
    }
}

fn told(it: &Standing) -> Option<String> {
    Some(format!("{} ({}): {}", it.name, it.language, it.trouble.as_deref()?))
}

/// In review it will, in another category it does at another price.
fn goes_out(it: &Standing) -> bool {
    matches!(it.status.as_str(), "APPROVED" | "PENDING" | "IN_APPEAL")
}

/// Whether anything is heard of what goes out.
///
/// # Errors
/// Where the database is away.
pub async fn reports(store: &Store, channel: &dyn Channel) -> Result<Option<Finding>, StoreError> {
    const CHECK: Check = Check::Reports;
    let Some(webhooks) = channel.webhooks() else { return Ok(None) };
    Ok(Some(match silent(store, channel, webhooks).await? {
        Some(it) => Finding::failed(CHECK, it.what(), it.causes.join(" ")),
        None => Finding::ok(CHECK, "nothing that went out a quarter of an hour ago is unheard of"),
    }))
}
