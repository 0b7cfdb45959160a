//! What Meta's error codes are called, after its page of error codes.

/// The title of a code; an unknown one says that it is.
pub(super) fn title(code: i64) -> &'static str {
    match code {
        0 => "AuthException",
        1 => "API Unknown",
        2 => "Service temporarily unavailable",
        3 => "API Method",
        4 => "Application request limit reached",
        10 => "Permission Denied",
        33 => "Parameter value is not valid",
        100 => "Invalid parameter",
        190 => "Error validating access token",
        200..=299 => "API Permission",
        368 => "Temporarily blocked for policies violations",
        613 => "Calls to this API have exceeded the rate limit",
        80007 => "Rate limit issues",
        80008 => {
            "There have been too many calls to this WhatsApp Business account. Wait a bit and try again."
        }
        130403 => "User is blocked",
        130429 => "Rate limit hit",
        130472 => "User's number is part of an experiment",
        130497 => "Business account is restricted from messaging users in this country",
        131000 => "Something went wrong",
        131005 => "Access denied",
        131008 => "Required parameter is missing",
        131009 => "Parameter value is not valid",
        131016 => "Service unavailable",
        131021 => "Recipient cannot be sender",
        131026 => "Message undeliverable",
        131030 => "Recipient phone number not in allowed list",
        131031 => "Business Account locked",
        131037 => "WhatsApp provided number needs display name approval before message can be sent",
        131042 => "Business eligibility payment issue",
        131045 => "Incorrect certificate",
        131047 => "Re-engagement message",
        131048 => "Spam rate limit hit",
        131049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131050 => "User has stopped marketing messages",
        131051 => "Unsupported message type",
        131052 => "Media download error",
        131053 => "Media upload error",
        131056 => "(Business Account, Consumer Account) pair rate limit hit",
        131057 => "Account in maintenance mode",
        131059 => "Invalid paging cursor",
        131063 => "Marketing messages are disabled on Cloud API",
        131064 => "Limited because of misclassified templates",
        131062 => "Recipient not supported",
        132000 => "Number of parameters does not match the expected number of params",
        132001 => "Template name does not exist in the translation",
        132005 => "Template hydrated text too long",
        132007 => "Template format character policy violated",
        132012 => "Parameter format does not match format in the created template",
        132015 => "Template is Paused",
        132016 => "Template is Disabled",
        132008 => "Parameter value is not valid",
        132068 => "Flow is in blocked state",
        132069 => "Flow is in throttled state",
        133000 => "Incomplete deregistration",
        133005 => "Two step verification PIN mismatch",
        133006 => "Phone number re-verification needed",
        133008 => "Too many two step verification PIN guesses",
        133009 => "Two step verification PIN guessed too fast",
        133015 => "Please wait a few minutes before attempting to register this phone number",
        133016 => "Account register deregister rate limit exceeded",
        134011 => "WhatsApp payments terms of service are not accepted",
        134100 => "Only marketing messages are supported",
        134101 => "Template is being synchronised",
        134102 => "Template is unavailable for use",
        2494100 => "Phone number is in maintenance",
        104 => "Incorrect signature",
        131044 => "Business eligibility: payment issue for calls",
        131055 => "Method not allowed",
        132018 => "Template parameters are not valid",
        133004 => "Server temporarily unavailable",
        133010 => "Phone number not registered",
        135000 => "Generic user error",
        137000 => "Identity key hash mismatch",
        _ => "Error of the simulator's user",
    }
}

/// The sentence that Meta puts into `error_data.details`, where we know one.
pub(super) fn details(code: i64) -> Option<&'static str> {
    Some(match code {
        80007 => "The WhatsApp Business Account has reached its rate limit.",
        130429 => {
            "Message failed to send because there were too many messages sent from this phone \
             number in a short period of time"
        }
        131000 => "Message failed to send due to an unknown error.",
        131021 => "Sender and recipient phone number is the same.",
        131026 => "Message undeliverable: the recipient is not reachable on WhatsApp.",
        131030 => {
            "Recipient phone number not in allowed list: Add recipient phone number to recipient \
             list and try again."
        }
        131047 => {
            "Message failed to send because more than 24 hours have passed since the customer last \
             replied to this number."
        }
        131049 => {
            "In order to maintain a healthy ecosystem engagement, the message failed to be \
             delivered."
        }
        131056 => {
            "Message failed to send because there were too many messages sent from this phone \
             number to the same phone number in a short period of time."
        }
        131062 => "Business-scoped User ID (BSUID) recipients are not supported for this message.",
        132015 => {
            "Template is paused due to low quality so it cannot be sent in a template message."
        }
        _ => return None,
    })
}

/// The HTTP status that goes with a code, from Meta's page of 2025; later ones name none.
pub(super) fn http_status(code: i64) -> u16 {
    match code {
        0 | 190 => 401,
        10 | 200..=299 | 368 | 130497 | 131005 | 131031 => 403,
        132001 => 404,
        3 | 131000 | 131016 | 131045 | 131057 | 133000 | 134102 => 500,
        2 | 133004 => 503,
        _ => 400,
    }
}

/// Whether Meta says `is_transient` with this code.
pub(super) fn is_transient(code: i64) -> bool {
    matches!(code, 2 | 131000 | 131016)
}
