//! Getting in again, and being in nowhere else.
use serde_json::json;

use super::super::api::numbers::SuccessShown;
use super::super::api::recovery::{
    ResetAsked, ResetBegunShown, ResetCode, ResetPassword, SessionsShown,
};
use super::super::problem::{CHANNEL_NOT_CONFIGURED, CODE_TOO_SOON, CODES_USED_UP, WRONG_CODE};
use super::operation::{About, Operation};
use super::schemas::Schemas;

const FLOW: &str = "3Jt0Vw2b1yQm5pX9cZ3kHq2n0o5yqkq3vI8j1Qx0m7S";

/// Every call about it.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    let about = About("Accounts");
    let done = |message: &str| json!({ "success": true, "message": message });
    vec![
        about
            .post("/api/auth/password-reset/request", "requestPasswordReset", "Forget one's password")
            .about("The answer is the same whether there is such an account or not. `flow` is what the next steps show: no step can be left out.")
            .open()
            .takes::<ResetAsked>(schemas, json!({ "login": "jane@example.com", "channel": "email" }))
            .answers::<ResetBegunShown>(schemas, 202, "If there is such an account, a code is on its way.", json!({
                "success": true, "message": "If there is such an account, a code is on its way to it",
                "flow": FLOW,
            }))
            .refuses(&[&CODE_TOO_SOON, &CODES_USED_UP, &CHANNEL_NOT_CONFIGURED]),
        about
            .post("/api/auth/password-reset/verify", "verifyPasswordReset", "Enter the code")
            .open()
            .takes::<ResetCode>(schemas, json!({ "flow": FLOW, "code": "123456" }))
            .answers::<SuccessShown>(schemas, 200, "It is right.", done("Choose another password within 10 minutes"))
            .refuses(&[&WRONG_CODE, &CODES_USED_UP]),
        about
            .post("/api/auth/password-reset/complete", "completePasswordReset", "Choose another password")
            .about("Once, and only after the code was entered. Every session of the account ends.")
            .open()
            .takes::<ResetPassword>(schemas, json!({ "flow": FLOW, "new_password": "staple, battery, horse" }))
            .answers::<SuccessShown>(schemas, 200, "It is changed.", done("The password was changed; log in with it"))
            .refuses(&[&WRONG_CODE]),
        about
            .get("/api/auth/sessions", "listSessions", "Where one is logged in")
            .answers::<SessionsShown>(schemas, 200, "Sessions that are not over, the newest first.", json!({ "items": [{
                "id": 7, "created_at": "2026-01-30T08:00:00.000Z", "last_used_at": "2026-01-31T09:30:00.123Z",
                "ends_at": "2026-03-01T08:00:00.000Z",
            }] })),
        about
            .delete("/api/auth/sessions", "endSessions", "Log out everywhere")
            .answers_nothing(204, "Every session has ended."),
        about
            .delete("/api/auth/sessions/{id}", "endSession", "Log out somewhere else")
            .answers_nothing(204, "It has ended."),
    ]
}
