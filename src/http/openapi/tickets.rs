//! Tickets: filing, finding, their history.
use serde_json::json;

use super::super::api::dry_run::Would;
use super::super::api::edits::EditBody;
use super::super::api::logged::NotificationShown;
use super::super::api::shown::{EntryShown, TicketShown};
use super::super::api::tickets::NewTicketBody;
use super::super::page::Listed;
use super::super::problem::{
    BAD_CURSOR, CHANGED_MEANWHILE, INVALID, NO_LONGER_NEW, QUOTA_EXCEEDED,
};
use super::operation::{About, Operation};
use super::parameters::{created, ids, page, query, several_of, words};
use super::schemas::Schemas;
use super::{examples, examples::page as page_of};
use crate::domain::ticket::{Category, Priority};
use crate::domain::workflow::Status;

/// Every call about them but the transitions.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        file(schemas),
        list(schemas),
        show(schemas),
        edit(schemas),
        delete(),
        history(schemas),
        notifications(schemas),
    ]
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
        .dry(schemas)
        .refuses(&[&QUOTA_EXCEEDED])
}

fn list(schemas: &mut Schemas) -> Operation {
    let text = json!({ "type": "string", "maxLength": 500 });
    let sort = json!({
        "type": "string", "default": "-created_at",
        "enum": ["created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"],
    });
    let project = json!({ "type": "string", "maxLength": 100, "pattern": "\\S" });
    TICKETS
        .get("/api/tickets", "listTickets", "List tickets")
        .about("Newest first, unless `sort` says otherwise. A client sees their own, a developer those assigned to them, an admin all. Filters of different names narrow each other.")
        .parameters([
            words::<Status>(schemas, "status", "Where they stand."),
            words::<Priority>(schemas, "priority", "How urgent they are."),
            words::<Category>(schemas, "category", "What they are about."),
            several_of(&project, "project_name", "The project they concern, to the letter; `\\,` is a comma in a name."),
            ids(schemas, "client_id", "Whose they are."),
            ids(schemas, "developer_id", "Who works them."),
        ])
        .parameters(created())
        .parameter(query("q", &text, "Words in the title, the description or the comments, as far as the caller may read them; the last one may be a beginning. Accents and capitals do not matter."))
        .parameter(query("sort", &sort, "By what, with `-` in front for descending."))
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

fn edit(schemas: &mut Schemas) -> Operation {
    TICKETS
        .patch("/api/tickets/{id}", "editTicket", "Change what was filed")
        .about("Its client while it is `NEW`, an admin always. What is not given stays.")
        .only()
        .of_a_version()
        .may_take::<EditBody>(schemas, json!({ "priority": "CRITICAL" }))
        .answers::<TicketShown>(schemas, 200, "The ticket as it is now.", examples::ticket())
        .with(&["ETag"])
        .refuses(&[&NO_LONGER_NEW, &CHANGED_MEANWHILE])
}

fn delete() -> Operation {
    TICKETS
        .delete("/api/tickets/{id}", "deleteTicket", "Delete a ticket")
        .about("For admins. It goes with its history and its comments; what is still queued about it is not sent, and the log keeps that people were told, not what.")
        .only()
        .of_a_version()
        .answers_nothing(204, "It is gone.")
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

impl Operation {
    /// It can be tried, and then only tells whom it would tell.
    pub(super) fn dry(self, schemas: &mut Schemas) -> Self {
        let dry = json!({ "$ref": "#/components/parameters/DryRun" });
        let example = examples::would_notify();
        let says = "With `dry_run`: whom it would tell.";
        let operation = self.parameter(dry);
        if operation.answers_with_status(200) {
            return operation.or::<Would>(schemas, 200, ("done", "dry_run"), example);
        }
        operation.answers::<Would>(schemas, 200, says, example)
    }
}
