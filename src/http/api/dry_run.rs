//! `?dry_run=true`: whom a request would tell, and nothing else happens.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::reply::Reply;
use super::super::words::Word;
use super::shown::PersonShown;
use crate::desk::WouldNotify;
use crate::domain::notification::SkipReason;

/// The query of a request that can be tried.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DryRun {
    /// `true` or `false`; whatever else is no query that can be read.
    pub(super) dry_run: bool,
}

/// What would be told to one person.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "WouldNotify")]
struct WouldNotifyShown {
    recipient: PersonShown,
    #[schemars(extend("enum" = ["WHATSAPP", "SMS", "EMAIL"]))]
    channel: &'static str,
    /// For admins, and for whom it concerns.
    to: Option<String>,
    #[schemars(extend("enum" = ["text", "template"]))]
    form: &'static str,
    template: Option<String>,
    /// For admins, and for whom it concerns.
    body: Option<String>,
    skipped_because: Option<Word<SkipReason>>,
}

/// Whom a request would tell.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::http) struct Would {
    would_notify: Vec<WouldNotifyShown>,
}

/// The answer to a request that was only tried.
pub(super) fn would_notify(told: Vec<WouldNotify>) -> HttpResponse {
    let would_notify = told.into_iter().map(WouldNotifyShown::from).collect();
    Reply::json(StatusCode::OK, &Would { would_notify }).respond()
}

impl From<WouldNotify> for WouldNotifyShown {
    fn from(told: WouldNotify) -> Self {
        Self {
            recipient: told.recipient.into(),
            channel: told.channel.as_str(),
            to: told.to.map(|address| address.as_str().to_owned()),
            form: if told.template.is_some() { "template" } else { "text" },
            template: told.template,
            body: told.body,
            skipped_because: told.skipped_because.map(Word),
        }
    }
}
