//! `/api/auth/me/preferences` and `/api/users/{id}/preferences`: how somebody wants to be told.
use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use chrono::NaiveTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::at;
use super::super::auth::By;
use super::super::body::{Json, Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::Reply;
use super::super::words::Word;
use super::id;
use crate::desk::{Chosen, Desk};
use crate::domain::event::Event;
use crate::domain::medium::Medium;
use crate::domain::notification::SkipReason;
use crate::domain::preferences::{Preferred, PreferredQuiet};
use crate::domain::quiet::QuietHours;
use crate::domain::user::UserId;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at(
        "/auth/me/preferences",
        vec![(Method::GET, web::get().to(own)), (Method::PUT, web::put().to(choose_own))],
    ));
    cfg.service(at(
        "/users/{id}/preferences",
        vec![(Method::GET, web::get().to(show)), (Method::PUT, web::put().to(choose))],
    ));
}

/// How somebody wants to be told; what is left out goes back to what it is for whoever chose nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PreferencesChoice")]
pub(in crate::http) struct PreferencesBody {
    /// Over which channels, the first one first: the next is used where one fails for good. What is
    /// left out is not used; with none, nothing is told at all. Left out: WhatsApp, SMS, e-mail.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Word<Medium>>>")]
    channels: Option<Vec<String>>,
    /// Events of tickets of which they do not want to hear. Codes, and what concerns the safety of
    /// an account, cannot be muted.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Word<Event>>>")]
    muted_events: Option<Vec<String>>,
    /// When they are not to be disturbed, every day; what is about CRITICAL tickets, and codes, come
    /// all the same. `null`, or left out: at no time.
    #[serde(default)]
    quiet_hours: Option<QuietBody>,
}

/// From when until when somebody is not to be disturbed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QuietHoursChoice")]
pub(in crate::http) struct QuietBody {
    /// The first minute of quiet, by the clock on the person's wall.
    #[schemars(required, regex(pattern = r"^([01]\d|2[0-3]):[0-5]\d$"))]
    from: Option<String>,
    /// The first minute after it; earlier than `from` means on the next day.
    #[schemars(required, regex(pattern = r"^([01]\d|2[0-3]):[0-5]\d$"))]
    to: Option<String>,
    /// A name of the IANA time zone database.
    #[schemars(required)]
    time_zone: Option<String>,
}

impl PreferencesBody {
    fn preferred(self) -> Preferred {
        Preferred {
            channels: self.channels,
            muted_events: self.muted_events,
            quiet_hours: self.quiet_hours.map(|quiet| PreferredQuiet {
                from: quiet.from,
                to: quiet.to,
                time_zone: quiet.time_zone,
            }),
        }
    }
}

/// How somebody wants to be told.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Preferences")]
pub(in crate::http) struct PreferencesShown {
    /// Over which channels; one to which they said no since (`STOP`, the link in a mail) is none.
    channels: Vec<Word<Medium>>,
    muted_events: Vec<Word<Event>>,
    quiet_hours: Option<QuietShown>,
    /// Where each channel leads now, in their order, and why one is of no use.
    ways: Vec<WayShown>,
}

/// From when until when somebody is not to be disturbed.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "QuietHours")]
struct QuietShown {
    from: String,
    to: String,
    time_zone: &'static str,
}

/// One way to a person.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Way")]
struct WayShown {
    channel: Word<Medium>,
    /// The number or the address.
    to: Option<String>,
    /// Why it is not used, where it is not.
    unusable_because: Option<Word<SkipReason>>,
}

impl From<Chosen> for PreferencesShown {
    fn from(chosen: Chosen) -> Self {
        let Chosen { preferences, ways } = chosen;
        let ways = ways.into_iter().map(|(medium, reach)| {
            let (to, reason) = match reach {
                Ok(address) => (Some(address), None),
                Err((address, reason)) => (address, Some(reason)),
            };
            WayShown {
                channel: Word(medium),
                to: to.map(|address| address.as_str().to_owned()),
                unusable_because: reason.map(Word),
            }
        });
        Self {
            channels: preferences.channels.into_iter().map(Word).collect(),
            muted_events: preferences.muted.into_iter().map(Word).collect(),
            quiet_hours: preferences.quiet.as_ref().map(QuietShown::from),
            ways: ways.collect(),
        }
    }
}

impl From<&QuietHours> for QuietShown {
    fn from(quiet: &QuietHours) -> Self {
        let time = |time: NaiveTime| time.format("%H:%M").to_string();
        Self { from: time(quiet.from), to: time(quiet.to), time_zone: quiet.zone.name() }
    }
}

fn shown(chosen: Chosen) -> HttpResponse {
    Reply::json(StatusCode::OK, &PreferencesShown::from(chosen)).respond()
}

/// `GET /api/auth/me/preferences`
async fn own(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    Ok(shown(desk.own_preferences(by.0).await?))
}

/// `PUT /api/auth/me/preferences`
async fn choose_own(
    desk: Data<Desk>,
    by: By,
    _: Params<Nothing>,
    body: Json<PreferencesBody>,
) -> Result<HttpResponse, Problem> {
    Ok(shown(desk.prefer(body.value.map(PreferencesBody::preferred), by.0).await?))
}

/// `GET /api/users/{id}/preferences`
async fn show(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
) -> Result<HttpResponse, Problem> {
    Ok(shown(desk.preferences(UserId(id(&path, "account")?), by.0).await?))
}

/// `PUT /api/users/{id}/preferences`
async fn choose(
    desk: Data<Desk>,
    by: By,
    path: Path<String>,
    _: Params<Nothing>,
    body: Json<PreferencesBody>,
) -> Result<HttpResponse, Problem> {
    let asked = UserId(id(&path, "account")?);
    Ok(shown(desk.prefer_for(asked, body.value.map(PreferencesBody::preferred), by.0).await?))
}
