//! Which way a message takes to a person: the first that is open to them and set up here, and after
//! one that failed the next.
use super::channels::Channels;
use crate::domain::event::Event;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::SkipReason;
use crate::domain::user::User;
use crate::domain::ways::{Reach, closed, of};
use crate::ports::channel::Route;

/// Stands in the log where nobody carries anything.
const NOBODY: &str = "none";

/// The first way to a person, or the one that would have been it and why it is none.
pub(super) fn first(user: &User, event: Event, channels: &Channels) -> (Route, Reach) {
    let mut ways = ways(user, channels);
    let first = ways.next();
    if let Some(reason) = closed(user, event) {
        let (route, reach) = first.unwrap_or((channels.usual(), Err((None, reason))));
        let address = reach.map_or_else(|(address, _)| address, Some);
        return (route, Err((address, reason)));
    }
    let open = match &first {
        Some((_, Ok(_))) => None,
        _ => ways.find(|(_, reach)| reach.is_ok()),
    };
    open.or(first).unwrap_or_else(|| {
        let medium = user.preferences.channels.first().copied().unwrap_or(Medium::WhatsApp);
        (Route { medium, provider: NOBODY }, Err((None, SkipReason::NoChannel)))
    })
}

/// The first way to a person by a medium that was not tried yet. Providers of one medium follow each
/// other in the same row.
pub(super) fn next(
    user: &User,
    event: Event,
    channels: &Channels,
    is_tried: impl Fn(Medium) -> bool,
) -> Option<(Route, Address)> {
    if closed(user, event).is_some() {
        return None;
    }
    let mut ways = ways(user, channels).filter(|(route, _)| !is_tried(route.medium));
    ways.find_map(|(route, reach)| Some((route, reach.ok()?)))
}

/// Every way that is set up, in the person's order, each by the provider that goes first.
fn ways(user: &User, channels: &Channels) -> impl Iterator<Item = (Route, Reach)> {
    of(user).filter_map(|(medium, reach)| Some((channels.by(medium).next()?.route(), reach)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::desk::Templates;
    use crate::desk::unsent::not_sent;
    use crate::domain::attempt::{Answer, Remedy};
    use crate::domain::phone::PhoneNumber;
    use crate::domain::preferences::Preferences;
    use crate::domain::user::{Role, UserId, VerifiedBy};
    use crate::ports::channel::{Channel, Outgoing};

    /// Carries nothing.
    struct Idle(Medium, &'static str);

    #[async_trait]
    impl Channel for Idle {
        async fn send(&self, _: Outgoing) -> Answer {
            not_sent("it carries nothing".to_owned(), Remedy::Never)
        }
        fn medium(&self) -> Medium {
            self.0
        }
        fn provider(&self) -> &'static str {
            self.1
        }
        fn sender(&self) -> &str {
            self.1
        }
        fn hint(&self, _: i64) -> String {
            String::new()
        }
        fn unreached(&self) -> &'static str {
            ""
        }
    }

    fn channels() -> Channels {
        let idle = |medium, name| -> Arc<dyn Channel> { Arc::new(Idle(medium, name)) };
        let others = vec![
            idle(Medium::Sms, "twilio"),
            idle(Medium::WhatsApp, "twilio_whatsapp"),
            idle(Medium::Email, "gmail"),
            idle(Medium::Email, "smtp"),
        ];
        Channels::new(idle(Medium::WhatsApp, "meta"), others, Templates::new("en"))
    }

    fn jane(order: Vec<Medium>, has_number: bool, has_email: bool) -> User {
        let made = DateTime::UNIX_EPOCH;
        User {
            id: UserId(1),
            username: "jane".into(),
            email: "jane@example.com".into(),
            full_name: "Jane".into(),
            role: Role::Client,
            whatsapp_number: PhoneNumber::parse("+447700900123").ok().filter(|_| has_number),
            whatsapp_verified: Some((made, VerifiedBy::Code)),
            whatsapp_opt_in_at: Some(made),
            whatsapp_heard_at: None,
            opted_out_at: None,
            sms_opted_out_at: None,
            email_opted_out_at: None,
            undeliverable_at: None,
            email_verified_at: has_email.then_some(made),
            preferences: Preferences { channels: order, ..Default::default() },
            locale: "en".into(),
            is_active: true,
            created_at: made,
            updated_at: made,
            erased_at: None,
        }
    }

    /// One way after another, as if each failed.
    fn walk(user: &User) -> Vec<&'static str> {
        let (channels, mut tried) = (channels(), vec![]);
        let event = Event::TicketOpened;
        while let Some((route, _)) = next(user, event, &channels, |medium| {
            tried.iter().any(|it: &Route| it.medium == medium)
        }) {
            tried.push(route);
        }
        tried.into_iter().map(|route| route.provider).collect()
    }

    #[test]
    fn one_way_after_another_in_the_order_of_the_person() {
        use Medium::{Email, Sms, WhatsApp};
        for (order, has_number, has_email, expected) in [
            (vec![WhatsApp, Sms, Email], true, true, &["meta", "twilio", "gmail"][..]),
            (vec![Email, WhatsApp], true, true, &["gmail", "meta"]),
            (vec![WhatsApp, Sms, Email], false, true, &["gmail"]),
            (vec![Sms, Email], true, false, &["twilio"]),
            (vec![], true, true, &[]),
        ] {
            let user = jane(order, has_number, has_email);
            assert_eq!(walk(&user), expected);
            let (route, reach) = first(&user, Event::TicketOpened, &channels());
            assert_eq!(reach.ok().map(|_| route.provider), expected.first().copied());
        }
    }

    proptest! {
        /// No way twice, none that is shut, and at last an end.
        #[test]
        fn each_open_way_is_tried_once(
            order in Just(Medium::ALL.to_vec()).prop_shuffle(),
            length in 0usize..=3,
            has_number: bool,
            has_email: bool,
        ) {
            let order: Vec<Medium> = order.into_iter().take(length).collect();
            let tried = walk(&jane(order.clone(), has_number, has_email));
            let open = order.into_iter().filter_map(|medium| match medium {
                Medium::WhatsApp if has_number => Some("meta"),
                Medium::Sms if has_number => Some("twilio"),
                Medium::Email if has_email => Some("gmail"),
                _ => None,
            });
            prop_assert_eq!(tried, open.collect::<Vec<_>>());
        }
    }
}
