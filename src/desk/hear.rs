//! Acting on what people write to us; each message stands on its own.
use chrono::{DateTime, TimeDelta, Utc};

use super::Desk;
use super::error::DeskError;
use crate::ports::webhook::{Incoming, Left};
use crate::store::error::StoreError;

/// Meta sends a webhook again for seven days; what is older was captured and played back, since no
/// time is signed.
const STALE_AFTER: TimeDelta = TimeDelta::days(8);

impl Desk {
    /// Acts on each message, as often as it is told.
    ///
    /// # Errors
    /// Where the database is away; what else goes wrong with a message loses no other.
    pub(super) async fn hear(&self, incoming: &[Incoming]) -> Result<(), DeskError> {
        let now = self.store.now();
        for message in incoming.iter().filter(|message| is_fresh(message.at, now)) {
            match self.hear_one(message).await {
                Err(DeskError::Store(away @ StoreError::Away(_))) => return Err(away.into()),
                Err(error) => tracing::error!(%error, "a message from a person came to nothing"),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Trusts no number any more that its person left. May be said twice, and late: whoever confirmed it
    /// since then has it.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn hear_who_left(&self, left: &[Left]) -> Result<(), DeskError> {
        for left in left {
            let tx = self.store.begin().await?;
            let doubted = tx.number_left(&left.number, left.at).await?;
            tx.commit().await?;
            if doubted > 0 {
                tracing::info!("a number is to be confirmed anew: its person left it");
            }
        }
        Ok(())
    }

    /// What one message leads to: each thing is a verb of its own, and may be said twice.
    async fn hear_one(&self, message: &Incoming) -> Result<(), DeskError> {
        // A number that is confirmed by this message has its window opened by it, too.
        if message.opens_window {
            self.take_reverse_code(message).await?;
        }
        self.hear_not_requested(message).await?;
        self.open_window(message).await
    }
}

fn is_fresh(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - at < STALE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_meta_would_repeat_is_not_acted_on() {
        let now = DateTime::from_timestamp(1_795_219_100, 0).unwrap();
        for (age, fresh) in
            [(TimeDelta::zero(), true), (TimeDelta::days(7), true), (TimeDelta::days(8), false)]
        {
            assert_eq!(is_fresh(now - age, now), fresh, "{age}");
        }
        assert!(is_fresh(now + TimeDelta::hours(1), now), "a clock ahead of ours does no harm");
    }
}
