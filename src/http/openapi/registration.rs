//! Opening an account by a code, and codes that other systems made.
use serde_json::{Value, json};

use super::super::api::external::{GivenCodeBody, GivenShown};
use super::super::api::numbers::CodeSentShown;
use super::super::api::registration::{
    CodeAgain, RegisteredShown, RegistrationByCode, RegistrationCode,
};
use super::super::body::Nothing;
use super::super::problem::{
    CHANNEL_NOT_CONFIGURED, CODE_TOO_SOON, CODES_USED_UP, EMAIL_TAKEN, INVALID, Kind, NOT_FOUND,
    NUMBER_TAKEN, REGISTRATION_CLOSED, SEND_FAILED, USERNAME_TAKEN, WRONG_CODE,
};
use super::operation::{About, Operation};
use super::schemas::Schemas;

const NOT_SENT: [&Kind; 4] =
    [&CODE_TOO_SOON, &CODES_USED_UP, &SEND_FAILED, &CHANNEL_NOT_CONFIGURED];

/// Every call about them.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    let mut all = registration(schemas);
    all.extend(external(schemas));
    all
}

fn registration(schemas: &mut Schemas) -> Vec<Operation> {
    let about = About("Codes");
    vec![
        about
            .post("/api/accounts/request-otp", "requestRegistrationCode", "Have a code sent that opens an account")
            .about("No account exists before the code is entered. Each request is a registration of its own, and a code completes only the one that it was sent for. The answer never tells whether there is an account already: its owner hears of it by e-mail.")
            .open()
            .takes::<RegistrationByCode>(schemas, json!({
                "email": "jane@example.com", "otp_method": "email", "username": "jane.doe",
                "first_name": "Jane", "last_name": "Doe", "password": "correct horse battery",
            }))
            .answers::<CodeSentShown>(schemas, 200, "It was sent.", sent())
            .answers::<CodeSentShown>(schemas, 202, "It waits to be sent.", queued())
            .refuses(&NOT_SENT)
            .refuses(&[&REGISTRATION_CLOSED]),
        about
            .post("/api/accounts/resend-otp", "resendRegistrationCode", "Have that code sent once more")
            .about("Another code for the registration that was begun from the same address. It lengthens nothing, and five tries are five tries.")
            .open()
            .takes::<CodeAgain>(schemas, json!({ "email": "jane@example.com", "otp_method": "email" }))
            .answers::<CodeSentShown>(schemas, 200, "It was sent, if there is such a registration.", sent())
            .answers::<CodeSentShown>(schemas, 202, "It waits to be sent.", queued())
            .refuses(&NOT_SENT),
        about
            .post("/api/accounts/verify-otp", "verifyRegistrationCode", "Open the account by the code")
            .about("Five tries count over all that is pending for an e-mail. By WhatsApp or SMS the number is confirmed and the e-mail is not.")
            .open()
            .takes::<RegistrationCode>(schemas, json!({ "email": "jane@example.com", "otp": "123456" }))
            .answers::<RegisteredShown>(schemas, 200, "The account, and its tokens.", registered())
            .refuses(&[&WRONG_CODE, &CODES_USED_UP, &USERNAME_TAKEN, &EMAIL_TAKEN, &NUMBER_TAKEN]),
    ]
}

fn external(schemas: &mut Schemas) -> Vec<Operation> {
    let about = About("Codes");
    let asked = |name: &str, about: &str, example: &str| {
        json!({
            "name": name, "in": "query", "required": true, "schema": { "type": "string" },
            "description": about, "example": example,
        })
    };
    let id = || {
        json!({
            "name": "message_id", "in": "path", "required": true,
            "schema": { "type": "string" }, "example": "mock_+8801712345678_1795219100",
        })
    };
    let sends = "The code is sealed until its one attempt ends. With `PIONEER_FLAG_MOCK_OTP_ENABLED` nothing leaves, and the code is 123456.";
    let mut all = vec![
        about
            .post("/api/external/sms/otp", "sendCodeBySms", "Send a code of one's own by SMS")
            .about(sends)
            .only()
            .keyed()
            .takes::<GivenCodeBody>(
                schemas,
                json!({ "to_phone": "+8801712345678", "otp": "123456" }),
            )
            .answers::<GivenShown>(schemas, 200, "It was sent.", given("sent"))
            .answers::<GivenShown>(schemas, 202, "It waits to be sent.", given("queued"))
            .refuses(&NOT_SENT),
        about
            .post(
                "/api/external/whatsapp/otp",
                "sendCodeByWhatsApp",
                "Send a code of one's own by WhatsApp",
            )
            .about(sends)
            .only()
            .keyed()
            .parameters([
                asked("to_phone", "With its country code.", "+8801712345678"),
                asked("otp", "4 to 8 digits.", "123456"),
            ])
            .may_take::<Nothing>(schemas, json!({}))
            .answers::<GivenShown>(schemas, 200, "It was sent.", given("sent"))
            .answers::<GivenShown>(schemas, 202, "It waits to be sent.", given("queued"))
            .refuses(&NOT_SENT)
            .refuses(&[&INVALID]),
    ];
    for (medium, name) in [("sms", "getSmsCode"), ("whatsapp", "getWhatsAppCode")] {
        let path = format!("/api/external/{medium}/otp/{{message_id}}");
        let call = about
            .get(&path, name, "What became of a code of one's own")
            .only()
            .parameter(id())
            .answers::<GivenShown>(schemas, 200, "Where it stands.", given("delivered"))
            .refuses(&[&NOT_FOUND]);
        all.push(call);
    }
    all
}

fn sent() -> Value {
    json!({ "success": true, "message": "OTP sent to your email" })
}

fn queued() -> Value {
    json!({ "success": true, "message": "OTP is on its way to your email", "status": "queued" })
}

fn registered() -> Value {
    json!({
        "success": true, "message": "Registration successful",
        "user": {
            "id": 4, "email": "jane@example.com", "username": "jane.doe", "first_name": "Jane",
            "last_name": "Doe", "is_verified": true,
        },
        "token": "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
        "refresh_token": "Hq2n0o5yqkq3vI8j1Qx0m7S4tq0Vw2b1yQm5pX9cZ3k",
    })
}

fn given(status: &str) -> Value {
    json!({
        "success": true,
        "data": {
            "provider": "meta", "message_id": "wamid.HBgLMTU1NTAxMDAwMDE", "status": status,
            "to": "+8801712345678", "mock": false,
            "message": "Your Deskbell verification code is: ••••••. Valid for 10 minutes.",
        },
        "message": "OTP sent successfully",
    })
}
