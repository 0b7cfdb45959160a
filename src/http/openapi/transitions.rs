//! The transitions of a ticket: one call a verb, told from the workflow itself.
use serde_json::{Value, json};

use super::super::api::shown::TicketShown;
use super::super::api::transitions::{Assignment, Reason, Resolution};
use super::super::body::Nothing;
use super::super::problem::{ALREADY_ASSIGNED, CHANGED_MEANWHILE, ILLEGAL_TRANSITION};
use super::examples;
use super::operation::{About, Operation};
use super::schemas::Schemas;
use crate::domain::workflow::{Status, Verb};

/// Every transition.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    Verb::ALL.into_iter().map(|verb| transition(schemas, verb)).collect()
}

fn transition(schemas: &mut Schemas, verb: Verb) -> Operation {
    let (id, summary, who) = words(verb);
    let from = Status::ALL.into_iter().filter(|from| from.after(verb).is_ok());
    let from: Vec<&str> = from.map(Status::as_str).collect();
    let to = Status::ALL.into_iter().find_map(|from| from.after(verb).ok());
    let to = to.map_or("", Status::as_str);
    let about = format!(
        "{who} From {} to {to}. From elsewhere it is 409, with the verbs that lead on.",
        from.join(", ")
    );
    let operation = About("Transitions")
        .post(&format!("/api/tickets/{{id}}/{verb}"), id, summary)
        .about(&about)
        .only()
        .keyed()
        .of_a_version();
    let operation = match verb {
        Verb::Open | Verb::Start | Verb::Close => operation.may_take::<Nothing>(schemas, json!({})),
        Verb::Assign => operation
            .takes::<Assignment>(schemas, json!({ "developer_id": 2 }))
            .refuses(&[&ALREADY_ASSIGNED]),
        Verb::Finish => operation.may_take::<Resolution>(schemas, resolution()),
        Verb::Reject | Verb::Reopen => operation.takes::<Reason>(schemas, reason(verb)),
    };
    operation
        .answers::<TicketShown>(schemas, 200, "The ticket as it is now.", examples::ticket_in(to))
        .with(&["ETag"])
        .dry(schemas)
        .refuses(&[&ILLEGAL_TRANSITION, &CHANGED_MEANWHILE])
}

fn words(verb: Verb) -> (&'static str, &'static str, &'static str) {
    match verb {
        Verb::Open => ("openTicket", "Acknowledge a ticket", "An admin."),
        Verb::Assign => (
            "assignTicket",
            "Give a ticket to a developer",
            "An admin, to an active developer or admin.",
        ),
        Verb::Start => ("startTicket", "Begin to work a ticket", "Its developer, or an admin."),
        Verb::Finish => {
            ("finishTicket", "Say that a ticket is done", "Its developer, or an admin.")
        }
        Verb::Close => (
            "closeTicket",
            "Settle or withdraw a ticket",
            "An admin from everywhere but NEW; its client from FINISHED, and from NEW to withdraw it.",
        ),
        Verb::Reject => ("rejectTicket", "Turn a ticket down", "An admin, with a reason."),
        Verb::Reopen => (
            "reopenTicket",
            "Bring a ticket back",
            "An admin, or its client, with a reason. The developer, the resolution and the later instants are cleared; the history keeps them.",
        ),
    }
}

fn resolution() -> Value {
    json!({ "resolution": "The certificate had run out; it was renewed." })
}

fn reason(verb: Verb) -> Value {
    match verb {
        Verb::Reject => json!({ "reason": "This is the same as ticket 7." }),
        _ => json!({ "reason": "The page is down again." }),
    }
}
