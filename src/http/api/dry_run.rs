//! `?dry_run=true`: whom a request would tell, and nothing else happens.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::reply::Reply;
use super::shown::PersonShown;
use crate::desk::WouldNotify;

/// The query of a request that can be tried.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DryRun {
    /// `true` or `false`; whatever else is no query that can be read.
    pub(super) dry_run: bool,
}

/// What would be told to one person.
#[derive(Debug, Serialize)]
struct WouldNotifyShown {
    recipient: PersonShown,
    channel: &'static str,
    to: Option<String>,
    form: &'static str,
    template: Option<String>,
    body: Option<String>,
    skipped_because: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Would {
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
            channel: told.channel,
            to: told.to.map(|number| number.as_str().to_owned()),
            form: if told.template.is_some() { "template" } else { "text" },
            template: told.template,
            body: told.body,
            skipped_because: told.skipped_because.map(|reason| reason.as_str()),
        }
    }
}
