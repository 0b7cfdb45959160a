//! How the channels to people stand.
use serde_json::{Value, json};

use super::super::api::channels::ChannelsShown;
use super::operation::{About, Operation};
use super::schemas::Schemas;

/// Every call about them; they are the admins'.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        About("Channels")
            .get("/api/channels", "listChannels", "Show how each channel stands")
            .about("For admins. Every provider that is set up, the preferred one first, then the channels that nobody serves. What a provider says of us is asked now and then by a worker, never by this call.")
            .only()
            .answers::<ChannelsShown>(schemas, 200, "The channels.", example()),
    ]
}

fn example() -> Value {
    json!({ "items": [{
        "channel": "WHATSAPP", "provider": "meta", "state": "OK",
                "paused": null,
        "last_sent_at": "2026-11-21T09:30:00.310Z", "last_receipt_at": "2026-11-21T09:30:01.000Z",
        "last_webhook_at": "2026-11-21T09:30:01.420Z", "examined_at": "2026-11-21T09:25:00.000Z",
        "token": {
            "is_valid": true, "kind": "SYSTEM_USER", "never_expires": true, "expires_at": null,
            "permissions": ["whatsapp_business_messaging", "whatsapp_business_management"],
        },
        "number": {
            "display_number": "+1 555-078-3881", "name": "Jasper's Market", "status": "CONNECTED",
            "quality": "GREEN", "throughput": "STANDARD",
        },
        "limit": { "new_conversations": 250, "used": 12 },
        "usage": {
            "month": "2026-11",
            "messages": [
                { "category": "service", "type": "regular", "billable": true, "count": 40 },
                { "category": "utility", "type": "regular", "billable": true, "count": 120 },
            ],
            "free_replies_left": 960,
            "estimated_cost": { "amount": "0.48", "currency": "USD", "unpriced": [] },
        },
        "findings": [
            { "check": "TOKEN", "verdict": "OK", "detail": "valid, a system user's", "hint": null },
            { "check": "QUALITY", "verdict": "WARNING", "detail": "YELLOW", "hint": "an admin lets fewer people be written to who did not ask for it: many block or report this number, and Meta lowers its limit next" },
        ],
    }] })
}
