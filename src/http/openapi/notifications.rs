//! The log of notifications.
use serde_json::json;

use super::super::api::logged::{NotificationInFull, NotificationShown};
use super::super::api::notifications::Retry;
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
    vec![list(schemas), show(schemas), retry(schemas)]
}

fn list(schemas: &mut Schemas) -> Operation {
    let channel = json!({ "type": "string", "enum": ["WHATSAPP", "SMS", "EMAIL"] });
    let example = examples::page(&examples::notification());
    NOTIFICATIONS
        .get("/api/notifications", "listNotifications", "Show the log")
        .about("For admins. Newest first. Filters of different names narrow each other.")
        .only()
        .parameters([
            words::<Status>(schemas, "status", "What became of them."),
            words::<Receipt>(schemas, "receipt", "What the phone told."),
            several_of(&channel, "channel", "Over which channel they went."),
            words::<Event>(schemas, "event", "What they tell of."),
            ids(schemas, "ticket_id", "Which ticket they tell of."),
            ids(schemas, "recipient_id", "To whom they go."),
        ])
        .parameters(created())
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
