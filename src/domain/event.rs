//! What happened to a ticket, and who should hear of it.
use super::comment::Visibility;
use super::user::UserId;
use super::workflow::{UnknownWord, Verb};
use std::str::FromStr;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A ticket was filed.
    TicketCreated,
    /// An admin acknowledged it.
    TicketOpened,
    /// It was given to a developer.
    TicketAssigned,
    /// The developer began.
    WorkStarted,
    /// The developer is done.
    WorkFinished,
    /// It is settled.
    TicketClosed,
    /// It was turned down.
    TicketRejected,
    /// It came back.
    TicketReopened,
    /// Somebody commented on it.
    CommentAdded,
}

/// As whom somebody hears of an event: each audience has words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Whoever runs the desk.
    Admin,
    /// Whose ticket it is.
    Client,
    /// Whoever works it, or did until it came back.
    Developer,
    /// Whoever worked it until it was given to another.
    FormerDeveloper,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::TicketCreated,
        Self::TicketOpened,
        Self::TicketAssigned,
        Self::WorkStarted,
        Self::WorkFinished,
        Self::TicketClosed,
        Self::TicketRejected,
        Self::TicketReopened,
        Self::CommentAdded,
    ];

    /// What a verb leads people to hear of.
    pub fn of(verb: Verb) -> Self {
        match verb {
            Verb::Open => Self::TicketOpened,
            Verb::Assign => Self::TicketAssigned,
            Verb::Start => Self::WorkStarted,
            Verb::Finish => Self::WorkFinished,
            Verb::Close => Self::TicketClosed,
            Verb::Reject => Self::TicketRejected,
            Verb::Reopen => Self::TicketReopened,
        }
    }

    /// Whether it is a state of the ticket, which a newer one makes stale. What somebody said never
    /// is.
    pub fn is_state(self) -> bool {
        self == Self::TicketCreated || Verb::ALL.into_iter().any(|verb| Self::of(verb) == self)
    }

    /// Who hears of it.
    pub fn audiences(self) -> &'static [Audience] {
        use Audience::{Admin, Client, Developer, FormerDeveloper};
        match self {
            Self::TicketCreated => &[Admin, Client],
            Self::TicketOpened | Self::WorkStarted | Self::TicketRejected => &[Client],
            Self::TicketAssigned => &[Developer, Client, FormerDeveloper],
            Self::WorkFinished => &[Client, Admin],
            Self::TicketClosed => &[Client, Developer],
            Self::TicketReopened => &[Admin, Developer, Client],
            Self::CommentAdded => &[Client, Developer, Admin],
        }
    }

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TicketCreated => "TICKET_CREATED",
            Self::TicketOpened => "TICKET_OPENED",
            Self::TicketAssigned => "TICKET_ASSIGNED",
            Self::WorkStarted => "WORK_STARTED",
            Self::WorkFinished => "WORK_FINISHED",
            Self::TicketClosed => "TICKET_CLOSED",
            Self::TicketRejected => "TICKET_REJECTED",
            Self::TicketReopened => "TICKET_REOPENED",
            Self::CommentAdded => "COMMENT_ADDED",
        }
    }
}

impl FromStr for Event {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|event| event.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// The people around a ticket at the moment of an event.
#[derive(Clone, Debug, Default)]
pub struct Circle {
    /// Every active admin.
    pub admins: Vec<UserId>,
    /// Whose ticket it is.
    pub client: Option<UserId>,
    /// Whoever works it (after a reopening: whoever worked it last).
    pub developer: Option<UserId>,
    /// Whoever worked it before an assignment.
    pub former_developer: Option<UserId>,
    /// For whom the event is; all but comments are for everybody.
    pub visibility: Visibility,
}

/// Who hears of `event` and as whom: nobody twice, and nobody of what they did themselves.
pub fn hearers(event: Event, circle: &Circle, by: UserId) -> Vec<(UserId, Audience)> {
    let mut heard: Vec<(UserId, Audience)> = vec![];
    for audience in event.audiences() {
        let people: &[UserId] = match audience {
            // A comment is the admins' matter only while it is nobody else's.
            Audience::Admin if event == Event::CommentAdded && circle.developer.is_some() => &[],
            Audience::Admin => &circle.admins,
            Audience::Client if circle.visibility == Visibility::Internal => &[],
            Audience::Client => circle.client.as_slice(),
            Audience::Developer => circle.developer.as_slice(),
            Audience::FormerDeveloper => circle.former_developer.as_slice(),
        };
        for person in people {
            if *person != by && heard.iter().all(|(known, _)| known != person) {
                heard.push((*person, *audience));
            }
        }
    }
    heard
}

#[cfg(test)]
mod tests {
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
        let table: [(Event, UserId, &[Heard]); 23] = [
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
        let circle =
            Circle { admins: vec![ADMIN, OTHER_ADMIN], developer: Some(ADMIN), ..circle() };
        let heard = hearers(Event::TicketReopened, &circle, CLIENT);
        assert_eq!(heard, [(ADMIN, Admin), (OTHER_ADMIN, Admin)]);
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        assert!(Event::ALL.into_iter().all(|event| event.as_str().parse() == Ok(event)));
    }
}
