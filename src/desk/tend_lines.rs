//! Looking after our lines: whoever is paused is asked again, what waits is let go when it may.
use super::Desk;
use super::error::DeskError;
use super::line::Line;
use crate::domain::notification::{Lane, NotificationId};
use crate::store::bulletin::Bulletin;
use crate::store::jobs::Job;

/// Of what waits for one person so much is looked at.
const MOST: u64 = 500;
/// Where more wait for one person, they leave in one message.
const MOST_ALONE: usize = 5;

impl Desk {
    /// One round, of the process that sends. Where nothing waits it asks nobody anything.
    pub async fn tend_lines(&self) {
        let _one_at_a_time = self.lines.tended().await;
        let bulletin = self.read_bulletin().await;
        for line in self.lines.all() {
            if !self.lines.may_send() {
                return;
            }
            if let Err(error) = self.tend(line, bulletin.as_ref()).await {
                let provider = line.provider();
                tracing::warn!(%error, provider, "what waits for {provider} waits a little longer");
            }
        }
    }

    /// What others have written down, where it is time to look.
    async fn read_bulletin(&self) -> Option<Bulletin> {
        if !self.lines.is_time_to_look() {
            return None;
        }
        let read = self.store.bulletin().await;
        read.inspect_err(
            |error| tracing::warn!(%error, "what others have noticed is not known yet"),
        )
        .ok()
    }

    async fn tend(&self, line: &Line, bulletin: Option<&Bulletin>) -> Result<(), DeskError> {
        if let Some(bulletin) = bulletin {
            self.notice(line, bulletin).await?;
        }
        self.probe_again(line).await?;
        self.let_go(line).await?;
        for address in line.due(self.store.now()) {
            self.let_go_for(line, &address).await?;
        }
        Ok(())
    }

    /// Lets go what may be sent to one person now: codes first, then what is about CRITICAL
    /// tickets, each in its order; the rest in one message where it is much.
    async fn let_go_for(&self, line: &Line, address: &str) -> Result<(), DeskError> {
        let mut waiting = self.store.waiting_for(line.provider(), address, MOST).await?;
        if waiting.is_empty() {
            line.is_told(address);
            return Ok(());
        }
        waiting.sort_by_key(|(id, lane)| (lane.place(), *id));
        let (urgent, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, lane)| *lane != Lane::Normal);
        let ids = |of: &[(NotificationId, Lane)]| of.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let now = self.store.now();
        let (mut going, mut next) = line.let_go(address, &ids(&urgent), now);
        let mut jobs = Job::deliver(&urgent[..going.len()]);
        let mut together = vec![];
        if going.len() == urgent.len() {
            let rest_ids = ids(&rest);
            if rest.len() > MOST_ALONE {
                let (first, then) = line.let_go(address, &rest_ids[..1], now);
                if !first.is_empty() {
                    jobs.push(Job::DeliverTogether(rest_ids.iter().map(|id| id.0).collect()));
                    together = rest_ids;
                }
                next = if together.is_empty() { then } else { line.list_goes(address, now) };
            } else {
                let (some, then) = line.let_go(address, &rest_ids, now);
                jobs.extend(Job::deliver(&rest[..some.len()]));
                going.extend(some);
                next = then;
            }
        }
        let mut tx = self.store.begin().await?;
        tx.let_go_for(line.provider(), address, (&going, &together), next).await?;
        tx.enqueue(jobs);
        Ok(tx.commit().await?)
    }
}
