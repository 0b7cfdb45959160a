//! Which letter goes to whom: one for each event and audience, and some about no ticket, each in five
//! languages and each of those one askama file. Filled with values it is free text, with placeholders the template at Meta.
use askama::Template;

use super::language::Language;
use super::words::Words;
use crate::domain::event::{Audience, Event};

/// Makes the letters, and what fills each; a file that is not there is an error of the compiler.
macro_rules! letters {
    ($($letter:ident $name:literal: $en:tt $ar:tt $es:tt $pt:tt $bn:tt)*) => {
        /// One variant for each pair of event and audience that [`Event::audiences`] has, and for what
        /// is about no ticket or about many.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Letter {
            $(#[doc = $name] $letter,)*
        }

        impl Letter {
            /// Every letter.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$letter),*];

            /// The name of its files.
            pub(super) fn file(self) -> &'static str {
                match self { $(Self::$letter => $name,)* }
            }

            /// The letter with these words.
            pub(super) fn fill(self, language: Language, words: &Words) -> String {
                let filled = match (self, language) {
                    $(
                        (Self::$letter, Language::English) => letters!(@fill $en, words),
                        (Self::$letter, Language::Arabic) => letters!(@fill $ar, words),
                        (Self::$letter, Language::Spanish) => letters!(@fill $es, words),
                        (Self::$letter, Language::Portuguese) => letters!(@fill $pt, words),
                        (Self::$letter, Language::Bengali) => letters!(@fill $bn, words),
                    )*
                };
                filled.expect("writing into a string cannot fail").trim_end().to_owned()
            }
        }
    };
    (@fill $path:tt, $words:ident) => {{
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct Filled<'a> {
            t: &'a Words,
        }
        Filled { t: $words }.render()
    }};
}

letters! {
    CreatedAdmin "ticket_created_admin":
        "messages/en/ticket_created_admin.txt"
        "messages/ar/ticket_created_admin.txt"
        "messages/es/ticket_created_admin.txt"
        "messages/pt_BR/ticket_created_admin.txt"
        "messages/bn/ticket_created_admin.txt"
    CreatedClient "ticket_created_client":
        "messages/en/ticket_created_client.txt"
        "messages/ar/ticket_created_client.txt"
        "messages/es/ticket_created_client.txt"
        "messages/pt_BR/ticket_created_client.txt"
        "messages/bn/ticket_created_client.txt"
    OpenedClient "ticket_opened_client":
        "messages/en/ticket_opened_client.txt"
        "messages/ar/ticket_opened_client.txt"
        "messages/es/ticket_opened_client.txt"
        "messages/pt_BR/ticket_opened_client.txt"
        "messages/bn/ticket_opened_client.txt"
    AssignedDeveloper "ticket_assigned_developer":
        "messages/en/ticket_assigned_developer.txt"
        "messages/ar/ticket_assigned_developer.txt"
        "messages/es/ticket_assigned_developer.txt"
        "messages/pt_BR/ticket_assigned_developer.txt"
        "messages/bn/ticket_assigned_developer.txt"
    AssignedClient "ticket_assigned_client":
        "messages/en/ticket_assigned_client.txt"
        "messages/ar/ticket_assigned_client.txt"
        "messages/es/ticket_assigned_client.txt"
        "messages/pt_BR/ticket_assigned_client.txt"
        "messages/bn/ticket_assigned_client.txt"
    AssignedFormerDeveloper "ticket_assigned_former_developer":
        "messages/en/ticket_assigned_former_developer.txt"
        "messages/ar/ticket_assigned_former_developer.txt"
        "messages/es/ticket_assigned_former_developer.txt"
        "messages/pt_BR/ticket_assigned_former_developer.txt"
        "messages/bn/ticket_assigned_former_developer.txt"
    StartedClient "work_started_client":
        "messages/en/work_started_client.txt"
        "messages/ar/work_started_client.txt"
        "messages/es/work_started_client.txt"
        "messages/pt_BR/work_started_client.txt"
        "messages/bn/work_started_client.txt"
    FinishedClient "work_finished_client":
        "messages/en/work_finished_client.txt"
        "messages/ar/work_finished_client.txt"
        "messages/es/work_finished_client.txt"
        "messages/pt_BR/work_finished_client.txt"
        "messages/bn/work_finished_client.txt"
    FinishedAdmin "work_finished_admin":
        "messages/en/work_finished_admin.txt"
        "messages/ar/work_finished_admin.txt"
        "messages/es/work_finished_admin.txt"
        "messages/pt_BR/work_finished_admin.txt"
        "messages/bn/work_finished_admin.txt"
    ClosedClient "ticket_closed_client":
        "messages/en/ticket_closed_client.txt"
        "messages/ar/ticket_closed_client.txt"
        "messages/es/ticket_closed_client.txt"
        "messages/pt_BR/ticket_closed_client.txt"
        "messages/bn/ticket_closed_client.txt"
    ClosedDeveloper "ticket_closed_developer":
        "messages/en/ticket_closed_developer.txt"
        "messages/ar/ticket_closed_developer.txt"
        "messages/es/ticket_closed_developer.txt"
        "messages/pt_BR/ticket_closed_developer.txt"
        "messages/bn/ticket_closed_developer.txt"
    RejectedClient "ticket_rejected_client":
        "messages/en/ticket_rejected_client.txt"
        "messages/ar/ticket_rejected_client.txt"
        "messages/es/ticket_rejected_client.txt"
        "messages/pt_BR/ticket_rejected_client.txt"
        "messages/bn/ticket_rejected_client.txt"
    ReopenedAdmin "ticket_reopened_admin":
        "messages/en/ticket_reopened_admin.txt"
        "messages/ar/ticket_reopened_admin.txt"
        "messages/es/ticket_reopened_admin.txt"
        "messages/pt_BR/ticket_reopened_admin.txt"
        "messages/bn/ticket_reopened_admin.txt"
    ReopenedDeveloper "ticket_reopened_developer":
        "messages/en/ticket_reopened_developer.txt"
        "messages/ar/ticket_reopened_developer.txt"
        "messages/es/ticket_reopened_developer.txt"
        "messages/pt_BR/ticket_reopened_developer.txt"
        "messages/bn/ticket_reopened_developer.txt"
    ReopenedClient "ticket_reopened_client":
        "messages/en/ticket_reopened_client.txt"
        "messages/ar/ticket_reopened_client.txt"
        "messages/es/ticket_reopened_client.txt"
        "messages/pt_BR/ticket_reopened_client.txt"
        "messages/bn/ticket_reopened_client.txt"
    CommentClient "comment_added_client":
        "messages/en/comment_added_client.txt"
        "messages/ar/comment_added_client.txt"
        "messages/es/comment_added_client.txt"
        "messages/pt_BR/comment_added_client.txt"
        "messages/bn/comment_added_client.txt"
    CommentDeveloper "comment_added_developer":
        "messages/en/comment_added_developer.txt"
        "messages/ar/comment_added_developer.txt"
        "messages/es/comment_added_developer.txt"
        "messages/pt_BR/comment_added_developer.txt"
        "messages/bn/comment_added_developer.txt"
    CommentAdmin "comment_added_admin":
        "messages/en/comment_added_admin.txt"
        "messages/ar/comment_added_admin.txt"
        "messages/es/comment_added_admin.txt"
        "messages/pt_BR/comment_added_admin.txt"
        "messages/bn/comment_added_admin.txt"
    AccountExists "account_exists":
        "messages/en/account_exists.txt"
        "messages/ar/account_exists.txt"
        "messages/es/account_exists.txt"
        "messages/pt_BR/account_exists.txt"
        "messages/bn/account_exists.txt"
    NumberChanged "number_changed":
        "messages/en/number_changed.txt"
        "messages/ar/number_changed.txt"
        "messages/es/number_changed.txt"
        "messages/pt_BR/number_changed.txt"
        "messages/bn/number_changed.txt"
    CodeNotRequested "code_not_requested":
        "messages/en/code_not_requested.txt"
        "messages/ar/code_not_requested.txt"
        "messages/es/code_not_requested.txt"
        "messages/pt_BR/code_not_requested.txt"
        "messages/bn/code_not_requested.txt"
    ChannelPaused "channel_paused":
        "messages/en/channel_paused.txt"
        "messages/ar/channel_paused.txt"
        "messages/es/channel_paused.txt"
        "messages/pt_BR/channel_paused.txt"
        "messages/bn/channel_paused.txt"
    LimitNear "limit_near":
        "messages/en/limit_near.txt"
        "messages/ar/limit_near.txt"
        "messages/es/limit_near.txt"
        "messages/pt_BR/limit_near.txt"
        "messages/bn/limit_near.txt"
    Digest "digest":
        "messages/en/digest.txt"
        "messages/ar/digest.txt"
        "messages/es/digest.txt"
        "messages/pt_BR/digest.txt"
        "messages/bn/digest.txt"
}

impl Letter {
    /// The letter that tells this audience of an event.
    pub(super) fn of(event: Event, audience: Audience) -> Self {
        use Audience::{Admin, Client, Developer, FormerDeveloper};
        match (event, audience) {
            // The first have words of their own, which are about no ticket: no audience asks.
            (
                Event::CodeRequested
                | Event::ExternalCode
                | Event::AccountExists
                | Event::NumberConfirmed
                | Event::NumberChanged
                | Event::CodeNotRequested
                | Event::ChannelPaused
                | Event::LimitNear
                | Event::TicketOpened,
                _,
            ) => Self::OpenedClient,
            (Event::TicketCreated, Client) => Self::CreatedClient,
            (Event::TicketCreated, Admin | Developer | FormerDeveloper) => Self::CreatedAdmin,
            (Event::TicketAssigned, Developer | Admin) => Self::AssignedDeveloper,
            (Event::TicketAssigned, Client) => Self::AssignedClient,
            (Event::TicketAssigned, FormerDeveloper) => Self::AssignedFormerDeveloper,
            (Event::WorkStarted, _) => Self::StartedClient,
            (Event::WorkFinished, Client) => Self::FinishedClient,
            (Event::WorkFinished, Admin | Developer | FormerDeveloper) => Self::FinishedAdmin,
            (Event::TicketClosed, Client | Admin) => Self::ClosedClient,
            (Event::TicketClosed, Developer | FormerDeveloper) => Self::ClosedDeveloper,
            (Event::TicketRejected, _) => Self::RejectedClient,
            (Event::TicketReopened, Admin) => Self::ReopenedAdmin,
            (Event::TicketReopened, Developer | FormerDeveloper) => Self::ReopenedDeveloper,
            (Event::TicketReopened, Client) => Self::ReopenedClient,
            (Event::CommentAdded, Client) => Self::CommentClient,
            (Event::CommentAdded, Developer | FormerDeveloper) => Self::CommentDeveloper,
            (Event::CommentAdded, Admin) => Self::CommentAdmin,
        }
    }
}
