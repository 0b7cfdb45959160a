//! How far a message came, as a webhook tells it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    catalogue,
    message::{Message, Progress},
};

/// One status of one message.
#[derive(Serialize)]
pub(super) struct Status<'a> {
    id: &'a str,
    status: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<Pricing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[Error<'a>; 1]>,
}

/// Since October 2026 Meta charges for what is no template too: regular, category service.
#[derive(Serialize)]
struct Pricing<'a> {
    billable: bool,
    pricing_model: &'a str,
    r#type: &'a str,
    category: String,
}

#[derive(Serialize)]
struct Error<'a> {
    code: i64,
    title: &'a str,
    message: &'a str,
    error_data: ErrorData<'a>,
    href: &'a str,
}

#[derive(Serialize)]
struct ErrorData<'a> {
    details: &'a str,
}

impl<'a> Status<'a> {
    /// The status that tells how far a message came, and why it failed.
    pub(super) fn of(
        message: &'a Message,
        progress: Progress,
        code: Option<i64>,
        at: DateTime<Utc>,
    ) -> Self {
        // Meta leaves the user id out where a message to a number failed.
        let recipient_user_id = match message.to.wa_id() {
            Some(_) if code.is_some() => None,
            _ => Some(message.to.user_id()),
        };
        let priced = matches!(progress, Progress::Sent | Progress::Delivered);
        Self {
            id: &message.id,
            status: progress.word(),
            timestamp: at.timestamp().to_string(),
            recipient_id: message.to.whatsapp_id(),
            recipient_user_id,
            biz_opaque_callback_data: message.callback_data.as_deref(),
            pricing: priced.then(|| Pricing {
                billable: true,
                pricing_model: "PMP",
                r#type: "regular",
                category: message.priced_as(),
            }),
            errors: code.map(|code| [Error::of(code)]),
        }
    }
}

impl Error<'_> {
    fn of(code: i64) -> Self {
        let title = catalogue::title(code);
        Self {
            code,
            title,
            message: title,
            error_data: ErrorData { details: catalogue::details(code).unwrap_or(title) },
            href: "/documentation/business-messaging/whatsapp/support/error-codes",
        }
    }
}
