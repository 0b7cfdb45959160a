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
    /// Somebody asked for a one-time code.
    CodeRequested,
    /// Another system gave us a code to send.
    ExternalCode,
    /// Somebody wanted to open an account for an e-mail that has one.
    AccountExists,
    /// Somebody confirmed their number by writing to us.
    NumberConfirmed,
    /// An account has another number than the confirmed one that it had.
    NumberChanged,
    /// Somebody got a code that they did not ask for.
    CodeNotRequested,
    /// A provider takes nothing from us now, and somebody has to do something about it.
    ChannelPaused,
    /// Most of the new conversations that a provider allows in a day are used, or all.
    LimitNear,
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
    pub const ALL: [Self; 17] = [
        Self::TicketCreated,
        Self::TicketOpened,
        Self::TicketAssigned,
        Self::WorkStarted,
        Self::WorkFinished,
        Self::TicketClosed,
        Self::TicketRejected,
        Self::TicketReopened,
        Self::CommentAdded,
        Self::CodeRequested,
        Self::ExternalCode,
        Self::AccountExists,
        Self::NumberConfirmed,
        Self::NumberChanged,
        Self::CodeNotRequested,
        Self::ChannelPaused,
        Self::LimitNear,
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

    /// Whether somebody may choose not to hear of it: of what happens to tickets, and of nothing
    /// that concerns the safety of an account.
    pub fn can_be_muted(self) -> bool {
        !self.audiences().is_empty()
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
            // About no ticket: whom it concerns is told by whoever makes it known.
            Self::CodeRequested
            | Self::ExternalCode
            | Self::AccountExists
            | Self::NumberConfirmed
            | Self::NumberChanged
            | Self::CodeNotRequested
            | Self::ChannelPaused
            | Self::LimitNear => &[],
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
            Self::CodeRequested => "CODE_REQUESTED",
            Self::ExternalCode => "EXTERNAL_CODE",
            Self::AccountExists => "ACCOUNT_EXISTS",
            Self::NumberConfirmed => "NUMBER_CONFIRMED",
            Self::NumberChanged => "NUMBER_CHANGED",
            Self::CodeNotRequested => "CODE_NOT_REQUESTED",
            Self::ChannelPaused => "CHANNEL_PAUSED",
            Self::LimitNear => "LIMIT_NEAR",
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
mod tests;
