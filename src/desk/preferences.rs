//! How somebody wants to be told: shown and chosen by themselves, or by an admin for them. What waits
//! for them already follows.
use super::Desk;
use super::error::{Conflict, DeskError};
use super::find::only_admins;
use crate::domain::correction::Corrector;
use crate::domain::medium::Medium;
use crate::domain::notification::{NotificationId, SkipReason};
use crate::domain::preferences::{Preferences, Preferred};
use crate::domain::text::FieldError;
use crate::domain::user::{Actor, User, UserId};
use crate::domain::ways::{Reach, reach};
use crate::store::Tx;

/// What somebody prefers, and which ways to them there are.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What they prefer.
    pub preferences: Preferences,
    /// Each channel that they left open, with the address, or why it cannot be used.
    pub ways: Vec<(Medium, Reach)>,
}

impl Desk {
    /// What the caller prefers.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn own_preferences(&self, by: Actor) -> Result<Chosen, DeskError> {
        Ok(self.chosen(&self.me(by).await?))
    }

    /// What somebody prefers.
    ///
    /// # Errors
    /// As [`Desk::user`].
    pub async fn preferences(&self, of: UserId, by: Actor) -> Result<Chosen, DeskError> {
        Ok(self.chosen(&self.user(of, by).await?))
    }

    /// Has the caller told as they prefer from now on.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw.
    pub async fn prefer(
        &self,
        typed: Result<Preferred, Vec<FieldError>>,
        by: Actor,
    ) -> Result<Chosen, DeskError> {
        self.choose(by.id, typed, Corrector::Owner).await
    }

    /// The same for somebody else.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`],
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Conflict`] where the person was erased.
    pub async fn prefer_for(
        &self,
        of: UserId,
        typed: Result<Preferred, Vec<FieldError>>,
        by: Actor,
    ) -> Result<Chosen, DeskError> {
        only_admins(by)?;
        self.choose(of, typed, Corrector::Admin).await
    }

    async fn choose(
        &self,
        of: UserId,
        typed: Result<Preferred, Vec<FieldError>>,
        by: Corrector,
    ) -> Result<Chosen, DeskError> {
        let mut tx = self.store.begin().await?;
        match self.chosen_in(&mut tx, of, typed, by).await {
            Ok((after, settled)) => {
                tx.commit().await?;
                super::deliver::ring_next(&self.store, settled);
                Ok(self.chosen(&after))
            }
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }

    async fn chosen_in(
        &self,
        tx: &mut Tx,
        of: UserId,
        typed: Result<Preferred, Vec<FieldError>>,
        by: Corrector,
    ) -> Result<(User, Vec<NotificationId>), DeskError> {
        let (before, _) = tx.hold_user(of).await?.ok_or(DeskError::NotFound("account"))?;
        let names_channels = typed.as_ref().is_ok_and(|typed| typed.channels.is_some());
        let preferences = typed.and_then(Preferred::read).map_err(DeskError::Invalid)?;
        if before.erased_at.is_some() {
            return Err(DeskError::Conflict(Conflict::Erased));
        }
        // Whoever chooses what they said no to wants it again; nobody else says so for them.
        let says_so = by == Corrector::Owner && names_channels;
        let again = |medium| says_so && preferences.channels.contains(&medium);
        let sms_opted_out_at = before.sms_opted_out_at.filter(|_| !again(Medium::Sms));
        let email_opted_out_at = before.email_opted_out_at.filter(|_| !again(Medium::Email));
        if before.sms_opted_out_at != sms_opted_out_at {
            tx.texts_again(of).await?;
        }
        let chosen = User { preferences, sms_opted_out_at, email_opted_out_at, ..before.clone() };
        if chosen == before {
            return Ok((before, vec![]));
        }
        let after = User { updated_at: tx.now, ..chosen };
        tx.change_user(&after).await?;
        let mut settled = tx.mute_waiting(of, &after.preferences.muted).await?;
        // The sweep has them followed over another way.
        settled.extend(tx.shut_waiting(of, &after.preferences.channels).await?);
        let until = after.preferences.quiet.and_then(|quiet| quiet.until(tx.now));
        tx.quiet_waiting(of, until.unwrap_or(tx.now)).await?;
        Ok((after, settled))
    }

    fn chosen(&self, user: &User) -> Chosen {
        let ways = user.preferences.channels.iter().map(|medium| {
            let is_served = self.channels.by(*medium).next().is_some();
            let way = match reach(user, *medium) {
                Ok(address) if !is_served => Err((Some(address), SkipReason::NoChannel)),
                way => way,
            };
            (*medium, way)
        });
        // What they said no to is no channel of theirs: whoever says all of this again, with something
        // else changed, has not chosen it.
        let is_unwanted = |medium: &Medium| match medium {
            Medium::WhatsApp => false,
            Medium::Sms => user.sms_opted_out_at.is_some(),
            Medium::Email => user.email_opted_out_at.is_some(),
        };
        let mut preferences = user.preferences.clone();
        let ways = ways.collect();
        preferences.channels.retain(|medium| !is_unwanted(medium));
        Chosen { ways, preferences }
    }
}
