//! Tickets: filing, finding, their history.
use serde_json::json;

use super::super::api::logged::NotificationShown;
use super::super::api::shown::{EntryShown, TicketShown};
use super::super::api::tickets::NewTicketBody;
use super::super::page::Listed;
use super::super::problem::{BAD_CURSOR, INVALID};
use super::operation::{About, Operation};
use super::parameters::{created, ids, page, several_of, words};
use super::schemas::Schemas;
use super::{examples, examples::page as page_of};
use crate::domain::ticket::{Category, Priority};
use crate::domain::workflow::Status;

/// Every call about them but the transitions.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![file(schemas), list(schemas), show(schemas), history(schemas), notifications(schemas)]
}

const TICKETS: About = About("Tickets");

fn file(schemas: &mut Schemas) -> Operation {
    TICKETS
        .post("/api/tickets", "createTicket", "File a ticket")
        .about("A client files for themselves, an admin for any client by `client_id`. Every active admin hears of it, and the client where somebody else filed it.")
        .only()
        .keyed()
        .takes::<NewTicketBody>(schemas, examples::draft())
        .answers::<TicketShown>(schemas, 201, "The ticket.", examples::ticket())
        .with(&["Location", "ETag"])
}

fn list(schemas: &mut Schemas) -> Operation {
    let project = json!({ "type": "string", "maxLength": 100, "pattern": "\\S" });
    TICKETS
        .get("/api/tickets", "listTickets", "List tickets")
        .about("Newest first. A client sees their own, a developer those assigned to them, an admin all. Filters of different names narrow each other.")
        .parameters([
            words::<Status>(schemas, "status", "Where they stand."),
            words::<Priority>(schemas, "priority", "How urgent they are."),
            words::<Category>(schemas, "category", "What they are about."),
            several_of(&project, "project_name", "The project they concern, to the letter."),
            ids(schemas, "client_id", "Whose they are."),
            ids(schemas, "developer_id", "Who works them."),
        ])
        .parameters(created())
        .parameters(page())
        .answers::<Listed<TicketShown>>(schemas, 200, "A page.", page_of(&examples::ticket()))
        .refuses(&[&INVALID, &BAD_CURSOR])
}

fn show(schemas: &mut Schemas) -> Operation {
    TICKETS
        .get("/api/tickets/{id}", "getTicket", "Show a ticket")
        .answers::<TicketShown>(schemas, 200, "The ticket.", examples::ticket())
        .with(&["ETag"])
}

fn history(schemas: &mut Schemas) -> Operation {
    TICKETS
        .get("/api/tickets/{id}/events", "listTicketEvents", "Show a ticket's history")
        .about("Who did what when, from which status to which. Newest first.")
        .parameters(page())
        .answers::<Listed<EntryShown>>(schemas, 200, "A page.", page_of(&examples::entry()))
        .refuses(&[&INVALID, &BAD_CURSOR])
}

fn notifications(schemas: &mut Schemas) -> Operation {
    let example = page_of(&examples::notification());
    TICKETS
        .get(
            "/api/tickets/{id}/notifications",
            "listTicketNotifications",
            "Show who was told of a ticket",
        )
        .about("For admins. Newest first.")
        .only()
        .parameters(page())
        .answers::<Listed<NotificationShown>>(schemas, 200, "A page.", example)
        .refuses(&[&INVALID, &BAD_CURSOR])
}
