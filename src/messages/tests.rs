//! What people read, to the letter.
use chrono::DateTime;

use super::*;
use crate::domain::comment::Visibility;
use crate::domain::ticket::{Category, NewTicket, Person, Priority, Reached, TicketId};
use crate::domain::user::UserId;
use crate::domain::workflow::Status;

fn ticket() -> Ticket {
    Ticket {
        id: TicketId(1),
        filed: NewTicket {
            title: "Login page not working".into(),
            description: "Users cannot login to the portal...".into(),
            priority: Priority::High,
            category: Category::Bug,
            project_name: "Web Portal".into(),
        },
        status: Status::New,
        client: Person { id: UserId(1), full_name: "John Doe".into() },
        developer: None,
        resolution: None,
        rejection_reason: None,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        reached: Reached::default(),
    }
}

fn told<'a>(event: Event, ticket: &'a Ticket, note: Option<&'a str>) -> Told<'a> {
    Told { event, ticket, developer: None, note, author: None, visibility: Visibility::Public }
}

fn write(told: Told<'_>, audience: Audience, reader: &str) -> String {
    super::write(told, audience, reader, Language::English).body
}

#[test]
fn the_two_known_messages_stand_to_the_letter() {
    let ticket = ticket();
    assert_eq!(
        write(told(Event::TicketCreated, &ticket, None), Audience::Admin, "Ada Admin"),
        "🎫 *New Ticket Created*\n\n*Client:* John Doe\n*Title:* Login page not working\n\
         *Project:* Web Portal\n*Priority:* HIGH\n*Category:* BUG\n\n*Description:*\n\
         Users cannot login to the portal...\n\nPlease review and assign this ticket.\n\n\
         _Incident Management System_"
    );
    assert_eq!(
        write(told(Event::TicketOpened, &ticket, None), Audience::Client, "John Doe"),
        "✅ *Your Ticket Has Been Opened*\n\nHello John Doe,\n\n\
         Your ticket has been acknowledged.\n\n*Ticket:* Login page not working\n\
         *Project:* Web Portal\n*Status:* Opened\n\nWe will assign a developer shortly.\n\n\
         _Support Team_"
    );
}

#[test]
fn every_message_has_one_empty_line_between_its_parts_and_none_for_a_missing_value() {
    let mut ticket = ticket();
    for note in [None, Some("because")] {
        for developer in [None, Some(Person { id: UserId(2), full_name: "Dev".into() })] {
            ticket.developer = developer;
            for event in Event::ALL {
                for audience in event.audiences() {
                    let body = write(told(event, &ticket, note), *audience, "Reader");
                    assert!(!body.contains("\n\n\n"), "{event:?} {audience:?}\n{body}");
                    assert!(!body.contains(":*\n\n") && !body.contains("None"), "{body}");
                    assert!(body.contains("\n\n_"), "{event:?} {audience:?} has no signature");
                }
            }
        }
    }
}

#[test]
fn what_a_user_typed_turns_nothing_bold() {
    let mut ticket = ticket();
    ticket.filed.title = "*bold* _slanted_ ~gone~ `code`".into();
    ticket.client.full_name = "*John*".into();
    let body = write(told(Event::TicketCreated, &ticket, None), Audience::Admin, "Ada");
    assert!(body.contains("*Title:* ∗bold∗ ˍslantedˍ ∼gone∼ ˋcodeˋ\n"), "{body}");
    assert!(body.contains("*Client:* ∗John∗\n"), "{body}");
}

#[test]
fn the_description_gives_way_at_a_character_and_the_rest_stays_whole() {
    let mut ticket = ticket();
    ticket.filed.description = "🔥".repeat(10_000);
    let body = write(told(Event::TicketCreated, &ticket, None), Audience::Admin, "Ada");
    assert_eq!(body.chars().count(), LONGEST_BODY);
    assert!(body.contains("🔥…\n\nPlease review and assign this ticket.\n\n_Incident Mana"));
}

#[test]
fn whatever_is_long_gives_way_and_the_signature_stays() {
    let mut ticket = ticket();
    ticket.filed.description = "y".repeat(10_000);
    ticket.resolution = Some("x".repeat(4_000));
    let long = "🔥".repeat(4_000);
    for event in Event::ALL {
        for audience in event.audiences() {
            let body = write(told(event, &ticket, Some(&long)), *audience, "J");
            assert!(body.chars().count() <= LONGEST_BODY, "{event:?} {audience:?}");
            assert!(body.ends_with("Team_") || body.ends_with("System_"), "{event:?}: {body}");
        }
    }
    ticket.filed.title = "t".repeat(200);
    let body = write(told(Event::CommentAdded, &ticket, Some(&long)), Audience::Client, "J");
    assert_eq!(body.chars().count(), LONGEST_BODY);
    assert!(body.contains("🔥…\n\nYou can answer with a comment of your own.\n\n_Support Team_"));
}

#[test]
fn every_message_is_of_one_voice() {
    let ticket = ticket();
    for event in Event::ALL {
        for audience in event.audiences() {
            let body = write(told(event, &ticket, Some("because")), *audience, "Reader");
            let what = format!("{event:?} {audience:?}\n{body}");
            let parts: Vec<&str> = body.split("\n\n").collect();
            // A sign, and what happened in a few words with capitals.
            let (sign, headline) = parts[0].split_once(" *").expect("a sign and a headline");
            assert!(sign.chars().count() <= 2 && !sign.is_ascii(), "{what}");
            let headline = headline.strip_suffix('*').expect("a headline in bold");
            assert!(headline.split(' ').all(|word| word.starts_with(char::is_uppercase)), "{what}");
            // Admins are many and are told at once; all others by their names.
            let greeting = match audience {
                Audience::Admin => None,
                Audience::Client => Some("Hello John Doe,"),
                Audience::Developer | Audience::FormerDeveloper => Some("Hello Reader,"),
            };
            assert_eq!(parts[1].starts_with("Hello"), greeting.is_some(), "{what}");
            assert!(greeting.is_none_or(|greeting| parts[1] == greeting), "{what}");
            let signature = match audience {
                Audience::Client => "_Support Team_",
                _ => "_Incident Management System_",
            };
            assert_eq!(parts.last(), Some(&signature), "{what}");
            // The sentence before it says what comes next.
            assert!(parts[parts.len() - 2].ends_with('.'), "{what}");
            assert!(
                body.contains("Login page not working") && body.contains("Web Portal"),
                "{what}"
            );
        }
    }
}

#[test]
fn a_comment_reaches_each_in_words_of_their_own() {
    let ticket = ticket();
    let commented = |audience, visibility| {
        let told = Told {
            author: Some("Dan *Developer*"),
            visibility,
            ..told(Event::CommentAdded, &ticket, Some("> Is it *plugged* in?"))
        };
        write(told, audience, "Ada Admin")
    };
    assert_eq!(
        commented(Audience::Client, Visibility::Public),
        "💬 *New Comment On Your Ticket*\n\nHello John Doe,\n\n\
         Somebody has written about your ticket.\n\n*Ticket:* Login page not working\n\
         *Project:* Web Portal\n*From:* Dan ∗Developer∗\n\n*Comment:*\n\
         \u{2060}> Is it ∗plugged∗ in?\n\nYou can answer with a comment of your own.\n\n\
         _Support Team_"
    );
    let internal = commented(Audience::Developer, Visibility::Internal);
    assert!(internal.contains("\n*Visibility:* Internal\n"), "{internal}");
    let public = commented(Audience::Admin, Visibility::Public);
    assert!(public.contains("\n*Visibility:* Public\n"), "{public}");
}
