//! What more it takes where an admin's number or e-mail changes: whoever has only a stolen session must
//! not get from it to the account (OWASP ASVS 5.0, 6.3.7 and 7.5.1).
use chrono::{DateTime, TimeDelta, Utc};

use super::phone::PhoneNumber;
use super::user::{Role, User};

/// An admin changes where they are reached within so long of a log-in.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// A number that an admin's account was not opened with leads to another password only after so long:
/// in the meantime whoever has the number before it has heard of the change.
const HELD: TimeDelta = TimeDelta::hours(24);

/// Whether somebody who logged in then may have this number confirmed as theirs.
pub fn may_confirm(
    user: &User,
    number: &PhoneNumber,
    logged_in_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    let is_theirs =
        user.whatsapp_verified.is_some() && user.whatsapp_number.as_ref() == Some(number);
    user.role != Role::Admin || is_theirs || is_fresh(logged_in_at, now)
}

/// Whether somebody who logged in then may change their account so. Who is an admin no more is held up
/// by none of these rules.
pub fn may_change(
    before: &User,
    after: &User,
    logged_in_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    let leads_to = |user: &User| (user.email.clone(), user.whatsapp_number.clone(), user.role);
    before.role != Role::Admin || leads_to(before) == leads_to(after) || is_fresh(logged_in_at, now)
}

fn is_fresh(logged_in_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    logged_in_at.is_some_and(|at| now - at <= FRESH)
}

/// The number by which this person may choose another password, where there is one.
pub fn for_recovery(user: &User, now: DateTime<Utc>) -> Option<&PhoneNumber> {
    let (at, _) = user.whatsapp_verified?;
    let is_settled = user.role != Role::Admin || at <= user.created_at || now - at >= HELD;
    user.whatsapp_number.as_ref().filter(|_| is_settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::preferences::Preferences;
    use crate::domain::user::{UserId, VerifiedBy};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn jane(role: Role, verified: Option<(TimeDelta, VerifiedBy)>) -> User {
        User {
            id: UserId(1),
            username: "jane".into(),
            email: "jane@example.com".into(),
            full_name: "Jane".into(),
            role,
            whatsapp_number: PhoneNumber::parse("+447700900123").ok(),
            whatsapp_verified: verified.map(|(ago, by)| (NOW - ago, by)),
            whatsapp_opt_in_at: None,
            whatsapp_heard_at: None,
            opted_out_at: None,
            sms_opted_out_at: None,
            email_opted_out_at: None,
            undeliverable_at: None,
            email_verified_at: None,
            preferences: Preferences::default(),
            locale: "en".into(),
            is_active: true,
            created_at: NOW - TimeDelta::days(30),
            updated_at: NOW,
            erased_at: None,
        }
    }

    #[test]
    fn an_admin_changes_their_number_soon_after_a_log_in_only() {
        let (own, other) = ("+447700900123", "+447700900124");
        let confirmed = Some((TimeDelta::days(9), VerifiedBy::Code));
        let ago = |minutes| Some(NOW - TimeDelta::minutes(minutes));
        for (role, confirmed, number, logged_in_at, may) in [
            (Role::Client, confirmed, other, None, true),
            (Role::Developer, confirmed, other, ago(600), true),
            (Role::Admin, confirmed, own, ago(600), true),
            (Role::Admin, confirmed, other, ago(600), false),
            (Role::Admin, confirmed, other, ago(16), false),
            (Role::Admin, confirmed, other, None, false),
            (Role::Admin, confirmed, other, ago(15), true),
            // A number that was only written down is nobody's yet.
            (Role::Admin, None, own, ago(600), false),
            (Role::Admin, None, own, ago(0), true),
        ] {
            let number = PhoneNumber::parse(number).unwrap();
            let found = may_confirm(&jane(role, confirmed), &number, logged_in_at, NOW);
            assert_eq!(found, may, "{role} {confirmed:?} {logged_in_at:?}");
        }
    }

    #[test]
    fn an_admin_changes_what_leads_to_their_account_soon_after_a_log_in_only() {
        let admin = jane(Role::Admin, None);
        let with = |change: fn(&mut User)| {
            let mut after = admin.clone();
            change(&mut after);
            after
        };
        for (after, may_late) in [
            (with(|it| it.full_name = "Joan".into()), true),
            (with(|it| it.email = "eve@example.com".into()), false),
            (with(|it| it.whatsapp_number = None), false),
            (with(|it| it.role = Role::Client), false),
        ] {
            let late = may_change(&admin, &after, Some(NOW - TimeDelta::hours(1)), NOW);
            assert_eq!(late, may_late, "{after:?}");
            assert!(may_change(&admin, &after, Some(NOW), NOW));
        }
        let client = jane(Role::Client, None);
        let moved = User { email: "joan@example.com".into(), ..client.clone() };
        assert!(may_change(&client, &moved, None, NOW));
    }

    #[test]
    fn a_number_that_an_admin_has_just_confirmed_leads_to_no_password_yet() {
        let hours = |count| TimeDelta::hours(count);
        for (role, verified, may) in [
            (Role::Client, None, false),
            (Role::Client, Some((hours(0), VerifiedBy::Code)), true),
            (Role::Admin, Some((hours(0), VerifiedBy::Code)), false),
            (Role::Admin, Some((hours(23), VerifiedBy::ReverseCode)), false),
            (Role::Admin, Some((hours(24), VerifiedBy::Code)), true),
            (Role::Admin, Some((hours(0), VerifiedBy::Admin)), false),
            (Role::Admin, Some((hours(30 * 24), VerifiedBy::Admin)), true),
        ] {
            let found = for_recovery(&jane(role, verified), NOW).is_some();
            assert_eq!(found, may, "{role} {verified:?}");
        }
    }
}
