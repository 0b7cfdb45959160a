//! The ways to a person: which of their addresses may be used, in the order in which they want it,
//! or why none can.
use super::event::Event;
use super::medium::{Address, EmailAddress, Medium};
use super::notification::SkipReason;
use super::user::User;

/// An address that may be used, or why it may not.
pub type Reach = Result<Address, (Option<Address>, SkipReason)>;

/// Every way that a person left open, in their order; each is looked at when it is asked for.
pub fn of(user: &User) -> impl Iterator<Item = (Medium, Reach)> {
    let channels = user.preferences.channels.iter();
    channels.map(|medium| (*medium, reach(user, *medium)))
}

/// Why nothing at all is to be sent to a person about this, where that is so.
pub fn closed(user: &User, event: Event) -> Option<SkipReason> {
    match () {
        () if user.erased_at.is_some() => Some(SkipReason::PersonErased),
        () if !user.is_active => Some(SkipReason::Inactive),
        () if user.preferences.muted.contains(&event) => Some(SkipReason::Muted),
        () if user.preferences.channels.is_empty() => Some(SkipReason::OptedOut),
        () => None,
    }
}

/// Whether a person can be reached by this medium now.
pub fn reach(user: &User, medium: Medium) -> Reach {
    match medium {
        Medium::WhatsApp => {
            by_number(user, user.undeliverable_at.map(|_| SkipReason::Undeliverable))
        }
        Medium::Sms => by_number(user, user.sms_opted_out_at.map(|_| SkipReason::OptedOut)),
        Medium::Email => by_email(user),
    }
}

/// Trust and consent belong to the number, whatever is sent to it; one medium may be shut besides: who
/// said STOP to text messages said it to these, and whom WhatsApp does not know others do.
fn by_number(user: &User, shut: Option<SkipReason>) -> Reach {
    let Some(number) = user.whatsapp_number.clone().map(Address::Phone) else {
        return Err((None, SkipReason::NoNumber));
    };
    let skip = match () {
        () if user.whatsapp_verified.is_none() => SkipReason::NumberUnverified,
        () if user.whatsapp_opt_in_at.is_none() && user.opted_out_at.is_some() => {
            SkipReason::OptedOut
        }
        () if user.whatsapp_opt_in_at.is_none() => SkipReason::NoConsent,
        () => match shut {
            Some(reason) => reason,
            None => return Ok(number),
        },
    };
    Err((Some(number), skip))
}

fn by_email(user: &User) -> Reach {
    let address = EmailAddress::parse(&user.email).map(Address::Email);
    match address {
        address if user.email_verified_at.is_none() => Err((address, SkipReason::EmailUnverified)),
        address if user.email_opted_out_at.is_some() => Err((address, SkipReason::OptedOut)),
        Some(address) => Ok(address),
        None => Err((None, SkipReason::EmailUnverified)),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::phone::PhoneNumber;
    use crate::domain::user::{Role, UserId, VerifiedBy};

    fn jane() -> User {
        let made = DateTime::UNIX_EPOCH;
        User {
            id: UserId(1),
            username: "jane".into(),
            email: "jane@example.com".into(),
            full_name: "Jane".into(),
            role: Role::Client,
            whatsapp_number: PhoneNumber::parse("+447700900123").ok(),
            whatsapp_verified: Some((made, VerifiedBy::Code)),
            whatsapp_opt_in_at: Some(made),
            whatsapp_heard_at: None,
            opted_out_at: None,
            sms_opted_out_at: None,
            email_opted_out_at: None,
            undeliverable_at: None,
            email_verified_at: Some(made),
            preferences: Default::default(),
            locale: "en".into(),
            is_active: true,
            created_at: made,
            updated_at: made,
            erased_at: None,
        }
    }

    fn said(user: &User) -> String {
        let ways = of(user).map(|(medium, reach)| match reach {
            Ok(_) => medium.as_str().to_owned(),
            Err((_, reason)) => format!("{}:{}", medium.as_str(), reason.as_str()),
        });
        ways.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_address_is_used_only_where_it_may_be() {
        let at = Some(DateTime::UNIX_EPOCH);
        type Change = fn(&mut User);
        let table: [(Change, &str); 11] = [
            (|_| (), "WHATSAPP SMS EMAIL"),
            (|u| u.whatsapp_number = None, "WHATSAPP:no_number SMS:no_number EMAIL"),
            (
                |u| u.whatsapp_verified = None,
                "WHATSAPP:number_unverified SMS:number_unverified EMAIL",
            ),
            (|u| u.whatsapp_opt_in_at = None, "WHATSAPP:no_consent SMS:no_consent EMAIL"),
            (
                |u| {
                    u.whatsapp_opt_in_at = None;
                    u.opted_out_at = Some(DateTime::UNIX_EPOCH);
                },
                "WHATSAPP:opted_out SMS:opted_out EMAIL",
            ),
            (|u| u.sms_opted_out_at = Some(DateTime::UNIX_EPOCH), "WHATSAPP SMS:opted_out EMAIL"),
            (
                |u| u.undeliverable_at = Some(DateTime::UNIX_EPOCH),
                "WHATSAPP:undeliverable SMS EMAIL",
            ),
            (|u| u.email_verified_at = None, "WHATSAPP SMS EMAIL:email_unverified"),
            (|u| u.email_opted_out_at = Some(DateTime::UNIX_EPOCH), "WHATSAPP SMS EMAIL:opted_out"),
            (|u| u.preferences.channels = vec![Medium::Email, Medium::Sms], "EMAIL SMS"),
            (|u| u.preferences.channels = vec![], ""),
        ];
        for (change, expected) in table {
            let mut user = jane();
            change(&mut user);
            assert_eq!(said(&user), expected);
        }
        // To have said START since is to agree again.
        let again = User { opted_out_at: at, ..jane() };
        assert_eq!(said(&again), "WHATSAPP SMS EMAIL");
    }

    #[test]
    fn nobody_is_told_what_they_muted_or_once_they_are_gone() {
        let event = Event::CommentAdded;
        assert_eq!(closed(&jane(), event), None);
        let mut user = jane();
        user.preferences.channels = vec![];
        assert_eq!(closed(&user, event), Some(SkipReason::OptedOut));
        user.preferences.muted = vec![event];
        assert_eq!(closed(&user, event), Some(SkipReason::Muted));
        assert_eq!(closed(&user, Event::TicketOpened), Some(SkipReason::OptedOut));
        user.is_active = false;
        assert_eq!(closed(&user, event), Some(SkipReason::Inactive));
        user.erased_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(closed(&user, event), Some(SkipReason::PersonErased));
    }
}
