//! What people read, to the letter.
use chrono::DateTime;

use super::*;
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
    Told { event, ticket, developer: None, note }
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
fn a_long_reason_is_cut_as_well() {
    let ticket = ticket();
    let reason = "x".repeat(9_000);
    let body = write(told(Event::TicketRejected, &ticket, Some(&reason)), Audience::Client, "J");
    assert_eq!(body.chars().count(), LONGEST_BODY);
}
