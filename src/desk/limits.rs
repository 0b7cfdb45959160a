//! Limits on trying: wrong passwords, and accounts that are opened. What is tried is taken out of
//! its buckets before it is tried and put back where it was no try at all, so that many at once get
//! no more than one after the other.
use std::net::IpAddr;

use super::error::{DeskError, Limited};
use super::keyed::Keyed;
use super::turns::{Turn, Turns};
use crate::domain::limit::{
    ADDRESS, Limit, NAME_AT_ADDRESS, NAME_ELSEWHERE, REGISTRATIONS, TAKEN_NAMES,
};
use crate::domain::user::UserId;
use crate::store::error::StoreError;
use crate::store::{Store, Tx};

/// Counts what is tried.
#[derive(Clone)]
pub(super) struct Limits {
    store: Store,
    keyed: Keyed,
    turns: Turns,
    are_kept: bool,
}

/// Something that is being tried.
pub(super) struct Attempt {
    store: Store,
    taken: Vec<(String, Limit)>,
    turn: Option<Turn>,
}

impl Limits {
    pub(super) fn new(store: Store, keyed: Keyed, are_kept: bool) -> Self {
        Self { store, keyed, turns: Turns::default(), are_kept }
    }

    /// What stands for an address in the database; a home has a network of IPv6, not one address.
    pub(super) fn address(&self, from: IpAddr) -> String {
        let network = match from {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => v4.octets().to_vec(),
                None => v6.octets()[..8].to_vec(),
            },
        };
        self.keyed.word("address", &[&network])
    }

    /// A password is tried for this name, which is `known` where there is such an account. All of
    /// them look the same from outside. Those for one name from one address go one at a time, so
    /// that of fifty right ones none is turned away.
    ///
    /// # Errors
    /// [`DeskError::Limited`] with the seconds after which it is worth trying again.
    pub(super) async fn password(
        &self,
        name: &str,
        known: Option<UserId>,
        from: IpAddr,
    ) -> Result<Attempt, DeskError> {
        let mut attempt = Attempt { store: self.store.clone(), taken: vec![], turn: None };
        if !self.are_kept {
            return Ok(attempt);
        }
        let address = self.address(from);
        let mut buckets = vec![
            (self.bucket("name at address", &[name, &address]), NAME_AT_ADDRESS),
            (self.bucket("address", &[&address]), ADDRESS),
        ];
        attempt.turn = Some(self.turns.take(&buckets[0].0).await);
        // Nobody has the id 0; asking all the same takes the same time.
        let at_home = self.store.knows_address(known.unwrap_or(UserId(0)), &address).await?;
        if !at_home {
            buckets.push((self.bucket("name elsewhere", &[name]), NAME_ELSEWHERE));
        }
        attempt.take(buckets).await?;
        Ok(attempt)
    }

    /// Somebody opens an account.
    ///
    /// # Errors
    /// [`DeskError::Limited`] with the seconds after which it is worth trying again.
    pub(super) async fn registration(&self, from: IpAddr) -> Result<Attempt, DeskError> {
        let mut attempt = Attempt { store: self.store.clone(), taken: vec![], turn: None };
        if !self.are_kept {
            return Ok(attempt);
        }
        let address = self.address(from);
        let told = (self.bucket("taken names", &[&address]), TAKEN_NAMES);
        let opened = (self.bucket("registrations", &[&address]), REGISTRATIONS);
        attempt.take(vec![told, opened]).await?;
        Ok(attempt)
    }

    fn bucket(&self, what: &str, of: &[&str]) -> String {
        let parts: Vec<&[u8]> = of.iter().map(|part| part.as_bytes()).collect();
        self.keyed.word(what, &parts)
    }
}

impl Attempt {
    /// Out of all of these, or out of none.
    async fn take(&mut self, buckets: Vec<(String, Limit)>) -> Result<(), DeskError> {
        let tx = self.store.begin().await?;
        for (key, limit) in &buckets {
            if let Err(wait) = tx.take(key, *limit).await? {
                tx.rollback().await?;
                let used_up = *limit == REGISTRATIONS;
                let what = if used_up { Limited::Registrations } else { Limited::Attempts };
                let seconds = u64::try_from(wait).unwrap_or_default().div_ceil(1000);
                return Err(DeskError::Limited { what, seconds });
            }
        }
        tx.commit().await?;
        self.taken = buckets;
        Ok(())
    }

    /// It was no wrong try, and does not count once this story is true. The turn goes on until then.
    pub(super) async fn does_not_count_in(&self, tx: &Tx) -> Result<(), StoreError> {
        self.put_back(tx, |_| true).await
    }

    /// It was no try at all.
    pub(super) async fn does_not_count(self) -> Result<(), StoreError> {
        self.give_back(|_| true).await
    }

    /// An account was opened: that counts, and nobody was told what is taken.
    pub(super) async fn opened(self) -> Result<(), StoreError> {
        self.give_back(|limit| limit == TAKEN_NAMES).await
    }

    /// No account was opened, but something was told that is taken.
    pub(super) async fn told_what_is_taken(self) -> Result<(), StoreError> {
        self.give_back(|limit| limit == REGISTRATIONS).await
    }

    async fn give_back(self, which: impl Fn(Limit) -> bool) -> Result<(), StoreError> {
        if self.taken.is_empty() {
            return Ok(());
        }
        let tx = self.store.begin().await?;
        self.put_back(&tx, which).await?;
        tx.commit().await
    }

    async fn put_back(&self, tx: &Tx, which: impl Fn(Limit) -> bool) -> Result<(), StoreError> {
        for (key, limit) in self.taken.iter().filter(|(_, limit)| which(*limit)) {
            tx.put_back(key, *limit).await?;
        }
        Ok(())
    }
}
