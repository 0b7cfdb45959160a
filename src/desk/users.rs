//! Administration of accounts, and the changes that people make to their own.
use chrono::{DateTime, Utc};

use super::Desk;
use super::create_user::{read, taken};
use super::error::{Conflict, DeskError};
use super::find::only_admins;
use super::once::{Done, Once};
use crate::domain::account::Application;
use crate::domain::correction::{Correction, Corrector};
use crate::domain::number_trust;
use crate::domain::text::{FieldError, Flaws};
use crate::domain::ticket::word;
use crate::domain::user::{Actor, Role, User, UserFilter, UserId, VerifiedBy};
use crate::store::Tx;

/// An account that an admin opens for somebody.
#[derive(Clone, Default)]
pub struct Opening {
    /// What they typed about the person.
    pub application: Application,
    /// Raw role.
    pub role: Option<String>,
    /// Whether the person agreed to hear from us; with a number they did, unless the admin says no.
    pub whatsapp_opt_in: Option<bool>,
}

impl Desk {
    /// Whether `by` may look at other people's accounts at all.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub fn may_administer(&self, by: Actor) -> Result<(), DeskError> {
        only_admins(by)
    }

    /// Accounts, the newest first, older than `before`.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins.
    pub async fn users(
        &self,
        filter: &UserFilter,
        before: Option<i64>,
        most: u64,
        by: Actor,
    ) -> Result<Vec<User>, DeskError> {
        only_admins(by)?;
        Ok(self.store.users(filter, before, most).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`] where there is none.
    pub async fn user(&self, id: UserId, by: Actor) -> Result<User, DeskError> {
        only_admins(by)?;
        self.store.user(id).await?.ok_or(DeskError::NotFound("account"))
    }

    /// Opens an account for somebody, in any role; the admin vouches for the number.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins; as [`Desk::register`].
    pub async fn add_user(
        &self,
        opening: Result<Opening, Vec<FieldError>>,
        by: Actor,
        once: Option<Once<User>>,
    ) -> Result<Done<User>, DeskError> {
        only_admins(by)?;
        self.once(once.as_ref(), async || {
            let opening = opening.map_err(DeskError::Invalid)?;
            let mut flaws = Flaws::default();
            let role: Option<Role> = flaws
                .need("role", opening.role, |raw| word("role", &raw, &Role::ALL.map(Role::as_str)));
            let account = read(opening.application, flaws)?;
            let role = role.ok_or_else(|| DeskError::Defect("a role was not read".to_owned()))?;
            let new = self.new_user(account, role, Some(VerifiedBy::Admin)).await?;
            let tx = self.store.begin().await?;
            let new = crate::store::users::NewUser { opted_in: opening.whatsapp_opt_in, ..new };
            let user = tx.add_user(new).await.map_err(taken)?;
            tx.keep_answers(once.iter().map(|once| once.kept(&user)).collect()).await?;
            tx.commit().await?;
            Ok(user)
        })
        .await
    }

    /// Changes one's own account; another number is to be confirmed anew.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Conflict`] where the e-mail is taken;
    /// [`DeskError::LogInAgain`] where an admin's account is to be reached elsewhere long after they
    /// logged in.
    pub async fn change_me(
        &self,
        typed: Correction,
        by: Actor,
        logged_in_at: Option<DateTime<Utc>>,
    ) -> Result<User, DeskError> {
        let corrected = typed.read().map_err(DeskError::Invalid)?;
        let mut tx = self.store.begin().await?;
        let before = still_theirs(tx.hold_user(by.id).await?)?;
        let after = corrected.over(&before, Corrector::Owner, tx.now);
        may_lead_elsewhere(&before, &after, logged_in_at, tx.now)?;
        tx.change_user(&after).await.map_err(taken)?;
        self.tell_old_number(&mut tx, &before, &after).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Changes an account; a number that an admin sets is confirmed by that.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for all but admins, [`DeskError::NotFound`],
    /// [`DeskError::Invalid`] with every flaw; [`DeskError::Conflict`] where something is taken,
    /// nobody would be left to administer, or the person was erased; [`DeskError::LogInAgain`] as for
    /// [`Self::change_me`], where it is their own.
    pub async fn change_user(
        &self,
        id: UserId,
        typed: Result<Correction, Vec<FieldError>>,
        by: Actor,
        logged_in_at: Option<DateTime<Utc>>,
    ) -> Result<User, DeskError> {
        only_admins(by)?;
        let mut tx = self.store.begin().await?;
        let held = tx.hold_user_and_admins(id).await?;
        let (before, other_admins) = held.ok_or(DeskError::NotFound("account"))?;
        let corrected = typed.and_then(Correction::read).map_err(DeskError::Invalid)?;
        if before.erased_at.is_some() {
            return Err(DeskError::Conflict(Conflict::Erased));
        }
        let after = corrected.over(&before, Corrector::Admin, tx.now);
        if id == by.id {
            may_lead_elsewhere(&before, &after, logged_in_at, tx.now)?;
        }
        keeps_an_admin(&before, &after, other_admins)?;
        tx.change_user(&after).await.map_err(taken)?;
        settle(&tx, &before, &after).await?;
        self.tell_old_number(&mut tx, &before, &after).await?;
        tx.commit().await?;
        self.actors.forget(id);
        Ok(after)
    }
}

/// An account that its owner still may change: whoever was switched off or erased since they asked may
/// not write themselves back into it.
///
/// # Errors
/// [`DeskError::Unknown`] where it is not.
pub(super) fn still_theirs(held: Option<(User, String)>) -> Result<User, DeskError> {
    let user = held.map(|(user, _)| user).filter(|user| user.is_active);
    user.filter(|user| user.erased_at.is_none()).ok_or(DeskError::Unknown)
}

/// Nobody gets from a stolen session of an admin to the admin's account.
fn may_lead_elsewhere(
    before: &User,
    after: &User,
    logged_in_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), DeskError> {
    match number_trust::may_change(before, after, logged_in_at, now) {
        true => Ok(()),
        false => Err(DeskError::LogInAgain),
    }
}

/// Somebody is left who can let others in.
pub(super) fn keeps_an_admin(
    before: &User,
    after: &User,
    other_admins: usize,
) -> Result<(), DeskError> {
    let is_one = |user: &User| user.is_active && user.role == Role::Admin;
    if other_admins == 0 && is_one(before) && !is_one(after) {
        return Err(DeskError::Conflict(Conflict::LastAdmin));
    }
    Ok(())
}

/// Whoever is switched off stays out until they log in anew.
async fn settle(tx: &Tx, before: &User, after: &User) -> Result<(), DeskError> {
    if before.is_active && !after.is_active {
        tx.end_sessions_of(after.id).await?;
    }
    Ok(())
}
