//! Confirming one's number.
use serde_json::{Value, json};

use super::super::api::numbers::{
    CodeEntered, CodeSentShown, NumberToConfirm, ReverseCodeShown, SuccessShown,
};
use super::super::problem::{
    CHANNEL_NOT_CONFIGURED, CODE_TOO_SOON, CODES_USED_UP, LOG_IN_AGAIN, NUMBER_TAKEN, SEND_FAILED,
    WRONG_CODE,
};
use super::operation::{About, Operation};
use super::schemas::Schemas;

/// Every call about it.
pub fn tell(schemas: &mut Schemas) -> Vec<Operation> {
    let about = About("Codes");
    vec![
        about
            .post("/api/user/request-phone-verify", "requestPhoneCode", "Have a code sent to one's number")
            .about("Six digits, good for 10 minutes and 5 tries. A new code ends the old one, but lengthens nothing: within a minute there is none, and three in 10 minutes at most. It waits up to 8 seconds for the provider, then it is 202. An admin asks for another number than their confirmed one within 15 minutes of a log-in.")
            .keyed()
            .may_take::<NumberToConfirm>(schemas, json!({ "phone_number": "+8801712345678", "channel": "whatsapp" }))
            .answers::<CodeSentShown>(schemas, 200, "It was sent; or, by `reverse`, this is the code to send.", sent())
            .or::<ReverseCodeShown>(schemas, 200, ("sent", "reverse"), reverse())
            .answers::<CodeSentShown>(schemas, 202, "It waits to be sent.", queued())
            .refuses(&[&LOG_IN_AGAIN, &CODE_TOO_SOON, &CODES_USED_UP, &SEND_FAILED, &CHANNEL_NOT_CONFIGURED]),
        about
            .post("/api/user/verify-phone-code", "verifyPhoneCode", "Confirm one's number by the code")
            .about("The number that the code went to becomes the caller's confirmed number. Every try counts, right or wrong.")
            .keyed()
            .takes::<CodeEntered>(schemas, json!({ "code": "123456" }))
            .answers::<SuccessShown>(schemas, 200, "The number is confirmed.", json!({ "success": true, "message": "Phone number verified successfully" }))
            .refuses(&[&WRONG_CODE, &NUMBER_TAKEN, &CODES_USED_UP]),
    ]
}

fn sent() -> Value {
    json!({ "success": true, "message": "Verification code sent to your WhatsApp" })
}

fn reverse() -> Value {
    json!({
        "success": true, "message": "Send this code to us on WhatsApp from your number",
        "code": "123456", "wa_link": "https://wa.me/15550001111?text=123456",
    })
}

fn queued() -> Value {
    json!({
        "success": true, "message": "Verification code is on its way to your WhatsApp",
        "status": "queued",
    })
}
