//! Who hears of what, by the table of the contract and by rules that hold for every circle.
use super::*;
use Audience::{Admin, Client, Developer, FormerDeveloper};

const ADMIN: UserId = UserId(1);
const OTHER_ADMIN: UserId = UserId(2);
const CLIENT: UserId = UserId(3);
const DEV: UserId = UserId(4);
const FORMER: UserId = UserId(5);

fn circle() -> Circle {
    Circle {
        admins: vec![ADMIN, OTHER_ADMIN],
        client: Some(CLIENT),
        developer: Some(DEV),
        former_developer: Some(FORMER),
        visibility: Visibility::Public,
    }
}

type Heard = (UserId, Audience);

/// CONTRACT: the table of events, with who does each.
#[rustfmt::skip]
#[test]
fn each_event_reaches_the_people_of_the_contract_but_never_the_doer() {
    const A: Heard = (ADMIN, Admin);
    const O: Heard = (OTHER_ADMIN, Admin);
    const C: Heard = (CLIENT, Client);
    const D: Heard = (DEV, Developer);
    const F: Heard = (FORMER, FormerDeveloper);
    let table: [(Event, UserId, &[Heard]); 31] = [
        (Event::TicketCreated, CLIENT, &[A, O]),
        (Event::TicketCreated, ADMIN, &[O, C]),
        (Event::TicketOpened, ADMIN, &[C]),
        (Event::TicketAssigned, ADMIN, &[D, C, F]),
        (Event::TicketAssigned, DEV, &[C, F]),
        (Event::TicketAssigned, FORMER, &[D, C]),
        (Event::WorkStarted, DEV, &[C]),
        (Event::WorkStarted, ADMIN, &[C]),
        (Event::WorkFinished, DEV, &[C, A, O]),
        (Event::WorkFinished, ADMIN, &[C, O]),
        (Event::TicketClosed, CLIENT, &[D]),
        (Event::TicketClosed, ADMIN, &[C, D]),
        (Event::TicketClosed, DEV, &[C]),
        (Event::TicketRejected, ADMIN, &[C]),
        (Event::TicketRejected, CLIENT, &[]),
        (Event::TicketReopened, CLIENT, &[A, O, D]),
        (Event::TicketReopened, ADMIN, &[O, D, C]),
        (Event::TicketReopened, DEV, &[A, O, C]),
        (Event::CommentAdded, CLIENT, &[D]),
        (Event::CommentAdded, DEV, &[C]),
        (Event::CommentAdded, ADMIN, &[C, D]),
        (Event::CommentAdded, OTHER_ADMIN, &[C, D]),
        (Event::CommentAdded, FORMER, &[C, D]),
        (Event::CodeRequested, CLIENT, &[]),
        (Event::ExternalCode, CLIENT, &[]),
        (Event::AccountExists, CLIENT, &[]),
        (Event::NumberConfirmed, CLIENT, &[]),
        (Event::NumberChanged, CLIENT, &[]),
        (Event::CodeNotRequested, CLIENT, &[]),
        (Event::ChannelPaused, CLIENT, &[]),
        (Event::LimitNear, CLIENT, &[]),
    ];
    for (event, by, expected) in table {
        assert_eq!(hearers(event, &circle(), by), expected, "{event:?} by {by:?}");
    }
    for event in Event::ALL {
        assert!(table.iter().any(|row| row.0 == event), "{event:?} is not in the table");
    }
    for (by, expected) in [(CLIENT, &[A, O][..]), (ADMIN, &[O, C]), (FORMER, &[C, A, O])] {
        let unassigned = Circle { developer: None, ..circle() };
        let mut heard = hearers(Event::CommentAdded, &unassigned, by);
        heard.sort_by_key(|(id, _)| expected.iter().position(|(it, _)| it == id));
        assert_eq!(heard, expected, "nobody is assigned, {by:?} comments");
    }
}

#[test]
fn an_internal_comment_reaches_no_client() {
    let internal = Circle { visibility: Visibility::Internal, ..circle() };
    assert_eq!(hearers(Event::CommentAdded, &internal, ADMIN), [(DEV, Developer)]);
    assert_eq!(hearers(Event::CommentAdded, &internal, DEV), []);
    let unassigned = Circle { developer: None, ..internal };
    assert_eq!(hearers(Event::CommentAdded, &unassigned, ADMIN), [(OTHER_ADMIN, Admin)]);
    // Whose ticket it is may be an admin, who hears of it as one.
    let own = Circle { client: Some(ADMIN), ..unassigned };
    let heard = hearers(Event::CommentAdded, &own, OTHER_ADMIN);
    assert_eq!(heard, [(ADMIN, Admin)]);
}

#[test]
fn an_admin_who_is_also_the_developer_hears_once() {
    let circle = Circle { admins: vec![ADMIN, OTHER_ADMIN], developer: Some(ADMIN), ..circle() };
    let heard = hearers(Event::TicketReopened, &circle, CLIENT);
    assert_eq!(heard, [(ADMIN, Admin), (OTHER_ADMIN, Admin)]);
}

#[test]
fn words_are_read_back_as_they_are_written() {
    assert!(Event::ALL.into_iter().all(|event| event.as_str().parse() == Ok(event)));
}
