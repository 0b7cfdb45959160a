//! Whether one more code may be sent: out of every bucket, or out of none, and none at all to a
//! country whose codes nobody enters.
use super::code_error::CodeError;
use super::error::DeskError;
use super::keyed::Keyed;
use crate::domain::code_limits::{
    ACCOUNT, ADDRESS, COOLDOWN, DESTINATION_DAY, DESTINATION_HOUR, LEFT_ALONE, WRONG,
};
use crate::store::Tx;
use crate::store::error::StoreError;

/// Counts codes.
#[derive(Clone)]
pub(super) struct CodeLimits {
    keyed: Keyed,
    budget: i64,
    /// Whether it matters how often anybody asks; the budget and the guard always do.
    are_kept: bool,
}

/// Who asks for a code, and where it is to go, as far as that is counted.
pub(super) struct Counted<'a> {
    /// What nobody gets twice in a minute.
    pub(super) one_by_one: Option<&'a str>,
    /// The number or the e-mail.
    pub(super) destination: &'a str,
    /// The country of the number; empty for an e-mail.
    pub(super) country: &'a str,
    /// The account.
    pub(super) account: Option<&'a str>,
    /// From where, as a digest.
    pub(super) address: Option<&'a str>,
}

impl CodeLimits {
    pub(super) fn new(keyed: Keyed, budget: i64, are_kept: bool) -> Self {
        Self { keyed, budget, are_kept }
    }

    /// Takes one; where there is none, this story must not become true.
    pub(super) async fn take(&self, tx: &Tx, counted: &Counted<'_>) -> Result<(), DeskError> {
        let alone = self.bucket("number left alone", &[counted.destination]);
        if let Some(wait) = tx.not_full_for(&alone).await? {
            return Err(used_up("no codes go to this number or e-mail for now", wait));
        }
        if !counted.country.is_empty() && tx.fate_of_codes(counted.country).await?.is_pumped() {
            tracing::warn!(
                country = counted.country,
                "codes to {} are stopped: they are sent and never entered",
                counted.country
            );
            let what = "codes to this country are stopped for now: too many were never entered";
            return Err(used_up(what, 3_600_000));
        }
        if let Some(what) = counted.one_by_one {
            self.cool_down(tx, what).await?;
        }
        if self.are_kept {
            self.take_often(tx, counted).await?;
        }
        match tx.take_of_budget(self.budget).await? {
            Ok(()) => Ok(()),
            Err(wait) => {
                tracing::error!("today's budget of codes is used up (OTP_DAILY_BUDGET)");
                Err(used_up("today's codes are used up", wait))
            }
        }
    }

    /// A code is shown, which costs nothing.
    pub(super) async fn shown(&self, tx: &Tx, to: &str) -> Result<(), DeskError> {
        self.cool_down(tx, &format!("shown to {to}")).await
    }

    async fn cool_down(&self, tx: &Tx, what: &str) -> Result<(), DeskError> {
        let cooldown = self.bucket("one code after the other", &[what]);
        match tx.take(&cooldown, COOLDOWN).await? {
            Ok(()) => Ok(()),
            Err(wait) => Err(CodeError::TooSoon { seconds: seconds(wait) }.into()),
        }
    }

    async fn take_often(&self, tx: &Tx, counted: &Counted<'_>) -> Result<(), DeskError> {
        let to = "no more codes go to this number or e-mail for now";
        for (name, of, limit, what) in [
            ("codes to", Some(counted.destination), DESTINATION_HOUR, to),
            ("codes to in a day", Some(counted.destination), DESTINATION_DAY, to),
            ("codes of", counted.account, ACCOUNT, "this account has used up its codes for now"),
            ("codes from", counted.address, ADDRESS, "this address has used up its codes for now"),
        ] {
            let Some(of) = of else { continue };
            if let Err(wait) = tx.take(&self.bucket(name, &[of]), limit).await? {
                return Err(used_up(what, wait));
            }
        }
        Ok(())
    }

    /// A code was tried in the name of this account; where too many were wrong, none is looked at.
    pub(super) async fn tried(&self, tx: &Tx, account: &str) -> Result<(), DeskError> {
        match tx.take(&self.bucket("wrong codes", &[account]), WRONG).await? {
            Ok(()) => Ok(()),
            Err(wait) => Err(used_up("too many wrong codes", wait)),
        }
    }

    /// That one was right.
    pub(super) async fn was_right(&self, tx: &Tx, account: &str) -> Result<(), StoreError> {
        tx.put_back(&self.bucket("wrong codes", &[account]), WRONG).await
    }

    /// No codes go to this number for a while; `false` where that was so before.
    pub(super) async fn leave_alone(&self, tx: &Tx, number: &str) -> Result<bool, StoreError> {
        let key = self.bucket("number left alone", &[number]);
        Ok(tx.take(&key, LEFT_ALONE).await?.is_ok())
    }

    fn bucket(&self, what: &str, of: &[&str]) -> String {
        let parts: Vec<&[u8]> = of.iter().map(|part| part.as_bytes()).collect();
        self.keyed.word(what, &parts)
    }
}

fn used_up(what: &'static str, wait: i64) -> DeskError {
    CodeError::UsedUp { what, seconds: seconds(wait) }.into()
}

/// Whoever comes back after so many is not too early.
fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or_default().div_ceil(1000).max(1)
}
