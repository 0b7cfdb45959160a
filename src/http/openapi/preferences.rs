//! How somebody wants to be told.
use serde_json::{Value, json};

use super::super::api::preferences::{PreferencesBody, PreferencesShown};
use super::super::problem::{ERASED, NOT_FOUND};
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
        no_more_mails("get", "askAboutMails", "Ask the reader of a mail whether they want no more")
            .about("A page with a button. To look at it does nothing: programs that check links do."),
        no_more_mails("post", "stopMails", "Send the reader of a mail no more about tickets")
            .about(STOP)
            .raw_as(
                "application/x-www-form-urlencoded",
                json!({ "type": "object" }),
                json!({ "List-Unsubscribe": "One-Click" }),
                false,
            ),
    ]
}

const STOP: &str = "By the button of that page, or by a mail program at the press of its own \
    (`List-Unsubscribe-Post`, RFC 8058). Whatever the body says, and as often as it is said. Only the \
    person themselves takes it back, by choosing `EMAIL` in their preferences.";

fn no_more_mails(method: &str, id: &str, summary: &str) -> Operation {
    let path = "/mail/opt-out/{sealed}";
    let operation = match method {
        "post" => PREFERENCES.post(path, id, summary),
        _ => PREFERENCES.get(path, id, summary),
    };
    let page = json!("<!doctype html>…");
    operation
        .open()
        .any_query()
        .parameter(json!({
            "name": "sealed", "in": "path", "required": true, "schema": { "type": "string" },
            "description": "Whose mails, under seal, as it stands in the mail.",
        }))
        .answers_with(200, "A page.", "text/html", &json!({ "type": "string" }), &page)
        .refuses(&[&NOT_FOUND])
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
