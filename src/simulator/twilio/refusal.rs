//! A refusal in the shape that Twilio gives it.

use serde_json::{Value, json};

/// Why a request was not taken.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    /// The HTTP status of the answer.
    pub status: u16,
    /// Twilio's number for the error.
    pub code: i64,
    message: String,
    /// How many seconds to wait.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// What is wrong with this request, in Twilio's words.
    pub fn of(code: i64, message: impl Into<String>) -> Self {
        Self { status: status(code), code, message: message.into(), retry_after: None }
    }

    /// A refusal by its number alone.
    pub fn known(code: i64, status: Option<u16>) -> Self {
        let refusal = Self::of(code, title(code));
        Self { status: status.unwrap_or(refusal.status), ..refusal }
    }

    /// No account, or another password.
    pub fn no_account() -> Self {
        Self::of(20003, "Authenticate")
    }

    /// Nothing has this address.
    pub fn nowhere(path: &str) -> Self {
        Self::of(20404, format!("The requested resource {path} was not found"))
    }

    /// Too many requests at once.
    pub fn too_many(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::of(20429, title(20429)) }
    }

    /// The body of the answer.
    pub fn shape(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        })
    }
}

/// The general errors carry their HTTP status in their number; everything else is 400.
fn status(code: i64) -> u16 {
    match code {
        20003 => 401,
        20004 => 405,
        20403 => 403,
        20404 => 404,
        20429 => 429,
        20500 => 500,
        20503 => 503,
        _ => 400,
    }
}

/// What Twilio calls an error.
pub fn title(code: i64) -> &'static str {
    match code {
        20003 => "Authenticate",
        20005 => "Account not active",
        20403 => "Forbidden",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        20500 => "Internal Server Error",
        20503 => "Service unavailable",
        21211 => "Invalid 'To' Phone Number",
        21408 => "Permission to send an SMS has not been enabled for the region",
        21606 => "The 'From' phone number is not a valid, message-capable Twilio phone number",
        21608 => "The number is unverified. Trial accounts cannot send messages to it",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        21612 => "The 'To' phone number is not currently reachable using the 'From' number",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21704 => "The Messaging Service contains no phone numbers",
        21635 => "'To' number cannot be a landline",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        30036 => "Validity Period Expired",
        63007 => "Twilio could not find a Channel with the specified From address",
        63016 => "Failed to send freeform message because you are outside the allowed window.",
        63017 => "Rate limit exceeded for the account",
        63018 => "Rate limit exceeded for Channel",
        63021 => "Channel invalid content error",
        63024 => "Invalid message recipient",
        63038 => "Account exceeded the daily messages limit",
        _ => "Error of the simulator's user",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_twilios_shape() {
        let more_info = "https://www.twilio.com/docs/errors/20003";
        assert_eq!(
            Refusal::no_account().shape(),
            json!({ "code": 20003, "message": "Authenticate", "more_info": more_info,
                "status": 401 })
        );
        let rows = [(20404, 404), (20429, 429), (20500, 500), (21211, 400), (63016, 400)];
        for (code, status) in rows {
            assert_eq!(Refusal::known(code, None).status, status, "{code}");
        }
        assert_eq!(Refusal::known(21211, Some(500)).status, 500);
    }
}
