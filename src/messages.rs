//! The words we send: one askama file an event and audience, filled with typed values.
use askama::Template;

use crate::domain::comment::Visibility;
use crate::domain::event::{Audience, Event};
use crate::domain::markup::plain;
use crate::domain::text::cut;
use crate::domain::ticket::Ticket;

/// Meta takes 4,096 characters of text in one message.
pub const LONGEST_BODY: usize = 4096;

/// What a message tells of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What happened.
    pub event: Event,
    /// The ticket after it.
    pub ticket: &'a Ticket,
    /// The developer whom the message names, where the ticket no longer does.
    pub developer: Option<&'a str>,
    /// The reason or the resolution that was given, or what a comment says.
    pub note: Option<&'a str>,
    /// Who wrote the comment.
    pub author: Option<&'a str>,
    /// For whom the comment is.
    pub visibility: Visibility,
}

/// The message for one reader. Where it would be too long, the description gives way, then what
/// somebody wrote besides; all else stays whole.
pub fn write(told: Told<'_>, audience: Audience, reader: &str) -> String {
    let mut words = Words::new(told, reader);
    let mut body = fill(told.event, audience, &words);
    for which in [Words::description, Words::note, Words::resolution] {
        let over = body.chars().count().saturating_sub(LONGEST_BODY);
        if over == 0 {
            return body;
        }
        if let Some(text) = which(&mut words) {
            *text = cut(text, text.chars().count().saturating_sub(over));
            body = fill(told.event, audience, &words);
        }
    }
    cut(&body, LONGEST_BODY)
}

/// The values, made harmless: what a person typed is never markup.
struct Words {
    reader: String,
    client: String,
    title: String,
    project: String,
    priority: &'static str,
    category: &'static str,
    description: String,
    developer: String,
    assigned: Option<String>,
    note: Option<String>,
    resolution: Option<String>,
    author: String,
    visibility: &'static str,
}

impl Words {
    fn new(told: Told<'_>, reader: &str) -> Self {
        let ticket = told.ticket;
        let named = ticket.developer.as_ref().map(|person| person.full_name.as_str());
        let developer = named.or(told.developer).map(plain);
        Self {
            reader: plain(reader),
            client: plain(&ticket.client.full_name),
            title: plain(&ticket.filed.title),
            project: plain(&ticket.filed.project_name),
            priority: ticket.filed.priority.as_str(),
            category: ticket.filed.category.as_str(),
            description: plain(&ticket.filed.description),
            developer: developer.clone().unwrap_or_else(|| "—".to_owned()),
            assigned: developer,
            note: told.note.map(plain),
            resolution: ticket.resolution.as_deref().map(plain),
            author: plain(told.author.unwrap_or("Somebody")),
            visibility: match told.visibility {
                Visibility::Public => "Public",
                Visibility::Internal => "Internal",
            },
        }
    }

    fn description(&mut self) -> Option<&mut String> {
        Some(&mut self.description)
    }

    fn note(&mut self) -> Option<&mut String> {
        self.note.as_mut()
    }

    fn resolution(&mut self) -> Option<&mut String> {
        self.resolution.as_mut()
    }
}

/// One variant for each pair of event and audience that [`Event::audiences`] has.
#[derive(Template)]
#[template(escape = "none")]
enum Message<'a> {
    #[template(path = "messages/ticket_created_admin.txt")]
    CreatedAdmin { t: &'a Words },
    #[template(path = "messages/ticket_created_client.txt")]
    CreatedClient { t: &'a Words },
    #[template(path = "messages/ticket_opened_client.txt")]
    OpenedClient { t: &'a Words },
    #[template(path = "messages/ticket_assigned_developer.txt")]
    AssignedDeveloper { t: &'a Words },
    #[template(path = "messages/ticket_assigned_client.txt")]
    AssignedClient { t: &'a Words },
    #[template(path = "messages/ticket_assigned_former_developer.txt")]
    AssignedFormerDeveloper { t: &'a Words },
    #[template(path = "messages/work_started_client.txt")]
    StartedClient { t: &'a Words },
    #[template(path = "messages/work_finished_client.txt")]
    FinishedClient { t: &'a Words },
    #[template(path = "messages/work_finished_admin.txt")]
    FinishedAdmin { t: &'a Words },
    #[template(path = "messages/ticket_closed_client.txt")]
    ClosedClient { t: &'a Words },
    #[template(path = "messages/ticket_closed_developer.txt")]
    ClosedDeveloper { t: &'a Words },
    #[template(path = "messages/ticket_rejected_client.txt")]
    RejectedClient { t: &'a Words },
    #[template(path = "messages/ticket_reopened_admin.txt")]
    ReopenedAdmin { t: &'a Words },
    #[template(path = "messages/ticket_reopened_developer.txt")]
    ReopenedDeveloper { t: &'a Words },
    #[template(path = "messages/ticket_reopened_client.txt")]
    ReopenedClient { t: &'a Words },
    #[template(path = "messages/comment_added_client.txt")]
    CommentClient { t: &'a Words },
    #[template(path = "messages/comment_added_developer.txt")]
    CommentDeveloper { t: &'a Words },
    #[template(path = "messages/comment_added_admin.txt")]
    CommentAdmin { t: &'a Words },
}

fn fill(event: Event, audience: Audience, t: &Words) -> String {
    use Audience::{Admin, Client, Developer, FormerDeveloper};
    let message = match (event, audience) {
        (Event::TicketCreated, Client) => Message::CreatedClient { t },
        (Event::TicketCreated, Admin | Developer | FormerDeveloper) => Message::CreatedAdmin { t },
        (Event::TicketOpened, _) => Message::OpenedClient { t },
        (Event::TicketAssigned, Developer | Admin) => Message::AssignedDeveloper { t },
        (Event::TicketAssigned, Client) => Message::AssignedClient { t },
        (Event::TicketAssigned, FormerDeveloper) => Message::AssignedFormerDeveloper { t },
        (Event::WorkStarted, _) => Message::StartedClient { t },
        (Event::WorkFinished, Client) => Message::FinishedClient { t },
        (Event::WorkFinished, Admin | Developer | FormerDeveloper) => Message::FinishedAdmin { t },
        (Event::TicketClosed, Client | Admin) => Message::ClosedClient { t },
        (Event::TicketClosed, Developer | FormerDeveloper) => Message::ClosedDeveloper { t },
        (Event::TicketRejected, _) => Message::RejectedClient { t },
        (Event::TicketReopened, Admin) => Message::ReopenedAdmin { t },
        (Event::TicketReopened, Developer | FormerDeveloper) => Message::ReopenedDeveloper { t },
        (Event::TicketReopened, Client) => Message::ReopenedClient { t },
        (Event::CommentAdded, Client) => Message::CommentClient { t },
        (Event::CommentAdded, Developer | FormerDeveloper) => Message::CommentDeveloper { t },
        (Event::CommentAdded, Admin) => Message::CommentAdmin { t },
    };
    message.render().expect("writing into a string cannot fail").trim_end().to_owned()
}

#[cfg(test)]
mod tests;
