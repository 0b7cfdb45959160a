//! Meta's rules for every template, and that each says what the free text says.
use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::domain::comment::Visibility;
use crate::domain::event::Event;
use crate::domain::ticket::{Category, NewTicket, Person, Priority, Reached, Ticket, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;
use crate::messages::{Told, Written, write};

fn ticket(description: &str) -> Ticket {
    let person = |id, name: &str| Person { id: UserId(id), full_name: name.into() };
    Ticket {
        id: TicketId(1),
        filed: NewTicket {
            title: "Login page not working".into(),
            description: description.into(),
            priority: Priority::High,
            category: Category::Bug,
            project_name: "Web Portal".into(),
        },
        status: Status::New,
        client: person(1, "John Doe"),
        developer: Some(person(2, "Grace Hopper")),
        resolution: Some("Renewed".into()),
        rejection_reason: None,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        reached: Reached::default(),
    }
}

fn letters(ticket: &Ticket, note: Option<&str>) -> Vec<Written> {
    let mut written = vec![];
    for event in Event::ALL {
        for audience in event.audiences() {
            let told = Told {
                event,
                ticket,
                developer: None,
                note,
                author: Some("Ada"),
                visibility: Visibility::Public,
            };
            let each = Language::ALL.map(|language| write(told, *audience, "Reader", language));
            written.extend(each);
        }
    }
    written
}

#[test]
fn every_template_keeps_metas_rules() {
    let mut names = vec![];
    for template in Template::all() {
        let (name, body) = (template.letter.template_name(), &template.body);
        let said = format!("{name} {}\n{body}", template.language.code());
        let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.len() <= 512 && name.chars().all(sign), "{said}");
        assert!(units(body) <= LONGEST, "{said}");
        assert!(!body.starts_with("{{") && !body.ends_with("}}"), "{said}");
        let squeezed: String = body.split_whitespace().collect();
        assert!(!squeezed.contains("}}{{"), "{said}");
        let words = body.split_whitespace().filter(|word| !word.contains("{{")).count();
        assert!(words > 2 * template.examples.len(), "too many values for its words: {said}");
        assert!(!body.contains("\n\n\n"), "{said}");
        let part = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(template.names().all(part), "{said}");
        assert!(template.examples.iter().all(|(_, it)| !it.is_empty() && it != NOTHING), "{said}");
        assert!(units(&template.filled(&template.examples)) <= LONGEST, "{said}");
        assert_eq!(Letter::named(&name), Some(template.letter));
        names.push((name, template.language));
    }
    let count = names.len();
    names.sort_by_key(|(name, language)| (name.clone(), language.code()));
    names.dedup();
    assert_eq!((names.len(), count), (24 * 5, 24 * 5), "each has a name of its own");
}

#[test]
fn a_template_says_in_every_language_what_the_free_text_says() {
    let ticket = ticket("Users cannot login to the portal...");
    for Written { body, letter, language, values } in letters(&ticket, Some("Because.")) {
        let template = Template::of(letter, language);
        assert_eq!(template.filled(&template.fit(&values)), body);
    }
}

#[test]
fn a_letter_has_the_same_places_in_every_language() {
    for letter in Letter::ALL {
        let sorted = |language| {
            let template = Template::of(letter, language);
            let mut names: Vec<String> = template.names().map(str::to_owned).collect();
            names.sort();
            names
        };
        for language in Language::ALL {
            assert_eq!(sorted(language), sorted(Language::English), "{letter:?} {language:?}");
        }
    }
}

/// Messages under way were written down with these: whoever changes one raises
/// [`Letter::edition`].
#[rustfmt::skip]
#[test]
fn the_places_of_each_edition_stand() {
    use Letter as L;
    for (letter, places) in [
        (L::CreatedAdmin, "client title project priority category description"),
        (L::CreatedClient, "client title project priority category description"),
        (L::OpenedClient, "client title project"),
        (L::AssignedDeveloper, "reader client title project priority category description"),
        (L::AssignedClient, "client title project developer"),
        (L::AssignedFormerDeveloper, "reader title project developer"),
        (L::StartedClient, "client title project developer"),
        (L::FinishedClient, "client title project note"),
        (L::FinishedAdmin, "client title project developer note"),
        (L::ClosedClient, "client title project resolution"),
        (L::ClosedDeveloper, "reader client title project"),
        (L::RejectedClient, "client title project note"),
        (L::ReopenedAdmin, "client title project priority note"),
        (L::ReopenedDeveloper, "reader client title project note"),
        (L::ReopenedClient, "client title project note"),
        (L::CommentClient, "client title project author note"),
        (L::CommentDeveloper, "reader client title project author visibility note"),
        (L::CommentAdmin, "client title project priority author visibility note"),
        (L::AccountExists, "product"),
        (L::NumberChanged, "reader product"),
        (L::CodeNotRequested, "number"),
        (L::ChannelPaused, "channel reason remedy"),
        (L::LimitNear, "limit count"),
        (L::Digest, "count items"),
    ] {
        assert_eq!((letter.places().join(" "), letter.edition()), (places.to_owned(), 1));
    }
}

#[test]
fn a_missing_value_is_a_dash() {
    let mut ticket = ticket("x");
    (ticket.resolution, ticket.developer) = (None, None);
    for Written { letter, language, values, .. } in letters(&ticket, None) {
        let fitted = Template::of(letter, language).fit(&values);
        for (name, value) in fitted {
            let optional = ["note", "resolution", "developer"].contains(&&*name);
            assert_eq!(value == NOTHING, optional, "{letter:?} {name}");
        }
    }
}

#[test]
fn what_belongs_together_is_cut_together() {
    for (text, most, kept) in [
        ("abcdef", 4, "abc…"),
        ("ab👍🏽cd", 6, "ab…"),
        ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
        ("কি ভাবে", 3, "কি…"),
    ] {
        let cut = shortened(text, most);
        assert!(units(&cut) <= most, "{cut}");
        assert_eq!(cut, kept, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever somebody typed: a parameter is one line that says something, and all of them
    /// together are no longer than Meta takes.
    #[test]
    fn values_are_made_to_fit(
        description in "\\PC{0,40}|[a-z \n\t🔥]{0,3000}",
        title in "[ab\n\t ]{1,200}",
    ) {
        let mut ticket = ticket(&description);
        ticket.filed.title = title;
        for Written { letter, language, values, .. } in letters(&ticket, Some(&description)) {
            if language != Language::Arabic && letter != Letter::CommentDeveloper {
                continue;
            }
            let template = Template::of(letter, language);
            let fitted = template.fit(&values);
            prop_assert!(units(&template.filled(&fitted)) <= LONGEST);
            for (name, value) in &fitted {
                prop_assert!(!value.is_empty(), "{} is empty", name);
                prop_assert!(!value.contains(['\n', '\r', '\t']) && !value.contains("  "));
                prop_assert!(!value.contains(['*', '~', '`']));
            }
        }
    }
}
