//! One of each thing, as the document shows it.
use serde_json::{Value, json};

/// An account.
pub fn user() -> Value {
    json!({
        "id": 3, "username": "john.doe", "email": "john@example.com", "full_name": "John Doe",
        "role": "CLIENT", "whatsapp_number": "+15550100003",
        "whatsapp_verified_at": "2026-01-30T08:00:00.000Z", "whatsapp_verified_by": "ADMIN",
        "whatsapp_opt_in_at": null, "locale": "en", "is_active": true,
        "created_at": "2026-01-30T08:00:00.000Z", "updated_at": "2026-01-30T08:00:00.000Z",
    })
}

/// An account that was just opened: its number is not confirmed yet.
pub fn new_user() -> Value {
    let mut user = user();
    user["whatsapp_verified_at"] = Value::Null;
    user["whatsapp_verified_by"] = Value::Null;
    user
}

/// What somebody says who opens an account.
pub fn registration() -> Value {
    json!({
        "username": "john.doe", "email": "john@example.com", "password": "correct horse battery",
        "full_name": "John Doe", "whatsapp_number": "+1 555 010-0003", "locale": "en",
    })
}

/// A ticket as somebody files it.
pub fn draft() -> Value {
    json!({
        "title": "Login page not working",
        "description": "Users cannot login to the portal...",
        "priority": "HIGH", "category": "BUG", "project_name": "Web Portal",
    })
}

/// A ticket that was just filed, as its client sees it.
pub fn ticket() -> Value {
    json!({
        "id": 1, "title": "Login page not working",
        "description": "Users cannot login to the portal...",
        "priority": "HIGH", "category": "BUG", "project_name": "Web Portal", "status": "NEW",
        "client": { "id": 3, "full_name": "John Doe" }, "developer": null,
        "resolution": null, "rejection_reason": null, "version": 1,
        "created_at": "2026-01-31T09:30:00.123Z", "updated_at": "2026-01-31T09:30:00.123Z",
        "opened_at": null, "assigned_at": null, "started_at": null, "finished_at": null,
        "closed_at": null, "rejected_at": null, "allowed_transitions": ["close"],
    })
}

/// The same ticket later, as an admin sees it.
pub fn ticket_in(status: &str) -> Value {
    let (version, transitions): (u8, &[&str]) = match status {
        "OPENED" => (2, &["assign", "close", "reject"]),
        "ASSIGNED" => (3, &["assign", "start", "close"]),
        "IN_PROGRESS" => (4, &["assign", "finish", "close"]),
        "FINISHED" => (5, &["close", "reopen"]),
        "CLOSED" => (6, &["reopen"]),
        "REJECTED" => (2, &["reopen"]),
        _ => (1, &["open", "assign", "reject"]),
    };
    let mut ticket = ticket();
    ticket["status"] = json!(status);
    ticket["version"] = json!(version);
    ticket["allowed_transitions"] = json!(transitions);
    ticket["updated_at"] = json!(format!("2026-01-31T10:0{version}:00.000Z"));
    if status == "REJECTED" {
        ticket["rejection_reason"] = json!("This is the same as ticket 7.");
        ticket["rejected_at"] = ticket["updated_at"].clone();
        return ticket;
    }
    for (reached, at) in ["opened_at", "assigned_at", "started_at", "finished_at", "closed_at"]
        .into_iter()
        .zip(2..=version)
    {
        ticket[reached] = json!(format!("2026-01-31T10:0{at}:00.000Z"));
    }
    if version > 2 {
        ticket["developer"] = json!({ "id": 2, "full_name": "Dan Developer" });
    }
    if version > 4 {
        ticket["resolution"] = json!("The certificate had run out; it was renewed.");
    }
    ticket
}

/// A line of a ticket's history.
pub fn entry() -> Value {
    json!({
        "id": 2, "event": "TICKET_OPENED", "actor": { "id": 1, "full_name": "Ada Admin" },
        "from_status": "NEW", "to_status": "OPENED", "developer": null, "note": null,
        "comment_id": null, "visibility": null, "changes": null,
        "created_at": "2026-01-31T10:02:00.000Z",
    })
}

/// Whom a call would tell.
pub fn would_notify() -> Value {
    json!({ "would_notify": [{
        "recipient": { "id": 1, "full_name": "Ada Admin" }, "channel": "WHATSAPP",
        "to": "+15550100001", "form": "text", "template": null,
        "body": "🎫 *New Ticket Created*", "skipped_because": null,
    }] })
}

/// A notification that arrived.
pub fn notification() -> Value {
    json!({
        "id": 1, "event": "TICKET_CREATED", "channel": "WHATSAPP", "ticket_id": 1,
        "recipient": { "id": 1, "full_name": "Ada Admin" }, "to": "+15550100001",
        "status": "SENT", "receipt": "DELIVERED", "receipt_overdue": false, "skip_reason": null,
        "body": "🎫 *New Ticket Created*\n\n*Client:* John Doe\n*Title:* Login page not working",
        "template": null, "provider": "whatsapp", "provider_message_id": "wamid.HBgLMTU1NTAxMDAwMDE",
        "attempts": 1, "error_code": null, "error_message": null, "hint": null,
        "next_attempt_at": null, "created_at": "2026-01-31T09:30:00.123Z",
        "sent_at": "2026-01-31T09:30:00.310Z", "delivered_at": "2026-01-31T09:30:01.000Z",
        "read_at": null, "failed_at": null,
        "fallback_of": null, "fallback_id": null,
    })
}

/// One that failed, with its only attempt.
pub fn failed_notification() -> Value {
    let mut failed = notification();
    for (field, value) in [
        ("event", json!("TICKET_OPENED")),
        ("recipient", json!({ "id": 3, "full_name": "John Doe" })),
        ("to", json!("+15550100003")),
        ("status", json!("FAILED")),
        ("receipt", Value::Null),
        ("body", json!("✅ *Your Ticket Has Been Opened*\n\nHello John Doe,")),
        ("provider_message_id", Value::Null),
        ("error_code", json!(131_026)),
        ("error_message", json!("Message undeliverable")),
        (
            "hint",
            json!(
                "The message cannot be delivered: ask the person whether the number is on WhatsApp, is up to date and has accepted the current terms."
            ),
        ),
        ("sent_at", Value::Null),
        ("delivered_at", Value::Null),
        ("failed_at", json!("2026-01-31T10:02:00.400Z")),
        (
            "attempt_log",
            json!([{
                "at": "2026-01-31T10:02:00.200Z", "outcome": "REJECTED", "http_status": 400,
                "error_code": 131_026, "error_message": "Message undeliverable", "duration_ms": 200,
                "sent_at": null, "delivered_at": null, "read_at": null, "failed_at": null,
            }]),
        ),
    ] {
        failed[field] = value;
    }
    failed
}

/// The last page of a list, with one of these.
pub fn page(of: &Value) -> Value {
    json!({ "items": [of], "next_cursor": null })
}
