//! The log of notifications.
use serde_json::{Value, json};

use super::super::api::log_query::BodyFilter;
use super::super::api::log_summary::SummaryShown;
use super::super::api::logged::{NotificationInFull, NotificationShown};
use super::super::api::notifications::{Retried, Retry};
use super::super::page::Listed;
use super::super::problem::{BAD_CURSOR, INVALID, MAY_HAVE_ARRIVED, NOT_RETRYABLE};
use super::examples;
use super::operation::{About, Operation};
use super::parameters::{created, ids, page, several_of, words};
use super::schemas::Schemas;
use crate::domain::event::Event;
use crate::domain::notification::{Receipt, Status};

const NOTIFICATIONS: About = About("Notifications");

/// Every call about it; they are the admins'.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        show(schemas),
        retry(schemas),
        retry_many(schemas),
        summary(schemas),
        export(schemas),
    ]
}

/// What the log can be asked by.
fn filters(schemas: &mut Schemas) -> Vec<Value> {
    let channel = json!({ "type": "string", "enum": ["WHATSAPP", "SMS", "EMAIL"] });
    let mut filters = vec![
        words::<Status>(schemas, "status", "What became of them."),
        words::<Receipt>(schemas, "receipt", "What the phone told."),
        several_of(&channel, "channel", "Over which channel they went."),
        words::<Event>(schemas, "event", "What they tell of."),
        ids(schemas, "ticket_id", "Which ticket they tell of."),
        ids(schemas, "recipient_id", "To whom they go."),
    ];
    filters.extend(created());
    filters
}

fn list(schemas: &mut Schemas) -> Operation {
    let example = examples::page(&examples::notification());
    NOTIFICATIONS
        .get("/api/notifications", "listNotifications", "Show the log")
        .about("For admins. Newest first. Filters of different names narrow each other.")
        .only()
        .parameters(filters(schemas))
        .parameters(page())
        .answers::<Listed<NotificationShown>>(schemas, 200, "A page.", example)
        .refuses(&[&INVALID, &BAD_CURSOR])
}

fn show(schemas: &mut Schemas) -> Operation {
    let example = examples::failed_notification();
    NOTIFICATIONS
        .get("/api/notifications/{id}", "getNotification", "Show a notification with its attempts")
        .about("For admins.")
        .only()
        .answers::<NotificationInFull>(schemas, 200, "The notification.", example)
}

fn retry(schemas: &mut Schemas) -> Operation {
    NOTIFICATIONS
        .post("/api/notifications/{id}/retry", "retryNotification", "Send a notification anew")
        .about("For admins. The same notification, a new attempt: from `FAILED` or `SKIPPED`, and from `UNCONFIRMED` where one accepts that it may arrive twice.")
        .only()
        .keyed()
        .may_take::<Retry>(schemas, json!({ "accept_duplicate": true }))
        .answers::<NotificationShown>(schemas, 202, "It will be sent.", examples::notification())
        .refuses(&[&NOT_RETRYABLE, &MAY_HAVE_ARRIVED])
}

fn retry_many(schemas: &mut Schemas) -> Operation {
    NOTIFICATIONS
        .post("/api/notifications/retry", "retryNotifications", "Send many notifications anew")
        .about("For admins. Those that the filters leave, as far as they can be sent anew. The filters stand in the query or in the body, each in one of them.")
        .only()
        .keyed()
        .parameters(filters(schemas))
        .may_take::<BodyFilter>(schemas, json!({ "status": ["FAILED"], "ticket_id": 1 }))
        .answers::<Retried>(schemas, 202, "So many will be sent.", json!({ "count": 3 }))
}

fn summary(schemas: &mut Schemas) -> Operation {
    let example = json!({
        "created_from": "2026-01-01T00:00:00.000Z", "created_to": null, "total": 3,
        "by_status": { "SENT": 2, "FAILED": 1 }, "by_channel": { "WHATSAPP": 3 },
        "by_event": { "TICKET_CREATED": 2, "TICKET_OPENED": 1 },
        "arrived_within_2_minutes": 0.6667,
    });
    NOTIFICATIONS
        .get("/api/notifications/summary", "summarizeNotifications", "Sum the log up")
        .about("For admins. Counts by status, channel and event, and the share that arrived within 2 minutes.")
        .only()
        .parameters(created())
        .answers::<SummaryShown>(schemas, 200, "The figures.", example)
        .refuses(&[&INVALID])
}

fn export(schemas: &mut Schemas) -> Operation {
    let example = json!("id,event,channel,ticket_id\r\n1,TICKET_CREATED,WHATSAPP,1\r\n");
    let text = json!({ "type": "string" });
    NOTIFICATIONS
        .get("/api/notifications.csv", "exportNotifications", "Take the log away as a file")
        .about("For admins. Newest first, with the filters of the list and without pages. A cell that a spreadsheet would take for a formula has an apostrophe in front.")
        .only()
        .parameters(filters(schemas))
        .answers_with(200, "The log as CSV, with a first line of names.", "text/csv", &text, &example)
        .refuses(&[&INVALID])
}
