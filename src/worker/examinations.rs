//! Asking the providers now and then how we stand with them.
use std::time::Duration;

use crate::desk::Desk;

/// Whoever has just started it looks at the channels first.
const FIRST_AFTER: Duration = Duration::from_secs(5);
/// Between two looks at whether it is time to ask.
const EVERY: Duration = Duration::from_secs(60);

/// Asks for as long as the worker lives.
pub(super) async fn go_on(desk: Desk) {
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        if let Err(error) = desk.examine().await {
            tracing::warn!(%error, "no provider was asked how we stand with it");
        }
        tokio::time::sleep(EVERY).await;
    }
}
