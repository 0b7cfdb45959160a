//! How somebody wants to be told.
use serde_json::{Value, json};

use super::super::api::preferences::{PreferencesBody, PreferencesShown};
use super::super::problem::ERASED;
use super::operation::{About, Operation};
use super::schemas::Schemas;

const PREFERENCES: About = About("Preferences");

/// Every call about it.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        PREFERENCES
            .get("/api/auth/me/preferences", "getMyPreferences", "Show how one is told")
            .about("Over which channels, of which events not, and when not; and where each channel leads now.")
            .answers::<PreferencesShown>(schemas, 200, "What the caller prefers.", shown()),
        PREFERENCES
            .put("/api/auth/me/preferences", "choosePreferences", "Choose how one is told")
            .about(CHOOSE)
            .may_take::<PreferencesBody>(schemas, chosen())
            .answers::<PreferencesShown>(schemas, 200, "What the caller prefers now.", shown()),
        PREFERENCES
            .get("/api/users/{id}/preferences", "getPreferences", "Show how somebody is told")
            .about("For admins.")
            .only()
            .answers::<PreferencesShown>(schemas, 200, "What they prefer.", shown()),
        PREFERENCES
            .put("/api/users/{id}/preferences", "choosePreferencesFor", "Choose how somebody is told")
            .about(&format!("For admins. {CHOOSE}"))
            .only()
            .may_take::<PreferencesBody>(schemas, chosen())
            .answers::<PreferencesShown>(schemas, 200, "What they prefer now.", shown())
            .refuses(&[&ERASED]),
    ]
}

const CHOOSE: &str = "All of it at once: what is left out goes back to what it is for whoever chose \
    nothing. What waits for the person already follows. A one-time code takes the way by which it was \
    asked for, at any time.";

fn chosen() -> Value {
    json!({
        "channels": ["WHATSAPP", "EMAIL"],
        "muted_events": ["COMMENT_ADDED"],
        "quiet_hours": { "from": "22:00", "to": "07:00", "time_zone": "Europe/London" },
    })
}

fn shown() -> Value {
    let mut shown = chosen();
    shown["ways"] = json!([
        { "channel": "WHATSAPP", "to": "+15550100003", "unusable_because": null },
        { "channel": "EMAIL", "to": "john@example.com", "unusable_because": "email_unverified" },
    ]);
    shown
}
